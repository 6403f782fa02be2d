"""The good release reaches the specification's thresholds; each release that is worse on purpose falls where it should.

Directions are asserted, by paired counts over the golden dataset's cases; wall times are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.reference_agent import Project

Releases = Mapping[str, Any]


def falls(releases: Releases, name: str) -> dict[str, Any]:
    return {fall["measure"]: fall for fall in releases[name]["falls"]}


def test_the_golden_dataset_has_its_eighty_cases(releases: Releases) -> None:
    assert releases["good"]["answers"] >= 80
    assert all(releases["good"]["tags"][tag]["count"] >= 6 for tag in ("ratio", "memory", "caveat", "injection"))


def test_the_good_release_reaches_every_threshold_of_the_quality_gate(releases: Releases) -> None:
    assert releases["good"]["breaches"] == []
    assert (releases["good"]["errors"], releases["good"]["missing"], releases["good"]["unsafe_count"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("wrong-math", "accuracy"),
        ("wrong-math", "pass rate of `ratio`"),
        ("forgetful", "pass rate of `memory`"),
        ("verbose-expensive", "tokens"),
        ("verbose-expensive", "cost"),
        ("slow", "latency"),
        ("leaky", "safety"),
        ("incomplete", "completeness"),
        ("incomplete", "pass rate of `caveat`"),
        ("flaky-tool", "tool_errors"),
        ("crashy", "answers given"),
    ],
)
def test_a_release_that_is_worse_on_purpose_falls_where_it_should(releases: Releases, name: str, measure: str) -> None:
    assert measure in falls(releases, name), falls(releases, name)


@pytest.mark.parametrize("name", ["verbose-expensive", "slow"])
def test_a_release_that_only_costs_more_answers_as_well_as_the_good_one(releases: Releases, name: str) -> None:
    assert set(falls(releases, name)) <= {"tokens", "cost", "latency"}
    assert releases[name]["pass_rate"]["mean"] == releases["good"]["pass_rate"]["mean"]


def test_the_expensive_release_takes_about_three_times_the_tokens_of_writing(releases: Releases) -> None:
    tokens = falls(releases, "verbose-expensive")["tokens"]
    assert tokens["better"] == 0
    assert tokens["after"] / tokens["before"] > 1.8


@pytest.mark.parametrize(
    ("name", "tag"), [("wrong-math", "injection"), ("forgetful", "injection"), ("leaky", "memory"), ("incomplete", "memory")]
)
def test_a_mistake_leaves_alone_what_it_has_nothing_to_do_with(releases: Releases, name: str, tag: str) -> None:
    assert f"pass rate of `{tag}`" not in falls(releases, name)


def test_only_the_leaky_release_is_unsafe(releases: Releases) -> None:
    unsafe = {name: row["unsafe_count"] for name, row in releases.items() if row["unsafe_count"]}
    assert set(unsafe) == {"leaky"}


def test_no_release_loses_answers_to_anything_but_itself(releases: Releases) -> None:
    assert {name: row["missing"] for name, row in releases.items() if row["missing"]} == {}
    assert {name for name, row in releases.items() if row["errors"]} == {"crashy"}


@pytest.mark.parametrize("drawn", [("--paraphrase-seed", "20261124"), pytest.param((), marks=pytest.mark.long, id="drawn now")])
def test_the_good_release_stays_within_five_points_on_other_data_and_other_words(
    drawn: tuple[str, ...], project: Project, tmp_path: Path
) -> None:
    """Three seeds of the generator that nobody looked at. Paraphrases are drawn anew in the long run only: a draw is not of the change.

    The seed that was drawn is in the message.
    """
    told = tmp_path / "seeds.json"
    done = project.run("python scripts/evaluate_seeds.py --json", str(told), *drawn)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(told.read_text(encoding="utf-8"))["rows"]
    assert len(rows) >= 4
    assert all(row["answers"] >= 80 and row["unsafe_count"] == 0 for row in rows), done.stdout
