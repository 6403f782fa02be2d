"""The spans of one trace as the turns that they were part of: what went wrong in each, what it took, what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from goldfinch.core.ingest.assembly import OpenTrace, Past
from goldfinch.core.ingest.span import SpanFacts, SpanRole
from goldfinch.core.output import Usage
from goldfinch.core.scoring.loops import first_cycle

MOST_CALLS: Final = 25
"""Calls of one tool in one turn, of unknown arguments, beyond which the turn counts as a loop. Source: our own."""
MOST_CONTEXT: Final = 64
LEAK: Final = "secrets_leak"
"""Fact of a turn: the secret that its answer gave away and that was masked at the door, in words."""
_REPEATS: Final = 3
_LONGEST_CYCLE: Final = 4


class Prices(Protocol):
    """A price list, as `ports.prices` has it."""

    def cost_usd(self, model: str, provider: str | None, usage: Usage) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one session, as its spans tell it."""

    trace_id: bytes
    root_id: bytes
    end_ns: int
    session: str | None
    release: str | None
    flags: tuple[str, ...] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)
    question: Any = None
    answer: str = ""
    context: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    """Amounts that the agent's own span states, whatever its children say."""

    @property
    def id(self) -> str:
        """The same whenever the same spans are read again."""
        return f"{self.trace_id.hex()}:{self.root_id.hex()}"


@dataclass(frozen=True, slots=True)
class TurnsOfTrace:
    """Turns that are new, and what to remember for spans that come later. `stray`: spans that belong to no turn that is known."""

    turns: tuple[Turn, ...]
    past: Past
    stray: int = 0


def turns_of(trace: OpenTrace, prices: Prices) -> TurnsOfTrace:
    """The turns of a trace that is due, or what late spans add to one that was read before."""
    sorted_out, strays = _sorted_out(trace.spans)
    before = trace.past or Past()
    turns = [_turn(trace.trace_id, root, members, prices) for root, members in sorted_out if root.span_id not in before.roots]
    if before.is_partial:
        turns = [_joined(turn, before) for turn in turns]
    again = [span for root, members in sorted_out if root.span_id in before.roots for span in members if span is not root]
    late = _late(trace.trace_id, [*strays, *again], before)
    is_early = bool(strays) and late is None
    only = turns[0] if len(turns) == 1 and not before.roots else None
    past = Past(
        before.roots | {turn.root_id for turn in turns},
        only.session if only else before.session if not turns else None,
        only.release if only else before.release,
        only.end_ns if only else before.end_ns,
        before.early | {flag for span in strays for flag in span.flags} if is_early else set() if turns else before.early,
        is_early or (before.is_partial and not turns),
    )
    return TurnsOfTrace((*turns, *([late] if late is not None else ())), past, len(strays) if late is None else 0)


def _joined(turn: Turn, before: Past) -> Turn:
    """A turn whose root came after some of its spans had been read: what they used is not known any more."""
    flags = tuple(sorted({*turn.flags, *before.early}))
    return replace(turn, flags=flags, amounts={name: turn.amounts[name] for name in turn.stated if name in turn.amounts})


def _late(trace_id: bytes, spans: Sequence[SpanFacts], before: Past) -> Turn | None:
    """What spans that came after their turn was read add to it: flags, and nothing that would count twice."""
    flags = {flag for span in spans for flag in span.flags}
    if not spans or before.session is None:
        return None
    return Turn(trace_id, spans[0].span_id, before.end_ns, before.session, before.release, tuple(sorted(flags)))


def _sorted_out(spans: Mapping[bytes, SpanFacts]) -> tuple[list[tuple[SpanFacts, list[SpanFacts]]], list[SpanFacts]]:
    """Spans by the turn that they belong to, and those of none. A turn begins at an entry that has no other entry above it."""
    roots: dict[bytes, list[SpanFacts]] = {}
    orphans: list[SpanFacts] = []
    tops = _tops(spans)
    for span in spans.values():
        top = tops[span.span_id]
        if top is None:
            orphans.append(span)
        else:
            roots.setdefault(top, []).append(span)
    entries = [spans[top] for top in roots]
    strays: list[SpanFacts] = []
    for span in orphans:
        home = _home(span, entries)
        (strays if home is None else roots[home.span_id]).append(span)
    return [(spans[top], members) for top, members in roots.items()], strays


def _tops(spans: Mapping[bytes, SpanFacts]) -> dict[bytes, bytes | None]:
    """Span → the topmost entry at or above it, as far as parents are there. Each span is visited once; a circle ends where it closes."""
    tops: dict[bytes, bytes | None] = {}
    for span_id in spans:
        path: list[bytes] = []
        at = span_id
        while at in spans and at not in tops:
            tops[at] = None
            path.append(at)
            at = spans[at].parent_id
        above = tops.get(at)
        for one in reversed(path):
            if above is None and spans[one].is_entry:
                above = one
            tops[one] = above
    return tops


def _home(span: SpanFacts, entries: Sequence[SpanFacts]) -> SpanFacts | None:
    """The turn of a span whose parents are missing: the only one there is, else the only one that it can have been within."""
    if span.session is not None:
        entries = [entry for entry in entries if entry.session in (None, span.session)]
    if len(entries) != 1:
        entries = [entry for entry in entries if entry.start_ns <= span.start_ns and span.end_ns <= entry.end_ns]
    return entries[0] if len(entries) == 1 else None


def _turn(trace_id: bytes, root: SpanFacts, members: list[SpanFacts], prices: Prices) -> Turn:
    members.sort(key=lambda span: (span.start_ns, span.end_ns))
    models = [span for span in members if span.role is SpanRole.MODEL]
    tools = [span for span in members if span.role is SpanRole.TOOL]
    flags = {flag for span in members for flag in span.flags}
    if is_loop(tools):
        flags.add("loop")
    agent = _agent(root, members)
    question, answer, context = _content(agent, members)
    amounts = _amounts(agent, models, tools, prices)
    return Turn(
        trace_id,
        root.span_id,
        root.end_ns,
        root.session or _first(span.session for span in members),
        root.release or _first(span.release for span in members),
        tuple(sorted(flags)),
        amounts,
        question,
        answer,
        context,
        _facts(agent, models, amounts),
        _stated(agent),
    )


def _stated(agent: SpanFacts) -> frozenset[str]:
    given = {"tokens": _total(agent), "cost_usd": agent.cost_usd, "first_token_ms": agent.first_token_ms}
    return frozenset(name for name, value in given.items() if value is not None)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _agent(root: SpanFacts, members: Sequence[SpanFacts]) -> SpanFacts:
    """The outermost agent's span: the root itself, or the first below a server's."""
    if root.role is SpanRole.AGENT:
        return root
    return next((span for span in members if span.role is SpanRole.AGENT), root)


def is_loop(tools: Sequence[SpanFacts]) -> bool:
    """Whether the same call, or the same cycle of up to four, was made three times in a row: as the scorer `loops` has it.

    Where arguments are not recorded the same tool may well have been asked different things; then only many calls are a loop.
    """
    if any(span.call is None for span in tools):
        counts: dict[str, int] = {}
        for span in tools:
            name = span.tool or ""
            counts[name] = counts.get(name, 0) + 1
        return max(counts.values(), default=0) > MOST_CALLS
    keys = [(span.tool or "", (span.call or b"").hex()) for span in tools]
    return any(first_cycle(keys, period, _REPEATS) is not None for period in range(1, _LONGEST_CYCLE + 1))


def _amounts(agent: SpanFacts, models: Sequence[SpanFacts], tools: Sequence[SpanFacts], prices: Prices) -> dict[str, float]:
    """What the turn used. What is not known of every part of it is left out, never 0."""
    found: dict[str, float | None] = {
        "tokens": _tokens(agent, models),
        "cost_usd": _cost_usd(agent, models, prices),
        "steps": len(models) or None,
        "tool_calls": len(tools) if models or tools else None,
        "first_token_ms": agent.first_token_ms,
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _tokens(agent: SpanFacts, models: Sequence[SpanFacts]) -> int | None:
    """What the agent says it took in all, else the sum of its models' calls, if every one of them says it."""
    if (total := _total(agent)) is not None:
        return total
    totals = [_total(span) for span in models]
    known = [one for one in totals if one is not None]
    return sum(known) if known and len(known) == len(totals) else None


def _total(span: SpanFacts) -> int | None:
    return _usage(span).total_tokens


def _usage(span: SpanFacts) -> Usage:
    return Usage(span.input_tokens, span.output_tokens, span.cached_input_tokens)


def _cost_usd(agent: SpanFacts, models: Sequence[SpanFacts], prices: Prices) -> float | None:
    """What the agent says, else the sum over its models' calls, else its own tokens at the price of the model that it names."""
    if agent.cost_usd is not None:
        return agent.cost_usd
    if not models:
        return _priced(agent, prices)
    costs = [span.cost_usd if span.cost_usd is not None else _priced(span, prices) for span in models]
    known = [one for one in costs if one is not None]
    return sum(known) if len(known) == len(costs) else None


def _priced(span: SpanFacts, prices: Prices) -> float | None:
    return None if span.model is None else prices.cost_usd(span.model, span.provider, _usage(span))


def _content(agent: SpanFacts, members: Sequence[SpanFacts]) -> tuple[Any, str, tuple[str, ...]]:
    """Question and answer of the agent's span, else those of its first and last model's calls; what tools gave."""
    texts = [span for span in members if span.content is not None]
    spoken = [span.content for span in texts if span.content is not None and span.role is SpanRole.MODEL]
    own = agent.content
    question = (own.question if own is not None else None) or next((one.question for one in spoken if one.question), None)
    answer = (own.answer if own is not None else "") or next((one.answer for one in reversed(spoken) if one.answer), "")
    given = (
        span.content.result
        for span in texts
        if span.content is not None and span.content.result and span.role in (SpanRole.TOOL, SpanRole.RETRIEVAL)
    )
    return question, answer, tuple(given)[:MOST_CONTEXT]


def _facts(agent: SpanFacts, models: Sequence[SpanFacts], amounts: Mapping[str, float]) -> dict[str, Any]:
    model = agent.model or _first(span.model for span in models)
    leak = next((span.content.leak for span in (agent, *models) if span.content is not None and span.content.leak), None)
    return {**({"model": model} if model else {}), **amounts, **({LEAK: leak} if leak else {})}
