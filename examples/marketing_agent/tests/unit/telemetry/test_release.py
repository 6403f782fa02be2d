from __future__ import annotations

import re
from pathlib import Path

import pytest

from src.config import Behaviour, Config
from src.telemetry import release
from src.telemetry.release import release_id, service_version


def test_a_given_id_is_kept() -> None:
    assert release_id(Config(release_id="2026-11-24.3")) == "2026-11-24.3"


def test_a_computed_id_names_the_release_and_is_the_same_each_time() -> None:
    assert re.fullmatch("good-[0-9a-f]{12}", release_id(Config()))
    assert release_id(Config()) == release_id(Config())


@pytest.mark.parametrize(
    "changed", [Config(model="rules-2"), Config(behaviour=Behaviour(recall=False)), Config(max_steps=3), Config(price_input_per_mtok=1)]
)
def test_what_a_release_does_decides_its_id(changed: Config) -> None:
    assert release_id(changed) != release_id(Config())


def test_where_a_release_runs_does_not(tmp_path: Path) -> None:
    elsewhere = Config(data_dir=tmp_path, database_url="postgresql://u:p@db/x", redis_url="redis://cache", session_ttl_s=5, test_mode=True)
    assert release_id(elsewhere) == release_id(Config())


def test_the_code_decides_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = release_id(Config())
    tmp_path.joinpath("src").mkdir()
    tmp_path.joinpath("src", "prompt.txt").write_text("You are another agent.", encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    release.code_digest.cache_clear()
    try:
        assert release_id(Config()) != before
    finally:
        release.code_digest.cache_clear()


def test_the_version_is_the_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.match(r"\d+\.\d+", service_version())

    def missing(name: str) -> str:
        raise release.PackageNotFoundError(name)

    monkeypatch.setattr(release, "version", missing)
    assert service_version() == "unknown"
