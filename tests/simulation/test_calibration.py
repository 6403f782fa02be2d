"""Labels drawn again and again: how often the intervals of a calibration hold the truth, and how often a bad judge is let through."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest

from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.correction import corrected_mean, rectifier
from goldfinch.core.calibration.figures import Figure, Resampling, resampled
from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.statistics.agreement import cohen_kappa, quadratic_weighted_kappa
from goldfinch.core.statistics.moments import WeightedMoments


def sizes(small: int, full: int) -> pytest.MarkDecorator:
    """How often to draw: seldom by default, often in `make test-long`."""
    return pytest.mark.parametrize("runs", [pytest.param(small, id="small"), pytest.param(full, id="full", marks=pytest.mark.long)])


def slack(share: float, runs: int) -> float:
    """4 standard deviations of a share counted over `runs`."""
    return 4 * sqrt(share * (1 - share) / runs)


def holds(figure: Figure, truth: float) -> bool:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low <= truth <= figure.high


def judged(human: bool, random: Random, *, sensitivity: float, specificity: float) -> bool:
    return random.random() < sensitivity if human else random.random() >= specificity


def true_kappa(prevalence: float, sensitivity: float, specificity: float) -> float:
    observed = prevalence * sensitivity + (1 - prevalence) * specificity
    says_yes = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    by_chance = prevalence * says_yes + (1 - prevalence) * (1 - says_yes)
    return (observed - by_chance) / (1 - by_chance)


@sizes(200, 2_000)
@pytest.mark.parametrize("prevalence", [0.5, 0.7])
def test_the_interval_of_kappa_holds_the_truth(prevalence: float, runs: int) -> None:
    random = Random(f"kappa {prevalence} {runs}")
    truth, covered = true_kappa(prevalence, 0.9, 0.8), 0
    for run in range(runs):
        people = [random.random() < prevalence for _ in range(120)]
        pairs = [(human, judged(human, random, sensitivity=0.9, specificity=0.8)) for human in people]
        covered += holds(resampled(cohen_kappa, pairs, range(len(pairs)), Resampling(run, 300)), truth)
    assert 0.92 - slack(0.92, runs) <= covered / runs <= 0.97 + slack(0.97, runs)


@sizes(200, 2_000)
def test_where_items_share_their_input_only_the_interval_over_inputs_holds_the_truth(runs: int) -> None:
    """40 inputs with 5 answers each; the judge understands an input or does not."""
    random = Random(f"clusters {runs}")
    by_cluster = by_item = 0
    truth = true_kappa(0.5, 0.5 * 0.98 + 0.5 * 0.6, 0.5 * 0.98 + 0.5 * 0.6)
    for run in range(runs):
        pairs, clusters = [], []
        for cluster in range(40):
            right = 0.98 if random.random() < 0.5 else 0.6
            tilt = random.random() < 0.5
            for _ in range(5):
                human = tilt if random.random() < 0.8 else not tilt
                pairs.append((human, human if random.random() < right else not human))
                clusters.append(cluster)
        by_cluster += holds(resampled(cohen_kappa, pairs, clusters, Resampling(run, 300)), truth)
        by_item += holds(resampled(cohen_kappa, pairs, range(len(pairs)), Resampling(run, 300)), truth)
    assert by_cluster / runs >= 0.91 - slack(0.91, runs)
    assert by_cluster > by_item


@sizes(150, 1_500)
def test_the_interval_of_weighted_kappa_holds_the_truth(runs: int) -> None:
    """x normal with variance 1, y = x + noise of variance 0.25 + 0.2: 2 cov / (var x + var y + shift^2)."""
    random = Random(f"weighted {runs}")
    truth, covered = 2 / (1 + 1.25 + 0.2**2), 0
    for run in range(runs):
        pairs = [(x := random.gauss(0, 1), x + random.gauss(0.2, 0.5)) for _ in range(120)]
        covered += holds(resampled(quadratic_weighted_kappa, pairs, range(120), Resampling(run, 300)), truth)
    assert 0.92 - slack(0.92, runs) <= covered / runs <= 0.97 + slack(0.97, runs)


@sizes(1_000, 10_000)
@pytest.mark.parametrize(("labels", "floor"), [(100, 0.93), (300, 0.94)])
def test_the_corrected_pass_rate_holds_the_truth_where_that_of_the_judge_alone_never_does(labels: int, floor: float, runs: int) -> None:
    random = Random(f"corrected {labels} {runs}")
    rate, covered, raw = 0.7, 0, 0
    for _ in range(runs):
        people = [random.random() < rate for _ in range(labels)]
        by = rectifier((float(human), float(judged(human, random, sensitivity=0.97, specificity=0.6))) for human in people)
        assert by is not None
        moments = WeightedMoments()
        for _ in range(1_000):
            moments.add(float(judged(random.random() < rate, random, sensitivity=0.97, specificity=0.6)))
        assert moments.mean is not None
        assert moments.standard_error is not None
        found = corrected_mean(moments.mean, moments.standard_error, moments.count, by)
        covered += found.low <= rate <= found.high
        raw += abs(moments.mean - rate) <= 1.96 * moments.standard_error
    assert floor - slack(floor, runs) <= covered / runs <= 0.96 + slack(0.96, runs)
    assert raw / runs < 0.05


@sizes(150, 1_500)
def test_a_judge_whose_true_agreement_is_at_the_bound_seldom_gates(runs: int) -> None:
    """Agreement 0.75 exactly: the lower bound may lie above it in 1 of 40 draws at most."""
    random = Random(f"gate {runs}")
    gated = 0
    for run in range(runs):
        items = [LabelledItem(str(n), LabelKind.BINARY, float(n % 2), answer="x") for n in range(150)]
        values = [item.label if random.random() < 0.75 else 1 - item.label for item in items]
        judgements = [
            RecordedJudgement(item.id, "j", value, repeat=repeat) for item, value in zip(items, values, strict=True) for repeat in (0, 1)
        ]
        gated += calibrate(items, judgements, seed=run, samples=20).may_gate
    assert gated / runs <= 0.025 + slack(0.025, runs)
