"""The operator's screen (DELIVERY 4e) as lines of words with styles: what is most pressing first, read in two seconds.

Decides nothing and asks nobody. Texts come escaped for one line of a terminal; whoever prints adds colour, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.health.metrics import GatedMetric, MetricKind
from goldfinch.core.health.outcome import Measured, MetricCheck, MetricState
from goldfinch.core.health.wording import amount, percent
from goldfinch.core.rollout.describing import clock, countdown
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.sparkline import bar, sparkline
from goldfinch.core.rollout.state import TERMINAL, Phase, RolloutState, StepPhase

NARROW: Final = 112
"""Columns below which a metric takes two lines."""
_LABEL: Final = 9


class Tone(StrEnum):
    """What a span means; a terminal makes a colour of it, or nothing."""

    PLAIN = "plain"
    HEAD = "head"
    GOOD = "good"
    BAD = "bad"
    WAITS = "waits"
    FAINT = "faint"


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]


def screen(overview: RolloutOverview, width: int, *, plain: bool = False) -> tuple[Line, ...]:
    """At most `width` columns where a word allows it; `plain`: ASCII alone."""
    lines = (
        *_head(overview, width),
        (),
        _traffic(overview, width, plain=plain),
        *_bake(overview, width, plain=plain),
        (),
        *_metrics(overview, width, plain=plain),
        (),
        *_releases(overview, width),
        *_rows(overview, width),
    )
    return tuple(tuple(Span(_in(span.text, plain=plain), span.tone) for span in line) for line in lines)


def as_text(lines: tuple[Line, ...]) -> str:
    """Without any tone."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def tone_of(state: RolloutState) -> Tone:
    """How a rollout stands, in one colour."""
    if state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED, Phase.ROLLED_BACK, Phase.FAILED):
        return Tone.BAD
    if state.phase in (Phase.PAUSED, Phase.WAITING_APPROVAL, Phase.WAITING_PROMOTION, Phase.CANCELLED, Phase.SUPERSEDED):
        return Tone.WAITS
    return Tone.GOOD


def _in(text: str, *, plain: bool) -> str:
    line = for_terminal_line(text)
    if not plain:
        return line
    return line.translate(_ASCII).encode("ascii", "replace").decode()


_ASCII: Final = str.maketrans({"×": "x", "−": "-", "≤": "<", "≥": ">", "⏎": " ", "…": "~", "→": ">"})


def _head(overview: RolloutOverview, width: int) -> Iterator[Line]:
    state = overview.rollout.state
    where = f"{overview.rollout.service} in {overview.rollout.environment}"
    first, named = (Span(overview.title, tone_of(state)), Span(f"  {where}", Tone.FAINT)), overview.rollout.id
    if sum(len(span.text) for span in first) + 2 + len(named) <= width:
        yield (*first, Span(f"  {named}", Tone.FAINT))
    else:  # an id that is cut off cannot be copied
        yield first
        yield (Span(named, Tone.FAINT),)
    for part in wrapped(state.reason or "just begun", width):
        yield (Span(part),)
    if overview.next_action:
        due = "" if overview.next_at is None else f" ({clock(overview.next_at, overview.now)}, {_until(overview)})"
        for part in wrapped(f"next: {overview.next_action}{due}", width):
            yield (Span(part, Tone.HEAD),)


def _until(overview: RolloutOverview) -> str:
    assert overview.next_at is not None  # nosec B101 - asked only where there is one
    left = countdown(overview.next_at - overview.now)
    return left if left == "overdue" else f"in {left}"


def _traffic(overview: RolloutOverview, width: int, *, plain: bool) -> Line:
    state = overview.rollout.state
    verified = "not seen yet" if state.verified_weight_percent is None else f"{state.verified_weight_percent} %"
    served = "" if overview.served_percent is None else f"  served {overview.served_percent} %"
    drift = overview.served_percent is not None and overview.served_percent != state.weight_percent
    room = min(30, max(10, width - 60))
    return (
        Span(f"{'weight':<{_LABEL}} "),
        Span(bar(state.weight_percent / 100, room, plain=plain), tone_of(state)),
        Span(f"  wanted {state.weight_percent} %"),
        Span(served, Tone.WAITS if drift else Tone.PLAIN),
        Span(f"  verified {verified}"),
    )


def _bake(overview: RolloutOverview, width: int, *, plain: bool) -> Iterator[Line]:
    plan, state = overview.rollout.plan, overview.rollout.state
    if state.phase in TERMINAL or state.step >= len(plan.steps):
        return
    words = f"step {state.step + 1} of {len(plan.steps)}: {plan.steps[state.step].weight_percent} %"
    spans = [Span(f"{'step':<{_LABEL}} "), Span(words)]
    if state.part is StepPhase.BAKING and state.entered_at is not None and state.deadline is not None:
        whole, gone = state.deadline - state.entered_at, overview.now - state.entered_at
        share = gone / whole if whole else 1.0
        extended = ", extended" if state.extended else ""
        spans.append(Span(f"  {bar(share, min(20, max(8, width - 70)), plain=plain)}", Tone.GOOD))
        spans.append(Span(f"  baked {countdown(max(gone, gone * 0))} of {countdown(whole)}{extended}"))
    elif state.part is not None:
        spans.append(Span(f"  {state.part}", Tone.FAINT))
    if plan.time_scale != 1.0:
        spans.append(Span(f"  times divided by {plan.time_scale:g}", Tone.WAITS))
    yield tuple(spans)


def _metrics(overview: RolloutOverview, width: int, *, plain: bool) -> Iterator[Line]:
    checks = overview.assessment.checks if overview.assessment else ()
    kinds = {metric.name: metric for metric in overview.rollout.plan.health.metrics}
    if not checks:
        yield (Span("no check of the measurements yet" if overview.assessment is None else overview.assessment.reason, Tone.FAINT),)
        return
    points = {line.metric: [point.canary for point in line.points] for line in overview.series}
    is_wide = width >= NARROW
    yield (Span(_heads(wide=is_wide), Tone.FAINT),)
    for check in checks:
        values = points.get(check.metric, [])
        yield from _metric(check, kinds.get(check.metric), values, width, plain=plain)
    if overview.assessment is not None and overview.assessment.missing:
        for part in wrapped(f"lacks {'; '.join(overview.assessment.missing)}", width):
            yield (Span(part, Tone.WAITS),)


def _heads(*, wide: bool) -> str:
    first = f"{'metric':<18}{'canary':>9}{'stable':>10}{'ratio':>8}{'margin':>9}  {'verdict':<13}"
    return f"{first}{'n canary/stable':<18}{'needs':>7}  last checks" if wide else first


def _metric(check: MetricCheck, metric: GatedMetric | None, values: list[float | None], width: int, *, plain: bool) -> Iterator[Line]:
    ratio = "-" if check.ratio is None else f"{check.ratio:.2f}"
    side = "≥" if metric is not None and metric.kind is MetricKind.SCORE and metric.cap is None else "≤"
    margin, canary, stable = f"{side}{check.guard:g}", _value(check.canary, metric), _value(check.stable, metric)
    figures = f"{check.metric[:17]:<18}{canary:>9}{stable:>10}{ratio:>8}{margin:>9}  "
    verdict = Span(f"{check.state.value:<13}", _TONES.get(check.state, Tone.WAITS))
    units = f"{check.canary.units:,}/{check.stable.units:,}"
    needs = f"{check.needed:,}" if check.needed < 10**9 else "-"
    if width >= NARROW:
        line = sparkline(values, max(8, min(40, width - 97)), low=0.0, plain=plain)
        yield (Span(figures), verdict, Span(f"{units:<18}{needs:>7}  {line}"))
        return
    yield (Span(figures), verdict)
    line = sparkline(values, max(8, min(30, width - 48)), low=0.0, plain=plain)
    yield (Span(f"  n {units} (needs {needs})  {line}", Tone.FAINT),)


_TONES: Final = {MetricState.OK: Tone.GOOD, MetricState.BREACH: Tone.BAD}


def _value(measured: Measured, metric: GatedMetric | None) -> str:
    if not measured.units:
        return "-"
    return percent(measured.value) if metric is None else amount(metric, measured.value)


def _releases(overview: RolloutOverview, width: int) -> Iterator[Line]:
    rollout = overview.rollout
    yield (Span(f"{'canary':<{_LABEL}} "), Span(rollout.canary))
    yield (Span(f"{'stable':<{_LABEL}} "), Span(rollout.stable or "none: a first release"))
    if overview.differences:
        words = "; ".join(difference.words for difference in overview.differences)
        yield from _labelled("changes", words, width)


def _rows(overview: RolloutOverview, width: int) -> Iterator[Line]:
    yield from _labelled("sessions", _sessions(overview), width)
    if overview.rollout.plan.migrations:
        yield from _labelled("migrate", overview.migrations, width)
    for approval in overview.approvals[-3:]:
        said = "approved" if approval.granted else "rejected"
        why = f": {approval.reason}" if approval.reason else ""
        yield from _labelled("people", f"{said} by {approval.by} at {clock(approval.at, overview.now)}{why}", width)
    if overview.rollback_command:
        yield from _labelled("way back", overview.rollback_command, width, Tone.HEAD)
    drilled = (
        "never: goldfinch drill"
        if overview.last_drill is None
        else f"{overview.last_drill:%Y-%m-%d} {clock(overview.last_drill, overview.last_drill)}"
    )
    yield from _labelled("drilled", drilled, width)
    for words in overview.blind_to:
        yield from _labelled("blind to", words, width, Tone.WAITS)


def _sessions(overview: RolloutOverview) -> str:
    def known(count: int | None) -> str:
        return "unknown" if count is None else f"{count:,}"

    pinned, flying = known(overview.pinned_canary_sessions), known(overview.canary_in_flight)
    return f"pinned to the canary {pinned}, streams and requests in flight {flying}, changed their arm {overview.unpinned:,}"


def _labelled(label: str, words: str, width: int, tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    for i, part in enumerate(wrapped(words, width - _LABEL - 1)):
        yield (Span(f"{label if i == 0 else '':<{_LABEL}} "), Span(part, tone))


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Lines of at most `width` characters, cut between words, and inside one that is longer than a line."""
    lines, line = [], ""
    for word in for_terminal_line(text).split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while len(line) > max(width, 10):
            lines.append(line[: max(width, 10)])
            line = line[max(width, 10) :]
    return (*lines, line) if line or not lines else tuple(lines)
