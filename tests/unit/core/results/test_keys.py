from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from goldfinch.core.results.keys import answer_key, cache_key

FACTS: dict[str, Any] = {"case_id": "c1", "case_hash": "9f2e", "trial": 0, "seed": 7, "agent_version": "1", "scorer_version": "2"}


def test_names_of_answers_are_64_bits_and_stable() -> None:
    assert answer_key("c1", 0) == 0x4871_94E1_E6E3_96D5


def test_every_case_and_trial_has_its_own_name() -> None:
    names = {answer_key(f"c{case}", trial) for case, trial in product(range(2000), range(5))}
    assert len(names) == 10_000
    assert answer_key("1:c", 1) != answer_key("c", 11)


@pytest.mark.parametrize(
    "change",
    [{"case_id": "c2"}, {"case_hash": "9f2f"}, {"trial": 1}, {"seed": 8}, {"seed": None}, {"agent_version": "2"}, {"scorer_version": ""}],
)
def test_whatever_could_change_an_answer_changes_its_key(change: dict[str, Any]) -> None:
    assert cache_key(**FACTS) == cache_key(**FACTS)
    assert cache_key(**(FACTS | change)) != cache_key(**FACTS)


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    assert cache_key(**(FACTS | {"case_id": "c", "case_hash": "19f2e"})) != cache_key(**FACTS)
    smuggled = FACTS | {"agent_version": "1\x001:2", "scorer_version": ""}
    assert cache_key(**smuggled) != cache_key(**FACTS)
