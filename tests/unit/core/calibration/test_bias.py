from __future__ import annotations

from random import Random

import pytest
from scipy.stats import spearmanr

from goldfinch.core.calibration import bias
from goldfinch.core.calibration.figures import Resampling
from goldfinch.core.calibration.items import LabelKind, LabelledItem
from goldfinch.core.calibration.verdicts import Classes, Verdicts

QUICK = Resampling(seed=1, samples=200)


def graded(label: float, score: float, length: int, n: int = 0) -> Verdicts:
    return Verdicts(LabelledItem(str(n), LabelKind.ORDINAL, label, answer="x" * length), given=(score,))


def test_a_judge_that_follows_length_is_found_and_one_that_follows_people_is_not() -> None:
    random = Random(3)
    items = [(random.randrange(4) / 3, random.randrange(200)) for _ in range(200)]
    by_length = bias.length_correlation([graded(label, length / 200, length, n) for n, (label, length) in enumerate(items)], QUICK)
    by_people = bias.length_correlation(
        [graded(label, min(1.0, label + random.random() / 10), length, n) for n, (label, length) in enumerate(items)], QUICK
    )
    assert by_length.value == pytest.approx(1.0)
    assert by_people.low is not None
    assert by_people.high is not None
    assert by_people.low < 0 < by_people.high


def test_good_answers_that_are_longer_are_no_bias() -> None:
    """Over all grades score and length go together; within each grade they do not."""
    random = Random(4)
    verdicts = []
    for n in range(300):
        grade = n % 3
        verdicts.append(graded(grade / 2, grade / 3 + random.random() / 4, 100 * grade + random.randrange(50), n))
    found = bias.length_correlation(verdicts, QUICK)
    overall = spearmanr([v.value for v in verdicts], [v.item.length for v in verdicts]).statistic
    assert overall > 0.8
    assert found.value is not None
    assert abs(found.value) < 0.2


def test_the_correlation_is_the_mean_over_grades_by_their_size() -> None:
    first = [(1.0, 0.1 * n, float((n * 3) % 7)) for n in range(7)]
    second = [(0.5, 0.1 * n, float((n * 5) % 6)) for n in range(20)]
    apart = [spearmanr([s for _, s, _ in group], [length for _, _, length in group]).statistic for group in (first, second)]
    assert bias.within_grades([*first, *second]) == pytest.approx((7 * apart[0] + 20 * apart[1]) / 27)


def test_a_handful_of_answers_of_one_grade_and_scores_without_spread_say_nothing() -> None:
    assert bias.length_correlation([graded(1.0, 0.1 * n, n, n) for n in range(4)], QUICK).value is None
    assert bias.length_correlation([graded(1.0, 1.0, n, n) for n in range(40)], QUICK).value is None


def test_of_a_pair_the_difference_in_length_counts() -> None:
    item = LabelledItem("i", LabelKind.PAIRWISE, 1.0, answer_a="xxxxx", answer_b="yy")
    assert item.length == 3


def pair(label: float, said: float, system_a: str | None, system_b: str | None, n: int) -> Verdicts:
    return Verdicts(LabelledItem(str(n), LabelKind.PAIRWISE, label, system_a=system_a, system_b=system_b), given=(said,))


def test_a_judge_that_prefers_its_own_family_is_found_in_pairs_of_one_of_the_family_with_another() -> None:
    verdicts = [
        pair(float(n % 2), 1.0 if n % 4 < 2 else 0.0, *(("gpt-4", "llama") if n % 4 < 2 else ("llama", "gpt-4")), n) for n in range(80)
    ]
    verdicts += [pair(0.0, 1.0, "gpt-4", "gpt-3.5", 100), pair(0.0, 1.0, "llama", "qwen", 101), pair(0.0, 1.0, None, None, 102)]
    found = bias.family_bias(verdicts, "gpt-", QUICK)
    assert found.value == pytest.approx(0.5)
    assert found.count == 80
    assert found.low is not None
    assert found.low > 0


def test_a_judge_that_is_lenient_to_all_alike_has_no_family_bias() -> None:
    answers = [
        Verdicts(LabelledItem(str(n), LabelKind.ORDINAL, 0.5, answer="x", system="gpt-4" if n % 2 else "llama"), given=(0.7,))
        for n in range(40)
    ]
    answers.append(Verdicts(LabelledItem("unnamed", LabelKind.ORDINAL, 0.0, answer="x"), given=(1.0,)))
    found = bias.family_bias(answers, "gpt-", QUICK)
    assert found.value == pytest.approx(0.0)
    assert found.count == 40


def test_without_answers_of_the_other_side_family_bias_is_not_known() -> None:
    answers = [Verdicts(LabelledItem("a", LabelKind.BINARY, 1.0, answer="x", system="gpt-4"), given=(1.0,))]
    assert bias.family_bias(answers, "gpt-", QUICK).value is None
    assert bias.family_bias([], "gpt-", QUICK).value is None


def test_scores_on_one_side_of_the_pass_mark_are_no_flip_and_grades_without_a_mark_must_be_equal() -> None:
    verdicts = [Verdicts(LabelledItem("a", LabelKind.ORDINAL, 1.0, answer="x"), given=(0.8, 0.9, 1.0))]
    assert bias.flip_rate(verdicts, Classes(LabelKind.ORDINAL, 0.75)).value == 0
    assert bias.flip_rate(verdicts, Classes(LabelKind.ORDINAL, None)).value == 1


def test_a_flip_in_the_swapped_order_counts_and_the_change_of_order_itself_does_not() -> None:
    item = LabelledItem("a", LabelKind.PAIRWISE, 1.0)
    classes = Classes(LabelKind.PAIRWISE, None)
    assert bias.flip_rate([Verdicts(item, given=(1.0, 1.0), swapped=(0.0, 0.0))], classes).value == 0
    assert bias.flip_rate([Verdicts(item, given=(1.0, 1.0), swapped=(0.0, 1.0))], classes).value == 1
    assert bias.flip_rate([Verdicts(item, given=(1.0,), swapped=(0.0,))], classes).count == 0
