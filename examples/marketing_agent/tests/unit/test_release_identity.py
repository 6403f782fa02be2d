from __future__ import annotations

from pathlib import Path

import pytest

from src import release
from src.config import ROOT, Behaviour, Config
from src.release import release_contents, release_id

FILES = sorted((ROOT / "releases").glob("*.yaml"))


def test_the_id_is_the_name_and_a_hash() -> None:
    name, _, digest = release_id(Config()).rpartition("-")

    assert name == "good"
    assert len(digest) == 12
    assert int(digest, 16) >= 0


def test_the_same_content_has_the_same_id_wherever_it_runs(tmp_path: Path) -> None:
    elsewhere = Config(data_dir=tmp_path, redis_url="redis://other:6379/0", base_url="http://other/v1")

    assert release_id(elsewhere) == release_id(Config())


@pytest.mark.parametrize(
    "other",
    [
        Config(model="rules-2"),
        Config(llm_provider="openai"),
        Config(max_steps=5),
        Config(test_mode=True),
        Config(behaviour=Behaviour(drafts=3)),
        Config(behaviour=Behaviour(seed=1)),
    ],
)
def test_what_changes_an_answer_changes_the_id(other: Config) -> None:
    assert release_id(other) != release_id(Config())


def test_an_id_that_is_given_stands() -> None:
    assert release_id(Config(release_id="v1.2.3")) == "v1.2.3"


def test_a_changed_source_file_changes_the_hash_of_the_code(tmp_path: Path) -> None:
    source = tmp_path / "agent.py"
    source.write_text("a = 1\n")
    before = release._code_hash(tmp_path)
    source.write_text("a = 2\n")
    release._code_hash.cache_clear()

    assert release._code_hash(tmp_path) != before


def test_the_contents_tell_apart_what_differs() -> None:
    good, wrong = release_contents(Config()), release_contents(Config(behaviour=Behaviour(kpi_aggregation="mean_of_ratios")))

    assert [part for part in good if good[part] != wrong[part]] == ["behaviour"]
    assert set(good) == {"code", "prompts", "model", "parameters", "tools", "memory_schema", "behaviour"}


def test_every_release_is_another_and_says_in_a_comment_what_it_is() -> None:
    assert len(FILES) == 9
    assert len({release_id(Config.of_release(path)) for path in FILES}) == 9
    for path in FILES:
        assert Config.of_release(path).release_name == path.stem
        assert path.read_text(encoding="utf-8").startswith("# ")


def test_the_good_release_is_the_default() -> None:
    assert Config.of_release(ROOT / "releases" / "good.yaml").behaviour == Behaviour()


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "good"], ids=lambda path: path.stem)
def test_every_other_release_makes_one_mistake(path: Path) -> None:
    behaviour = Config.of_release(path).behaviour

    assert len(behaviour.model_dump(exclude_defaults=True)) == 1
