"""Take spans in, gather them to turns, write what became known of each turn. Everything that was accepted is written, or still held."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.ingest.assembly import SETTLE_S, Assembly, OpenTrace
from goldfinch.core.ingest.failures import NoRoom, TooManySpans
from goldfinch.core.ingest.reading import SpanRefused, add_content, facts_of, refuse_if_malformed
from goldfinch.core.ingest.sampling import MinuteQuota, is_sampled
from goldfinch.core.ingest.span import RawSpan, SpanFacts, SpanRole
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.ingest.turns import Turn, TurnsOfTrace, turns_of
from goldfinch.core.redaction import Redactor
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_notes import LiveNotes
from goldfinch.ports.prices import Prices
from goldfinch.ports.trace_queue import SampledAnswer, TraceQueue

MOST_CONTENT: Final = 64 * 2**20
"""Bytes of text that are held, about."""
_SESSIONS: Final = 100_000
"""Sampled sessions that are remembered, so that one turn of each is scored."""

Tell = Callable[[str, str], None]
"""A kind of event and one line about it; who is told sees to it that nobody is flooded."""


@dataclass(frozen=True, slots=True)
class Sink:
    """Where what became known of a rollout's turns goes."""

    notes: LiveNotes
    queue: TraceQueue


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one request's spans. `ignored`: of no release under comparison. `rejected`: malformed, and `why` says how."""

    held: int = 0
    ignored: int = 0
    rejected: int = 0
    why: str = ""


@dataclass(slots=True)
class IntakeCounts:
    """Since the start."""

    spans: int = 0
    """Held at some time: of a release under comparison."""
    ignored: int = 0
    rejected: int = 0
    turned_away: int = 0
    """Requests for which there was no room."""
    turns: int = 0
    notes: int = 0
    answers: int = 0
    without_session: int = 0
    without_release: int = 0
    stray: int = 0
    """Spans whose turn never came."""
    over_quota: int = 0
    """Sampled answers beyond the number a minute."""


class SpanIntake:
    """Used from one thread at a time; `accept` and `write_due` never wait for anything but the notes' file."""

    def __init__(
        self,
        targets: Callable[[], tuple[LiveTarget, ...]],
        sink_of: Callable[[LiveTarget], Sink],
        *,
        prices: Prices,
        redact: Redactor,
        clock: Clock,
        most_spans: int = 50_000,
        most_content: int = MOST_CONTENT,
        tell: Tell,
    ) -> None:
        self._targets, self._sink_of = targets, sink_of
        self._prices, self._redact, self._clock, self._tell = prices, redact, clock, tell
        self._most_spans, self._most_content = most_spans, most_content
        self._assembly = Assembly()
        self._sampled: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._quotas: dict[str, MinuteQuota] = {}
        self.counts = IntakeCounts()

    @property
    def held(self) -> int:
        """Spans in memory that are not written yet."""
        return self._assembly.spans

    def accept(self, spans: Sequence[RawSpan]) -> Accepted:
        """Take a request's spans, all of them or none. Raises `NoRoom` and `TooManySpans`."""
        targets = self._targets()
        if not targets:
            self.counts.ignored += len(spans)
            return Accepted(ignored=len(spans))
        wanted, refused = self._read(spans, targets)
        self._require_room(len(wanted))
        now_s = self._clock.monotonic_s()
        for span, facts, target in wanted:
            self._hold(span, facts, target, now_s)
        rejected = refused.total()
        result = Accepted(len(wanted), len(spans) - len(wanted) - rejected, rejected, _why(refused))
        self.counts.spans += result.held
        self.counts.ignored += result.ignored
        self.counts.rejected += rejected
        return result

    def write_due(self, *, everything: bool = False) -> int:
        """Write the notes of turns that are whole, and hand their sampled answers on; how many turns there were.

        What cannot be written stays held, and is tried again the next time.
        """
        due = self._assembly.due(self._clock.monotonic_s(), everything=everything)
        if not due:
            return 0
        read = [(trace, turns_of(trace, self._prices)) for trace in due]
        targets = self._targets()
        outcome = _Outcome()
        for _, found in read:
            self._assign(found, targets, outcome)
        if not self._write(outcome):
            return 0
        self._assembly.done((trace, found.past) for trace, found in read)
        self._count(read, outcome)
        return sum(len(found.turns) for _, found in read)

    def _read(
        self, spans: Sequence[RawSpan], targets: tuple[LiveTarget, ...]
    ) -> tuple[list[tuple[RawSpan, SpanFacts, LiveTarget | None]], Counter[str]]:
        """The spans that are wanted, and how many were refused for what."""
        now_ns = int(self._clock.utc().timestamp() * 1e9)
        known = frozenset(name for target in targets for name in (target.canary, target.stable) if name is not None)
        wanted: list[tuple[RawSpan, SpanFacts, LiveTarget | None]] = []
        refused: Counter[str] = Counter()
        for span in spans:
            try:
                refuse_if_malformed(span, now_ns)
                facts = facts_of(span, known)
            except SpanRefused as why:
                refused[str(why)] += 1
                continue
            target = _target_of(facts.release, targets)
            if target is not None or self._may_belong(span, facts):
                wanted.append((span, facts, target))
        return wanted, refused

    def _may_belong(self, span: RawSpan, facts: SpanFacts) -> bool:
        """A part of the agent that runs elsewhere need not know the release; other services' spans are none of ours."""
        if facts.role is not SpanRole.OTHER and facts.role is not SpanRole.AGENT:
            return True
        return self._assembly.open_trace(span.trace_id) is not None

    def _require_room(self, more: int) -> None:
        if more > self._most_spans:
            raise TooManySpans(f"{more} spans in one request, and {self._most_spans} is the most that is ever held")
        if self._assembly.spans + more > self._most_spans or (more and self._assembly.content_size > self._most_content):
            self.counts.turned_away += 1
            raise NoRoom(ceil(SETTLE_S))

    def _hold(self, span: RawSpan, facts: SpanFacts, target: LiveTarget | None, now_s: float) -> None:
        before = self._assembly.open_trace(span.trace_id)
        session = facts.session or (before.session if before is not None else None)
        may_be_scored = target is not None and self._may_be_scored(target, facts.release or "", session)
        if may_be_scored or (target is None and facts.role is not SpanRole.OTHER and before is not None and before.content_size):
            add_content(facts, span, self._redact)
        trace = self._assembly.add(span.trace_id, facts, now_s)
        if trace is not None and target is not None and session is not None and not may_be_scored:
            self._assembly.drop_content(trace)

    def _may_be_scored(self, target: LiveTarget, release: str, session: str | None) -> bool:
        arm = target.arm_of(release)
        if arm is None:
            return False
        if session is None:
            return arm is Arm.CANARY or target.sample > 0
        return is_sampled(target, arm, session) and (target.rollout_id, session) not in self._sampled

    def _assign(self, found: TurnsOfTrace, targets: tuple[LiveTarget, ...], outcome: _Outcome) -> None:
        for turn in found.turns:
            target = _target_of(turn.release, targets)
            arm = target.arm_of(turn.release or "") if target is not None else None
            if target is None or arm is None:
                outcome.without_release += 1
            elif turn.session is None:
                outcome.without_session += 1
            else:
                notes, answers = outcome.of(target)
                if turn.flags or turn.amounts:
                    notes.append(TurnNote(turn.end_ns / 1e9, turn.session, arm, turn.flags, amounts=dict(turn.amounts) or None))
                if turn.answer and turn.question:
                    answers.append((turn, turn.session, arm))

    def _write(self, outcome: _Outcome) -> bool:
        """Notes first: they are what must not be lost."""
        for target, (notes, _) in outcome.by_target.items():
            try:
                if notes:
                    self._sink_of(target).notes.add(notes)
            except (GoldfinchError, OSError) as error:
                self._tell("notes", f"notes cannot be written, {self._assembly.spans} spans wait: {self._redact.line(str(error))}")
                return False
        for target, (_, answers) in outcome.by_target.items():
            sampled = list(self._chosen(target, answers))
            try:
                if sampled:
                    self.counts.answers += self._sink_of(target).queue.put(sampled)
            except (GoldfinchError, OSError) as error:
                self._tell("answers", f"{len(sampled)} sampled answers cannot be kept for scoring: {self._redact.line(str(error))}")
        return True

    def _chosen(self, target: LiveTarget, answers: Iterable[tuple[Turn, str, Arm]]) -> Iterable[SampledAnswer]:
        """One turn of each sampled session, as many a minute as are wanted."""
        quota = self._quotas.setdefault(target.rollout_id, MinuteQuota(target.max_per_minute))
        now_s = self._clock.monotonic_s()
        for turn, session, arm in answers:
            key = (target.rollout_id, session)
            if key in self._sampled or not is_sampled(target, arm, session):
                continue
            if not quota.take(arm, now_s):
                self.counts.over_quota += 1
                continue
            self._sampled[key] = None
            if len(self._sampled) > _SESSIONS:
                self._sampled.popitem(last=False)
            yield SampledAnswer(
                turn.id, turn.end_ns / 1e9, session, turn.release or "", turn.question, turn.answer, turn.context, dict(turn.facts)
            )

    def _count(self, read: Sequence[tuple[OpenTrace, TurnsOfTrace]], outcome: _Outcome) -> None:
        counts = self.counts
        counts.turns += sum(len(found.turns) for _, found in read)
        counts.stray += sum(found.stray for _, found in read)
        counts.notes += sum(len(notes) for notes, _ in outcome.by_target.values())
        counts.without_session += outcome.without_session
        counts.without_release += outcome.without_release
        if outcome.without_session:
            self._tell("session", f"{outcome.without_session} turns name no session: set gen_ai.conversation.id on the agent's span")


@dataclass(slots=True)
class _Outcome:
    """What one writing comes to."""

    by_target: dict[LiveTarget, tuple[list[TurnNote], list[tuple[Turn, str, Arm]]]] = field(default_factory=dict)
    without_session: int = 0
    without_release: int = 0

    def of(self, target: LiveTarget) -> tuple[list[TurnNote], list[tuple[Turn, str, Arm]]]:
        return self.by_target.setdefault(target, ([], []))


def _target_of(release: str | None, targets: tuple[LiveTarget, ...]) -> LiveTarget | None:
    if release is None:
        return None
    return next((target for target in targets if target.arm_of(release) is not None), None)


def _why(refused: Counter[str]) -> str:
    """The kinds of refusal, the commonest first."""
    return "; ".join(f"{count} with {kind}" for kind, count in refused.most_common(5))
