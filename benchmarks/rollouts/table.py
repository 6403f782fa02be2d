"""The table of the guide: how often each judge is wrong, and how soon it is right."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path

from benchmarks.rollouts.bounds import upper_bound
from benchmarks.rollouts.cells import SAME, WORSE, Bar
from benchmarks.rollouts.simulate import JUDGES, OURS, CellResult

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def page(results: Sequence[CellResult], date: str) -> str:
    """Both tables, with what they rest on."""
    of = {result.cell: result for result in results}
    same = [(cell.title, of[cell.name]) for cell in SAME if cell.name in of]
    worse = [(cell.title, bar, of[cell.name]) for cell, bar in WORSE if cell.name in of]
    rollouts = sorted({result.rollouts for result in results})
    seeds = sorted({result.seed for result in results})
    words = f"{_joined(rollouts)} rollouts a row, seed {_joined(seeds)}, simulated {date}."
    lines = [words, ""]
    if same:
        lines += ["**The canary is no worse: every rollback is a false one.** Per rollout:", "", *_same(same), ""]
    if worse:
        lines += ["**The canary is worse from its first session on.** Rolled back, at which minute (median):", "", *_worse(worse), ""]
    return "\n".join(lines)


def _joined(numbers: Sequence[int]) -> str:
    return " or ".join(f"{number:,}" if number < 10**6 else str(number) for number in numbers)


def _same(rows: Sequence[tuple[str, CellResult]]) -> list[str]:
    head = [
        "| identical releases | Goldfinch | at most (95 %) | plain rule (R72) | Argo, failureLimit 3 | Kayenta |",
        "|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {title} | {share(result)} ({result.rolled_back():,}) | {100 * upper_bound(result.rolled_back(), result.rollouts):.2f} % | "
        + " | ".join(share(result, judge) for judge in JUDGES if judge != OURS)
        + " |"
        for title, result in rows
    ]


def share(result: CellResult, judge: str = OURS) -> str:
    """The share of rollouts that a judge rolled back, in words."""
    percent = 100 * result.rolled_back(judge) / result.rollouts
    return f"{percent:.2f} %" if percent < 10 else f"{percent:.1f} %"


def _worse(rows: Sequence[tuple[str, Bar, CellResult]]) -> list[str]:
    head = [
        "| what is worse | Goldfinch | 9 of 10 by minute | canary sessions seen (median) | canary scores seen | the bar | Argo | Kayenta |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {title} | {_found(result, OURS)} | {_number(result.minute(share=0.9))} | {_number(result.median_units())} | "
        f"{_number(result.median_scores())} | {_bar(bar)}: {'met' if meets(bar, result) else '**missed**'} | "
        + " | ".join(_found(result, judge) for judge in JUDGES[2:])
        + " |"
        for title, bar, result in rows
    ]


def meets(bar: Bar, result: CellResult) -> bool:
    """Whether the cell reaches what it must."""
    return (
        result.rolled_back() >= bar.least_found * result.rollouts
        and result.minute() <= bar.median_minutes
        and result.median_units() <= bar.median_units
        and result.median_scores() <= bar.median_scores
    )


def _bar(bar: Bar) -> str:
    limits = ((bar.median_minutes, "minutes"), (bar.median_units, "sessions"), (bar.median_scores, "scores"))
    return ", ".join(f"≤ {limit:.0f} {unit}" for limit, unit in limits if limit < inf)


def _found(result: CellResult, judge: str) -> str:
    return f"{_percent(result.rolled_back(judge) / result.rollouts)} @{_number(result.minute(judge))}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(value: float) -> str:
    return "—" if value == inf else f"{value:,.0f}"


def publish(guide: Path, figures: str) -> None:
    """Put the tables between the marks of the guide."""
    text = guide.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{guide} has no place for figures: {BEGIN} and {END}")
    new = guide.with_suffix(".new")
    new.write_text(f"{before}{begin}\n\n{figures}\n{end}{after}")
    new.replace(guide)
