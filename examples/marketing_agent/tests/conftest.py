"""What every test can rely on: no key, no setting of the developer's environment."""

from __future__ import annotations

import os

import hypothesis
import pytest

hypothesis.settings.register_profile("agent", deadline=None)  # a busy machine is slow, which is no failure
hypothesis.settings.load_profile("agent")


@pytest.fixture(autouse=True)
def _no_paid_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key or a setting in the developer's environment must not reach a test."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_ACCESS_TOKEN")) or name.startswith("MARKETING_AGENT_"):
            monkeypatch.delenv(name)
