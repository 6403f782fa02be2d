from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise as neighbours
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from goldfinch.core.calibration.calibrate import Calibration, calibrate
from goldfinch.core.calibration.decision import Thresholds
from goldfinch.core.calibration.items import Half, LabelKind, LabelledItem, RecordedJudgement, half_of, labels_fingerprint
from goldfinch.core.calibration.verdicts import both_orders

Make = Callable[..., Any]


def quick(items: Sequence[LabelledItem], judgements: Sequence[RecordedJudgement], **options: Any) -> Calibration:
    return calibrate(items, judgements, samples=200, **options)


def test_a_judge_that_is_right_steady_and_indifferent_to_order_may_gate(pairwise: Make) -> None:
    items, judgements = pairwise(wrong=6, moved=6, flipped=3)
    found = quick(items, judgements)
    assert found.may_gate
    assert found.enough_labels
    assert all(check.met for check in found.checks)
    assert "agreement is 0.950; the lower end of its 95 % interval, 0.895, reaches 0.75" in found.reasons


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        ({"wrong": 24}, "agreement is 0.800; the lower end of its 95 % interval, 0.720, is below 0.75"),
        ({"moved": 20}, "position consistency is 0.833 of 120 pairs, below 0.85"),
        ({"flipped": 7}, "the repeat flip rate is 0.058 of 120 items, above 0.05"),
        ({"swapped": False}, "position consistency is not known: 0 pairs were judged in both orders, 30 are needed"),
        ({"repeats": 1}, "the repeat flip rate is not known: 0 items were judged more than once in the same way, 30 are needed"),
        ({"count": 99}, "too few labels: 99 labelled items were judged, 100 are needed"),
    ],
)
def test_each_rule_alone_keeps_a_judge_from_gating_and_is_named(pairwise: Make, judge: dict[str, Any], reason: str) -> None:
    found = quick(*pairwise(**judge))
    assert not found.may_gate
    assert reason in found.reasons
    assert found.enough_labels is (judge.get("count") is None)


def test_kappa_alone_keeps_a_judge_from_gating_where_nearly_everything_is_good(answers: Make) -> None:
    labels = [1.0] * 270 + [0.0] * 30
    scores = [1.0] * 270 + [1.0] * 15 + [0.0] * 15
    found = quick(*answers(labels, [*scores[:266], *[0.0] * 4, *scores[270:]]))
    assert found.figures.agreement.low is not None
    assert found.figures.agreement.low > 0.75
    assert found.reasons == ("kappa is 0.580, below 0.6",)


def test_a_class_with_too_few_labels_is_named_and_makes_the_outcome_inconclusive(answers: Make) -> None:
    found = quick(*answers([1.0] * 100 + [0.0] * 29, [1.0] * 100 + [0.0] * 29))
    assert found.reasons == ("too few labels: 29 judged items that people let fail, 30 are needed",)
    assert not found.enough_labels


def test_a_judge_that_likes_one_place_cannot_gate_by_the_order_that_suits_the_labels() -> None:
    """Every preferred answer is shown first in the given order: only the swapped order shows that the judge reads nothing."""
    items = [LabelledItem(f"i{n}", LabelKind.PAIRWISE, 1.0 if n < 90 else 0.0) for n in range(120)]
    judgements = [RecordedJudgement(item.id, "j", float(not swapped), swapped=swapped) for item in items for swapped in (False, True)]
    found = quick(items, judgements)
    assert found.figures.position_consistency is not None
    assert found.figures.position_consistency.value == 0
    assert found.figures.first_shown is not None
    assert (found.figures.first_shown.value, found.figures.first_shown.count) == (1.0, 120)
    assert any(reason.startswith("agreement in the swapped order is 0.250") for reason in found.reasons)


def test_a_failed_judgement_is_missing_and_neither_agreement_nor_disagreement(answers: Make) -> None:
    labels = [float(n % 2) for n in range(110)]
    found = quick(*answers(labels, [*labels[:100], *[None] * 10]))
    assert (found.counts.labelled, found.counts.judged, found.counts.failed, found.counts.not_judged) == (110, 100, 10, 0)
    assert (found.figures.agreement.value, found.figures.agreement.count) == (1.0, 100)


def test_a_later_judgement_stands_in_for_one_that_failed(answers: Make) -> None:
    items, judgements = answers([1.0, 0.0], [1.0, 0.0], repeats=2)
    judgements = [replace(judgement, value=None) if judgement.repeat == 0 else judgement for judgement in judgements]
    found = quick(items, judgements)
    assert (found.counts.judged, found.counts.failed) == (2, 0)
    assert found.figures.repeat_flip_rate.count == 0, "one verdict that did not fail says nothing about flips"


def test_labels_nobody_judged_and_judgements_nobody_labelled_are_counted(answers: Make) -> None:
    items, judgements = answers([1.0, 0.0, 1.0], [1.0, 0.0, 1.0], repeats=1)
    found = quick(items, [*judgements[:2], RecordedJudgement("unknown", "j", 1.0)])
    assert (found.counts.judged, found.counts.not_judged, found.counts.other_judgements) == (2, 1, 1)


def test_items_that_share_an_input_are_resampled_together_and_their_wider_interval_counts() -> None:
    random = Random(5)
    items, judgements = [], []
    for cluster in range(15):
        right = random.random() < 0.87
        for n in range(10):
            item = LabelledItem(f"{cluster}-{n}", LabelKind.BINARY, float(n % 2), answer="x", cluster=f"c{cluster}")
            items.append(item)
            judgements.append(RecordedJudgement(item.id, "j", item.label if right else 1 - item.label))
    found = quick(items, judgements)
    plain, clustered = found.figures.agreement, found.figures.agreement_clustered
    assert clustered is not None
    assert None not in (plain.low, plain.high, clustered.low, clustered.high)
    assert (clustered.high or 0) - (clustered.low or 0) > 2 * ((plain.high or 0) - (plain.low or 0))
    assert found.counts.clusters == 15
    assert any(reason.startswith("agreement (allowing for shared inputs)") for reason in found.reasons)


def test_grades_have_weighted_kappa_and_rank_correlation_and_gate_only_with_a_pass_mark(answers: Make) -> None:
    random = Random(2)
    labels = [random.randrange(5) / 4 for _ in range(150)]
    scores = [min(max(label + random.choice((-0.25, 0, 0, 0, 0, 0, 0.25)), 0), 1) for label in labels]
    without = quick(*answers(labels, scores, LabelKind.ORDINAL))
    assert without.figures.weighted_kappa is not None
    assert (without.figures.weighted_kappa.value or 0) > 0.8
    assert without.figures.spearman is not None
    assert without.reasons == ("agreement on pass or fail is not known: grades have no pass mark; give one",)
    marked = quick(*answers(labels, scores, LabelKind.ORDINAL), pass_mark=0.5)
    assert marked.may_gate, marked.reasons
    assert set(marked.figures.class_rates) == {"pass", "fail"}


def test_a_score_that_reaches_the_pass_mark_but_for_rounding_passes(answers: Make) -> None:
    found = quick(*answers([1.0], [(2.2 - 1) / 4]), pass_mark=0.3)
    assert (2.2 - 1) / 4 != 0.3
    assert found.figures.agreement.value == 1.0


def test_both_orders_that_differ_are_a_tie() -> None:
    assert [both_orders(*pair) for pair in ((1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5))] == [1.0, 0.0, 0.5, 0.5, 0.5]


def test_averaging_both_orders_leaves_the_pairs_that_the_order_decides_out(pairwise: Make) -> None:
    found = quick(*pairwise(120, wrong=20, moved=20)).figures
    assert found.decided_in_both_orders is not None
    assert found.agreement_when_decided is not None
    assert found.decided_in_both_orders.value == pytest.approx(100 / 120)
    assert found.decided_in_both_orders.count == 120
    assert (found.agreement_when_decided.value, found.agreement_when_decided.count) == (1.0, 100)


def test_a_preference_of_people_for_neither_is_a_class_of_its_own() -> None:
    items = [LabelledItem(str(n), LabelKind.PAIRWISE, (0.0, 0.5, 1.0)[n % 3]) for n in range(30)]
    found = quick(items, [RecordedJudgement(item.id, "j", 1.0) for item in items])
    assert found.counts.per_class == {"a": 10, "b": 10, "tie": 10}
    assert found.figures.agreement.value == pytest.approx(1 / 3)
    assert found.figures.kappa.value == 0


def test_every_figure_has_its_count_and_the_agreement_its_wilson_interval(pairwise: Make) -> None:
    found = quick(*pairwise(wrong=10)).figures.agreement
    expected = binomtest(110, 120).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.count == 120


def test_the_same_arguments_give_the_same_calibration_and_other_seeds_other_intervals(pairwise: Make) -> None:
    data = pairwise(wrong=12)
    assert quick(*data, seed=3) == quick(*data, seed=3)
    assert quick(*data, seed=3).figures.kappa.low != quick(*data, seed=4).figures.kappa.low


def test_the_order_of_judgements_does_not_matter(pairwise: Make) -> None:
    items, judgements = pairwise(wrong=12, moved=5, flipped=2)
    shuffled = list(judgements)
    Random(1).shuffle(shuffled)
    assert quick(items, judgements) == quick(items, shuffled)


@given(st.text(max_size=8), st.text(max_size=4))
def test_an_item_keeps_its_half_and_shares_it_with_its_cluster(item_id: str, cluster: str) -> None:
    item = LabelledItem(item_id, LabelKind.BINARY, 1.0, cluster=cluster)
    assert half_of(item) is half_of(replace(item, label=0.0, answer="other"))
    if cluster:
        assert half_of(item) is half_of(replace(item, id=f"{item_id}x"))


def test_the_halves_are_halves_and_are_shown_beside_each_other(pairwise: Make) -> None:
    items, judgements = pairwise(1_000, wrong=500, repeats=1, swapped=False)
    halves = [half_of(item) for item in items]
    assert 430 < halves.count(Half.TUNE) < 570
    assert halves[:20] != sorted(halves[:20])
    found = quick(items, judgements, half=Half.REPORT)
    assert found.counts.labelled == halves.count(Half.REPORT)
    assert found.figures.agreement_report_half == found.figures.agreement
    assert found.figures.agreement_tune_half.count == halves.count(Half.TUNE)


def test_the_fingerprint_names_what_people_said_in_any_order() -> None:
    items = [LabelledItem(str(n), LabelKind.BINARY, float(n % 2), input="q", answer="a") for n in range(5)]
    assert labels_fingerprint(items) == labels_fingerprint(items[::-1])
    different = [
        items,
        [replace(items[0], label=1.0), *items[1:]],
        [replace(items[0], answer="b"), *items[1:]],
        items[1:],
        [*items, items[0]],
    ]
    assert all(labels_fingerprint(first) != labels_fingerprint(second) for first, second in neighbours(different))


def test_items_of_several_kinds_and_none_are_refused() -> None:
    with pytest.raises(ValueError, match="of one kind"):
        quick([], [])
    with pytest.raises(ValueError, match="of one kind"):
        quick([LabelledItem("a", LabelKind.BINARY, 1.0), LabelledItem("b", LabelKind.ORDINAL, 1.0)], [])


def test_a_figure_just_below_its_threshold_is_not_shown_as_the_threshold(pairwise: Make) -> None:
    """Five of 120 flipped: 0.041667, which three places show as 0.042."""
    reasons = quick(*pairwise(flipped=5), thresholds=Thresholds(max_repeat_flip_rate=0.0416)).reasons
    assert reasons == ("the repeat flip rate is 0.042 of 120 items, above 0.0416",)
    reasons = quick(*pairwise(flipped=5), thresholds=Thresholds(max_repeat_flip_rate=0.042, min_position_consistency=1)).reasons
    assert "the repeat flip rate is 0.041667 of 120 items, at most 0.042" in reasons
