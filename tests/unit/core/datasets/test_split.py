from __future__ import annotations

from collections import Counter

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.split import Part, SplitPlan, stratified_parts

PARTS = (Part("dev", 80), Part("test", 20))


def _cases(count: int) -> list[tuple[Case, str]]:
    return [(Case(f"c{i}", i, tags=("rare",) if i % 10 == 0 else ("common",)), f"{i // 2:032x}") for i in range(count)]


def test_shares_come_out_about_right() -> None:
    plan = SplitPlan(PARTS, seed=1)
    counts = Counter(plan.part_of(case, content) for case, content in _cases(5000))
    assert abs(counts[0] - 4000) < 150


def test_a_case_keeps_its_part_whatever_is_added() -> None:
    plan = SplitPlan(PARTS, seed=1)
    few = {case.id: plan.part_of(case, content) for case, content in _cases(50)}
    many = {case.id: plan.part_of(case, content) for case, content in _cases(500)}
    assert few.items() <= many.items()


def test_another_seed_gives_another_split() -> None:
    one, other = SplitPlan(PARTS, seed=1), SplitPlan(PARTS, seed=2)
    assert [one.part_of(*case) for case in _cases(200)] != [other.part_of(*case) for case in _cases(200)]


def test_equal_content_shares_a_part_when_content_is_the_key() -> None:
    plan = SplitPlan(PARTS, key="content")
    parts = [plan.part_of(*case) for case in _cases(400)]
    assert parts[::2] == parts[1::2]


def test_strata_get_exact_shares() -> None:
    cases = _cases(500)
    parts = stratified_parts(SplitPlan(PARTS, stratify_by=("rare",)), cases)
    rare = Counter(part for part, (case, _) in zip(parts, cases, strict=True) if "rare" in case.tags)
    assert rare == {0: 40, 1: 10}
    assert Counter(parts) == {0: 400, 1: 100}


def test_strata_of_any_size_place_every_case_once() -> None:
    plan = SplitPlan((Part("a", 1), Part("b", 1), Part("c", 1)), stratify_by=("rare",))
    for count in range(20):
        assert len(stratified_parts(plan, _cases(count))) == count


@pytest.mark.parametrize(
    "parts",
    [(), (Part("a", 1),), (Part("a", 1), Part("a", 1)), (Part("a", 0), Part("b", 1)), (Part("a", float("nan")), Part("b", 1))],
)
def test_a_plan_that_cannot_be_is_refused(parts: tuple[Part, ...]) -> None:
    with pytest.raises(ValueError, match=r"parts|share"):
        SplitPlan(parts)
