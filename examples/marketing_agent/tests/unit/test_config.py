from __future__ import annotations

from pathlib import Path

import pytest

from src.config import Behaviour, Config


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "release.yaml"
    path.write_text("max_steps: 3\nmodel: from-file\nbehaviour: {drafts: 3, seed: 7}\n", encoding="utf-8")
    return path


def test_a_release_file_goes_before_the_defaults(release: Path) -> None:
    config = Config.of_release(release)
    assert (config.max_steps, config.model, config.max_tokens_per_test) == (3, "from-file", 20_000)
    assert config.behaviour == Behaviour(drafts=3, seed=7)


def test_the_environment_goes_before_a_release_file(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_AGENT_MAX_STEPS", "5")
    monkeypatch.setenv("MARKETING_AGENT_BEHAVIOUR__SEED", "9")
    config = Config.of_release(release)
    assert (config.max_steps, config.model) == (5, "from-file")
    assert config.behaviour == Behaviour(drafts=3, seed=9)


def test_arguments_go_before_both(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_AGENT_MAX_STEPS", "5")
    monkeypatch.setenv("MARKETING_AGENT_BEHAVIOUR__SEED", "9")
    config = Config.of_release(release, max_steps=8, behaviour={"seed": 1})
    assert config.max_steps == 8
    assert config.behaviour == Behaviour(drafts=3, seed=1)
    assert Config.of_release(release, behaviour=Behaviour()).behaviour == Behaviour()


def test_a_wrong_value_of_the_environment_is_refused(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_AGENT_MAX_STEPS", "many")
    with pytest.raises(ValueError, match="max_steps"):
        Config.of_release(release)
