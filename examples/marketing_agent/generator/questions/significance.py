"""Significance traps: noise that looks like an effect, effects that are real, and data too thin to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from math import erfc, sqrt

from generator import truth_of
from generator.paraphrases import Ask, Name, Slot, ask
from generator.questions.case import Number, Question
from generator.questions.view import PARTS, View
from generator.questions.wording import METRICS, Period, label, of_campaign, spelt

ASK_CREATIVES = (
    "[Is the difference in|Is there a real difference in] {metric} between {a} and {b} [|of {who} |in {who} ]significant?",
    "[Does|Did] {a} [really |]have a [different|better or worse] {metric} than {b}, or is [that|it] [just |]noise?",
    "A/B test: {a} [vs|versus|against] {b}, {metric}[. Significant|: significant|, significant or noise]?",
    "Which creative has the better {metric}, {a} or {b}, and is [that|the difference] [statistically |]significant?",
    "[Can|Could] you [test|check] whether the {metric} of {a} and {b} differ[s|] significantly?",
    "We ran {a} against {b} [in {who}|]. Is the difference in {metric} [real|significant|more than chance]?",
    "Significance of {a} [vs|versus] {b} on {metric}[?|]",
)
ASK_PERIODS = (
    "[Did|Has] the {metric} of {who} [really |]change[d|] between {before} and {after}, or is [that|it] [just |]noise?",
    "Is the [change|difference] in {metric} of {who} between {before} and {after} [statistically |]significant?",
    "[Can|Could] you [test|check] whether the {metric} of {who} changed significantly between {before} and {after}?",
    "{metric} of {who}, {before} [vs|versus|against] {after}: significant[| or noise]?",
    "Compare the {metric} of {who}: {before} [vs|versus|and] {after}. Is the difference [real|significant|more than chance]?",
    "We see a different {metric} in {who} [comparing|between] {before} and {after}. [Is it significant|Real or chance|Should I believe it]?",
)
TOO_LITTLE = (
    "too little data",
    "not enough data",
    "insufficient data",
    "too few conversions",
    "too few clicks",
    "small sample",
    "data too thin",
    "little data",
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: filters, a pattern that names it, its name in an answer."""

    period: Period
    filters: Mapping[str, str]
    spelt: str


@dataclass(frozen=True, slots=True)
class Comparison:
    metric: str
    a: Side
    b: Side
    who: str
    creatives: bool

    def p_value(self, view: View) -> float:
        """Two-sided z-test of two proportions, pooled variance; for `cpc` and `cpa` there is none (1)."""
        if self.metric not in ("ctr", "cvr"):
            return 1.0
        hits, trials = zip(*(_counts(view, side, self.metric) for side in (self.a, self.b)), strict=True)
        pooled = sum(hits) / sum(trials)
        spread = sqrt(pooled * (1 - pooled) * (1 / trials[0] + 1 / trials[1]))
        return erfc(abs(hits[0] / trials[0] - hits[1] / trials[1]) / spread / sqrt(2)) if spread else 1.0


def _counts(view: View, side: Side, metric: str) -> tuple[float, float]:
    above, below = PARTS[metric]
    sums = truth_of.totals(view.account, start=side.period.start, end=side.period.end, **side.filters)
    return float(sums[above] or 0), float(sums[below] or 0)


def questions(views: Sequence[View]) -> Iterator[Question]:
    noise, real = _noise_pairs(views), _real_pairs(views)
    chosen = [
        *((_noise, found) for found in (*noise[:3], *_noise_drops(views)[:2])),
        *((_real, found) for found in (*real[:3], *_fault_effects(views)[:2])),
        *((_too_little, found) for found in _thin(views)[:3]),
    ]
    for number, (make, (view, comparison)) in enumerate(chosen, start=1):
        yield make(view, comparison, f"significance-{number:02d}")


def _creative_pairs(views: Sequence[View]) -> Iterator[tuple[View, Comparison, float]]:
    """Pairs of creatives of a sound campaign over all days, with their true relative difference in click rate."""
    for view in views:
        effects = view.account.truth.creative_effects
        for name in view.sound:
            of_it = sorted(creative for campaign, creative in effects if campaign == name)
            for a, b in combinations(of_it, 2):
                first, second = (Side(view.whole(), {"campaign": name, "creative": creative}, creative) for creative in (a, b))
                yield view, Comparison("ctr", first, second, name, creatives=True), effects[name, b] - effects[name, a]


def _noise_pairs(views: Sequence[View]) -> list[tuple[View, Comparison]]:
    """Creatives without true difference that the data do not separate either, those that look most different first."""
    pairs = [(view, pair, pair.p_value(view)) for view, pair, effect in _creative_pairs(views) if effect == 0]
    return _one_a_campaign((view, pair) for view, pair, p in sorted(pairs, key=lambda found: found[2]) if p > 0.15)


def _real_pairs(views: Sequence[View]) -> list[tuple[View, Comparison]]:
    """Creatives that truly differ and that the data separate, those that are hardest to separate first."""
    pairs = [(view, pair, pair.p_value(view)) for view, pair, effect in _creative_pairs(views) if abs(effect) > 0.1]
    return _one_a_campaign((view, pair) for view, pair, p in sorted(pairs, key=lambda found: -found[2]) if p < 1e-4)


def _one_a_campaign(pairs: Iterable[tuple[View, Comparison]]) -> list[tuple[View, Comparison]]:
    """The first pair of each campaign."""
    first: dict[str, tuple[View, Comparison]] = {}
    for view, pair in pairs:
        first.setdefault(pair.who, (view, pair))
    return list(first.values())


def _noise_drops(views: Sequence[View]) -> list[tuple[View, Comparison]]:
    """Drops by chance: the conversion rate of the last week against the week before."""
    found = []
    for view in views:
        for drop in view.account.truth.noise_drops:
            after = view.period(drop.start, drop.end)
            found.append((view, _periods("cvr", view.before(after), after, drop.campaign)))
    return found


def _fault_effects(views: Sequence[View]) -> list[tuple[View, Comparison]]:
    """Two weeks before a fault began against two weeks of it, where conversions or clicks show it."""
    found = []
    for view in views:
        for name, fault in view.faults.items():
            if fault.kind in ("broken_landing_page", "tracking_gap"):
                after = view.period(fault.start, min(fault.start + timedelta(days=13), view.last))
                if view.clean(after, {"campaign": name}) and view.clean(view.before(after), {"campaign": name}):
                    found.append((view, _periods("cvr", view.before(after), after, name)))
    return found


def _thin(views: Sequence[View]) -> list[tuple[View, Comparison]]:
    """A week of a campaign with about one conversion in two days against the week before."""
    found = []
    for view in views:
        for name in view.account.truth.thin_campaigns:
            after = view.back(7)
            counts = [view.figure("conversions", period, {"campaign": name}) for period in (after, view.before(after))]
            if view.clean(after, {"campaign": name}) and view.clean(view.before(after), {"campaign": name}) and max(counts) < 12:
                found.append((view, _periods("cvr", view.before(after), after, name)))
    return found


def _periods(metric: str, before: Period, after: Period, campaign: str) -> Comparison:
    a, b = (Side(period, {"campaign": campaign}, period.spelt()) for period in (before, after))
    return Comparison(metric, a, b, campaign, creatives=False)


def _asked(comparison: Comparison) -> Ask:
    scope = of_campaign(comparison.who)
    slots: dict[str, Slot] = {"metric": METRICS[comparison.metric], "who": scope.pattern, **scope.slots}
    if comparison.creatives:
        return ask(*ASK_CREATIVES, a=Name(comparison.a.spelt), b=Name(comparison.b.spelt), **slots)
    return ask(*ASK_PERIODS, before=_plain(comparison.a.period), after=_plain(comparison.b.period), **slots)


def _plain(period: Period) -> str:
    """A period without preposition, for `between … and …`."""
    from_to = f"[{period.start} to {period.end}|{period.start.day} {period.start:%b} to {period.end.day} {period.end:%b}|{period.start:%B} {period.start.day} to {period.end:%B} {period.end.day}|{period.start:%b} {period.start.day}-{period.end:%b} {period.end.day}]"
    return f"[last week|the last 7 days|{from_to}|{from_to}]" if period.days == 7 and period.end == period.last else from_to


class _Drafted:
    """What the cases of a comparison have in common, before they have a number."""

    def __init__(self, view: View, comparison: Comparison) -> None:
        self.view, self.comparison = view, comparison
        self.figures = [view.figure(comparison.metric, side.period, side.filters) for side in (comparison.a, comparison.b)]
        self.p = comparison.p_value(view)

    def both(self, factor: float = 1.0) -> str:
        metric = self.comparison.metric
        said = [spelt(metric, figure * factor, self.view.currency) for figure in self.figures]
        return f"{self.comparison.who} had {said[0]} ({self.comparison.a.spelt}) and {said[1]} ({self.comparison.b.spelt})"

    def numbers(self) -> list[Number]:
        metric = self.comparison.metric
        sides = zip((self.comparison.a, self.comparison.b), self.figures, strict=True)
        return [
            Number(f"{label(metric)} {side.spelt}", figure, self.view.source(metric, side.period, side.filters)) for side, figure in sides
        ]


def _noise(view: View, comparison: Comparison, case_id: str) -> Question:
    drafted, name = _Drafted(view, comparison), label(comparison.metric)
    return Question(
        id=case_id,
        account=view.name,
        turns=[_asked(comparison)],
        reference=f"The difference in {name} is not significant (p = {drafted.p:.2f}): {drafted.both()}.",
        mistakes={
            "significance": f"The difference in {name} is significant: {drafted.both()}.",
            "number": f"The difference in {name} is not significant: {drafted.both(1.1)}.",
        },
        answer=["not significant", "no significant difference", "not a significant difference"],
        must_not_include=["difference is significant", "change is significant", "is statistically significant", "drop is significant"],
        numbers=drafted.numbers(),
        tools=["test_significance"],
        tags=["noise", "creatives" if comparison.creatives else "periods"],
        difficulty="hard",
        note=f"The generator gave both the same rate; p = {drafted.p:.3f} (z-test of two proportions).",
    )


def _real(view: View, comparison: Comparison, case_id: str) -> Question:
    drafted, name = _Drafted(view, comparison), label(comparison.metric)
    return Question(
        id=case_id,
        account=view.name,
        turns=[_asked(comparison)],
        reference=f"The difference in {name} is significant (p < 0.001): {drafted.both()}.",
        mistakes={
            "significance": f"The difference in {name} is not significant: {drafted.both()}.",
            "number": f"The difference in {name} is significant: {drafted.both(1.1)}.",
        },
        answer=["significant"],
        must_not_include=["not significant", "not statistically significant", "no significant"],
        numbers=drafted.numbers(),
        tools=["test_significance"],
        tags=["effect", "creatives" if comparison.creatives else "periods"],
        note=f"The generator gave them different rates; p = {drafted.p:.1e} (z-test of two proportions).",
    )


def _too_little(view: View, comparison: Comparison, case_id: str) -> Question:
    drafted, name = _Drafted(view, comparison), label(comparison.metric)
    counts = [view.figure("conversions", side.period, side.filters) for side in (comparison.a, comparison.b)]
    return Question(
        id=case_id,
        account=view.name,
        turns=[_asked(comparison)],
        reference=f"The change in {name} is not significant: there is too little data, with {counts[0]:.0f} and {counts[1]:.0f} conversions.",
        mistakes={"caveat": f"The {name} of {comparison.who} changed: {drafted.both()}."},
        answer=TOO_LITTLE,
        must_not_include=["difference is significant", "change is significant", "is statistically significant"],
        tools=["test_significance"],
        tags=["caveat", "thin_data"],
        difficulty="hard",
        note=f"{counts[0]:.0f} and {counts[1]:.0f} conversions allow no conclusion.",
    )
