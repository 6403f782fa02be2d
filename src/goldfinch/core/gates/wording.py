"""Figures of gates in words. Where the specification prints a breach, its format is kept to the letter (R62-R64)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goldfinch.core.gates.evidence import Measured

SHOWN = 10
"""Single problems that a gate names before it counts the rest."""


def number(value: float) -> str:
    """`2000`, `0.125`: as short as it can be without another value."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def percent(share: float) -> str:
    """`85%`, `87.5%`: a threshold, in full."""
    return f"{number(round(share * 100, 9))}%"


def dollars(amount: float) -> str:
    """`$0.15`, `$0.125`: a threshold, in full."""
    return f"${amount:.2f}" if round(amount, 2) == amount else f"${number(amount)}"


def share_interval(measured: Measured) -> str:
    """` (95 % CI 76.9–94.4 %, n 60)`; empty where neither is known."""
    low, high = measured.low, measured.high
    interval = "" if low is None or high is None else f"95 % CI {100 * low:.1f}–{100 * high:.1f} %"
    return _in_brackets((interval, counted(measured)))


def interval(measured: Measured, places: int = 3) -> str:
    """` (95 % CI 0.712–0.834, n 60)`."""
    low, high = measured.low, measured.high
    bounds = "" if low is None or high is None else f"95 % CI {low:.{places}f}–{high:.{places}f}"
    return _in_brackets((bounds, counted(measured)))


def counted(measured: Measured) -> str:
    """`n 60`; empty where the count is not known."""
    return "" if measured.count is None else f"n {measured.count}"


def amount(count: int, noun: str, plural: str = "") -> str:
    """`1 problem`, `2 problems`."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def some_of(names: Sequence[str], most: int = 5) -> str:
    """`a, b and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _in_brackets(parts: Iterable[str]) -> str:
    inside = ", ".join(part for part in parts if part)
    return f" ({inside})" if inside else ""
