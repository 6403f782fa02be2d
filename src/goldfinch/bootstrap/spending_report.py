"""What tests spent on models, as lines for a terminal and as the file of `--goldfinch-report`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.pacing.spending import Spending
from goldfinch.core.results.wording import usd

FILE = "goldfinch-tests.json"
SCHEMA_VERSION = 1
_AMOUNTS = {
    "tokens": "input and output",
    "cost_usd": "what the calls cost; replayed ones: what they cost when they were recorded",
    "paid_usd": "what was paid now",
}


def as_plain(spending: Spending) -> dict[str, Any]:
    """A test's part of the report; None is unknown, never 0."""
    return {
        "calls": spending.calls,
        "replayed": spending.replayed,
        "tokens": spending.tokens,
        "cost_usd": spending.cost_usd,
        "paid_usd": None if spending.paid_calls_without_price else spending.paid_usd,
    }


def spending_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the report."""
    count = {"type": "integer", "minimum": 0}
    amounts = {
        name: {"type": ["number", "null"], "minimum": 0, "description": f"{words}; null is unknown"} for name, words in _AMOUNTS.items()
    }
    figures = {"calls": count, "replayed": count, **amounts}
    test = {"test": {"type": "string", "description": "the test's node id"}, "outcome": {"type": "string"}, **figures}
    top = {
        "schema_version": {"const": SCHEMA_VERSION},
        "kind": {"const": "test_spending"},
        "budget_usd": {"type": ["number", "null"], "description": "of the session; null: none"},
        "total": {"type": "object", "properties": figures, "required": list(figures)},
        "tests": {"type": "array", "items": {"type": "object", "properties": test, "required": list(test)}},
    }
    words = f"{FILE}, as `pytest --goldfinch-report` writes it: what each test took of models. Cost in US dollars."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": words,
        "type": "object",
        "properties": top,
        "required": list(top),
    }


def write_report(tests: Mapping[str, Mapping[str, Any]], budget_usd: float | None, target: Path) -> None:
    """Write JSON to `target`, or to `goldfinch-tests.json` in it where it is a folder. Raises `OSError`."""
    path = target / FILE if target.is_dir() or not target.suffix else target
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": "test_spending",
        "budget_usd": budget_usd,
        "total": _total(tests),
        "tests": [{"test": name, **test} for name, test in sorted(tests.items())],
    }
    write_atomically(path, json.dumps(document, indent=2).encode() + b"\n")


def summary_lines(tests: Mapping[str, Mapping[str, Any]], budget_usd: float | None, *, shown: int) -> Iterator[str]:
    """The dearest tests first, then the sum."""
    asked = {name: test for name, test in tests.items() if test["calls"]}
    dearest = sorted(asked.items(), key=lambda item: (item[1]["cost_usd"] is not None, -(item[1]["cost_usd"] or 0.0), item[0]))
    for name, test in dearest[:shown]:
        yield f"{_figures(test)}  {for_terminal_line(name)}"
    if len(dearest) > shown:
        yield f"… and {len(dearest) - shown} more tests"
    of_budget = "" if budget_usd is None else f" of ${budget_usd:g}"
    total = _total(asked)
    paid = "an unknown amount" if total["paid_usd"] is None else usd(total["paid_usd"])
    tests_ = "1 test" if len(asked) == 1 else f"{len(asked)} tests"
    yield f"{_figures(total)}  in {tests_}; paid now: {paid}{of_budget}"


def _total(tests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: _sum([test[name] for test in tests.values()]) for name in ("calls", "replayed", "tokens", "cost_usd", "paid_usd")}


def _sum(amounts: list[Any]) -> Any:
    """Unknown as soon as one part is."""
    return None if any(amount is None for amount in amounts) else sum(amounts)


def _figures(test: Mapping[str, Any]) -> str:
    cost = "unknown" if test["cost_usd"] is None else usd(test["cost_usd"])
    tokens = "unknown" if test["tokens"] is None else f"{test['tokens']:,}"
    calls = "call" if test["calls"] == 1 else "calls"
    replayed = f" ({test['replayed']} replayed)" if test["replayed"] else ""
    return f"{cost:>9}  {tokens:>7} tokens  {test['calls']:>3} {calls}{replayed}"
