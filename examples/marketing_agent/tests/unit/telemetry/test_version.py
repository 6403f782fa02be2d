from __future__ import annotations

import re

import pytest

from src.telemetry import version
from src.telemetry.version import service_version


def test_the_version_is_the_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.match(r"\d+\.\d+", service_version())

    def missing(name: str) -> str:
        raise version.PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", missing)
    assert service_version() == "unknown"
