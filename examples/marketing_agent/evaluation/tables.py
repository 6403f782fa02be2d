"""Figures as Markdown, and the sections of pages that scripts write."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from goldfinch.core.results.summary import Estimate

from evaluation.figures import FIVE, TAGS, Figures, shown

HEADER = (
    "release", "answers", "pass rate (95 % CI)", *FIVE, "unsafe cases", "cost per request", "tokens per request", "p95 latency", "errors",
    *(f"`{tag}`" for tag in TAGS),
)  # fmt: skip


def table(rows: Iterable[Figures]) -> str:
    """The rows as a Markdown table. The last columns are pass rates of the cases with that tag."""
    return markdown([HEADER, *(_cells(row) for row in rows)])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose first row is its header."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def rate(estimate: Estimate) -> str:
    """`92.4 % (84.8–96.4)`, or `–` where no case had a verdict."""
    if estimate.mean is None or estimate.low is None or estimate.high is None:
        return "–"
    return f"{estimate.mean:.1%} ({100 * estimate.low:.1f}–{100 * estimate.high:.1f})".replace("%", " %")


def replace_section(page: Path, name: str, text: str) -> None:
    """Put `text` between `<!-- NAME: … -->` and `<!-- end of NAME -->` of `page`. Raises `ValueError` where they are not there."""
    whole = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {re.escape(name)}: [^\n]* -->\n).*?(\n<!-- end of {re.escape(name)} -->)", re.DOTALL)
    if not pattern.search(whole):
        raise ValueError(f"{page} has no section {name!r}")
    new = page.with_suffix(".new")
    new.write_text(pattern.sub(lambda match: f"{match[1]}\n{text.strip()}\n{match[2]}", whole), encoding="utf-8")
    os.replace(new, page)


def _cells(row: Figures) -> list[str]:
    means = [shown(row.metrics[name].mean) if name in row.metrics else "–" for name in FIVE]
    tags = [f"{shown(each.mean, 2)} of {each.count}" if each.count else "–" for each in row.tags.values()]
    errors = f"{row.errors}" + (f" (+{row.missing} missing)" if row.missing else "")
    cost = "unknown" if row.cost_usd is None else f"${row.cost_usd:.5f}"
    tokens = "unknown" if row.tokens is None else f"{row.tokens:,.0f}"
    latency = "unknown" if row.p95_ms is None else f"{row.p95_ms:,.0f} ms"
    return [row.release, str(row.answers), rate(row.pass_rate), *means, str(row.unsafe_count), cost, tokens, latency, errors, *tags]
