"""A golden case as the turns that its user takes, and the answers to them as the one output that is scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from goldfinch.core.conversation import conversation
from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output, Usage


def turns_of(case: Case) -> tuple[Any, ...]:
    """What is said, one request each: every message of the user in a conversation, any other input as it is.

    What a recorded conversation has the agent or its owner say is left out: here the agent speaks for itself.
    """
    messages = conversation(case.input) or ()
    said = tuple(message.get("content") for message in messages if message["role"] == "user")
    return said or (case.input,)


def joined(outputs: Sequence[Output]) -> Output:
    """The last answer, with the trajectory of all turns and what they took together; unknown where one of them does not say."""
    return replace(
        outputs[-1],
        trajectory=tuple(step for output in outputs for step in output.trajectory),
        usage=_usage([output.usage for output in outputs]),
        cost_usd=_total(output.cost_usd for output in outputs),
        latency_ms=_total(output.latency_ms for output in outputs),
    )


def _usage(usages: Sequence[Usage | None]) -> Usage | None:
    known = [usage for usage in usages if usage is not None]
    if len(known) < len(usages):
        return None
    totals = (_total(getattr(usage, name) for usage in known) for name in ("input_tokens", "output_tokens", "cached_input_tokens"))
    return Usage(*(None if total is None else int(total) for total in totals))


def _total(amounts: Iterable[float | None]) -> float | None:
    listed = list(amounts)
    known = [amount for amount in listed if amount is not None]
    return sum(known) if len(known) == len(listed) else None
