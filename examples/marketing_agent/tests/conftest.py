"""What every test can rely on: no key, no setting of the developer's environment; and the servers that some ask for."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests.servers import (
    database_url,
    empty_database_url,
    migrated_template,
    postgres_server,
    redis_namespace,
    redis_url,
)

__all__ = ["database_url", "empty_database_url", "migrated_template", "postgres_server", "redis_namespace", "redis_url"]

hypothesis.settings.register_profile("agent", deadline=None)  # a busy machine is slow, which is no failure
hypothesis.settings.load_profile("agent")


@pytest.fixture(autouse=True)
def _no_paid_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key or a setting in the developer's environment must not reach a test."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_ACCESS_TOKEN")) or name.startswith("MARKETING_AGENT_"):
            monkeypatch.delenv(name)
