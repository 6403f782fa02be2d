"""What a difference means: regressed, improved, no change or inconclusive, for many figures at once. Source: STATISTICS B."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt

from goldfinch.core.comparison.measured import Measured
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Change, MetricChange
from goldfinch.core.comparison.run_table import PASS_RATE
from goldfinch.core.statistics.multiplicity import benjamini_hochberg, holm
from goldfinch.core.statistics.paired import PairedTest, detectable, detectable_factor, paired_test
from goldfinch.core.statistics.paired_columns import PairedColumns

PLANNED_PASS_VARIANCE = 0.08
"""Mean of p(1 - p) over cases at a pass rate of 0.8: what stands in where no case changed and nothing tells the spread."""
MOST_TRIALS = 1_000


@dataclass(frozen=True, slots=True)
class _Decided:
    change: Change
    point_breach: bool = False
    small_decline: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Tested:
    """A figure, its test, and the p values that count among its family."""

    measured: Measured
    test: PairedTest
    margin: float
    family: int
    p_worse: float
    p_better: float
    level: float


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the cases say besides. `critical_lost`: there are critical cases, and every one of them went from passing all to failing all of
    three or more trials. `excused_alone`: figures that are worse by the margin only through cases in quarantine.
    """

    critical_lost: bool = False
    excused_alone: frozenset[str] = frozenset()


def judge(figures: Sequence[Measured], options: CompareOptions, about: Circumstances = Circumstances()) -> tuple[MetricChange, ...]:
    """The verdict on each figure: gating ones with Holm's correction, the others with Benjamini and Hochberg's."""
    tested = _test_all(figures, options)
    return tuple(
        _untested(one, options) if (test := tested.get(number)) is None else _change(test, options, about)
        for number, one in enumerate(figures)
    )


def is_worse_by_margin(one: Measured, values: PairedColumns, options: CompareOptions) -> bool:
    """Whether the mean over these cases is worse by the margin or more, by chance or not."""
    return values.count > 0 and _is_breach(test := _test(one, values, options), _margin(one, test, options))


def _is_breach(test: PairedTest, margin: float) -> bool:
    return test.differences.mean < 0 and test.differences.mean <= -margin


def _test_all(figures: Sequence[Measured], options: CompareOptions) -> dict[int, _Tested]:
    tests = {
        number: _test(one, one.values, options)
        for number, one in enumerate(figures)
        if not one.reason and one.values is not None and one.values.count
    }
    found: dict[int, _Tested] = {}
    for gating in (True, False):
        family = [number for number in tests if figures[number].gating is gating]
        adjust = holm if gating else benjamini_hochberg
        level = options.level if gating else options.false_discovery_rate
        worse = adjust([tests[number].p_worse for number in family])
        better = adjust([tests[number].p_better for number in family])
        for number, p_worse, p_better in zip(family, worse, better, strict=True):
            one, test = figures[number], tests[number]
            size = len(family) if gating else 1
            found[number] = _Tested(one, test, _margin(one, test, options), size, float(p_worse), float(p_better), level)
    return found


def _test(one: Measured, values: PairedColumns, options: CompareOptions) -> PairedTest:
    absolute = options.absolute_margins.get(one.name)
    return paired_test(
        values.baseline,
        values.current,
        higher_is_better=one.higher_is_better,
        margin=options.margin if absolute is None else absolute,
        is_absolute=absolute is not None,
        one_trial_pass_fail=one.trials == (1, 1) and one.is_score and values.is_pass_fail,
        seed=options.seed,
    )


def _margin(one: Measured, test: PairedTest, options: CompareOptions) -> float:
    """In the figure's unit."""
    return options.absolute_margins.get(one.name, options.margin * abs(test.baseline))


def _untested(one: Measured, options: CompareOptions) -> MetricChange:
    return MetricChange(
        metric=one.name,
        higher_is_better=one.higher_is_better,
        gating=one.gating,
        change=Change.INCONCLUSIVE,
        baseline=None,
        current=None,
        difference=None,
        low=None,
        high=None,
        cases=0,
        baseline_trials=one.trials[0],
        current_trials=one.trials[1],
        p_worse=None,
        p_better=None,
        p_worse_adjusted=None,
        p_better_adjusted=None,
        margin=options.absolute_margins.get(one.name, 0.0),
        mde=None,
        trials_to_decide=None,
        method="",
        reason=one.reason or "no case has it in both runs",
    )


def _change(tested: _Tested, options: CompareOptions, about: Circumstances) -> MetricChange:
    one, test = tested.measured, tested.test
    decided = _decide(tested, options, about)
    difference = (test.differences.mean if one.higher_is_better else -test.differences.mean) + 0.0  # never -0.0
    half = test.half_width
    open_ = decided.change is Change.INCONCLUSIVE
    return MetricChange(
        metric=one.name,
        higher_is_better=one.higher_is_better,
        gating=one.gating,
        change=decided.change,
        baseline=test.baseline,
        current=test.current,
        difference=difference,
        low=None if half is None else difference - half,
        high=None if half is None else difference + half,
        cases=test.differences.count,
        baseline_trials=one.trials[0],
        current_trials=one.trials[1],
        p_worse=test.p_worse,
        p_better=test.p_better,
        p_worse_adjusted=tested.p_worse,
        p_better_adjusted=tested.p_better,
        margin=tested.margin,
        mde=_mde(tested, options),
        trials_to_decide=_trials_to_decide(tested, options) if open_ else None,
        method=test.method,
        point_breach=decided.point_breach,
        small_decline=decided.small_decline,
        reason=decided.reason,
    )


def _decide(tested: _Tested, options: CompareOptions, about: Circumstances) -> _Decided:
    """With proof a drop counts, whoever carries it; without proof, cases in quarantine raise no question alone."""
    one, test, count = tested.measured, tested.test, tested.test.differences.count
    breach = _is_breach(test, tested.margin) and one.name not in about.excused_alone
    if test.all_equal:
        return _Decided(Change.NO_CHANGE, reason="the same in every case")
    if options.strict and one.gating and breach:
        return _Decided(Change.REGRESSED, reason="worse by the margin (plain rule: no evidence asked for)")
    if about.critical_lost and one.name == PASS_RATE:
        return _Decided(Change.REGRESSED, reason="every critical case passed all of its trials, and fails all of them now")
    if count < options.least_cases:
        return _Decided(Change.INCONCLUSIVE, breach, reason=f"{count} common case{'s' * (count != 1)}, fewer than {options.least_cases}")
    return _weigh(tested, options, breach=breach)


def _weigh(tested: _Tested, options: CompareOptions, *, breach: bool) -> _Decided:
    """The evidence of cases enough."""
    test = tested.test
    if _is_breach(test, tested.margin) and tested.p_worse <= tested.level:
        return _Decided(Change.REGRESSED)
    if test.differences.mean > 0 and tested.p_better <= tested.level:
        return _Decided(Change.IMPROVED)
    if test.margins.bound(options.level) > 0:
        return _Decided(Change.NO_CHANGE, small_decline=test.p_worse <= options.level)
    why = "worse by the margin, but it may be chance" if breach else "a decline by the margin cannot be excluded"
    return _Decided(Change.INCONCLUSIVE, breach, reason=why)


def _mde(tested: _Tested, options: CompareOptions) -> float | None:
    """Of a figure in which every difference is the same the spread is not known: pass and fail, the worst case of scores, stand in."""
    test, level = tested.test, options.level / tested.family
    if test.differences.deviation > 0 or not tested.measured.is_score:
        return test.smallest_detectable(level)
    before, after = (max(trials, 1) for trials in tested.measured.trials)
    planned = sqrt(PLANNED_PASS_VARIANCE * (1 / before + 1 / after))
    return detectable(planned, test.differences.count, level)


def _trials_to_decide(tested: _Tested, options: CompareOptions) -> int | None:
    """Trials of each case, on both sides, at which a change by the margin would be found; None where no number of trials does.

    Of one trial a case nobody can tell what is noise of the trials and what is a case that changed: all of it is taken for noise, so
    the figure is the least that could do.
    """
    count = tested.test.differences.count
    if count < max(2, options.least_cases) or tested.margin <= 0 or not isfinite(tested.margin):
        return None
    between, noise = _variances(tested)
    allowed = count * (tested.margin / detectable_factor(count, options.level / tested.family)) ** 2 - between
    if allowed <= 0 or noise <= 0 or noise / allowed > MOST_TRIALS:
        return None
    return max(ceil(noise / allowed), max(tested.measured.trials) + 1)


def _variances(tested: _Tested) -> tuple[float, float]:
    """Variance between cases of the true differences, and of the sum of two single trials of one case, one of each run."""
    whole = tested.test.differences.deviation**2
    known = [variance for variance in tested.measured.trial_variances if variance is not None]
    if not known:
        return 0.0, whole
    before, after = (sum(known) / len(known) if variance is None else variance for variance in tested.measured.trial_variances)
    first, second = tested.measured.trials
    return max(0.0, whole - before / first - after / second), before + after
