"""A long run, seen from a terminal: one live line where there is a terminal, a plain line now and then where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from goldfinch.core.escaping import for_rich, for_terminal_line
from goldfinch.ports.progress import Progress, ProgressSnapshot

PLAIN_EVERY_S = 10.0


class PlainProgress:
    """Whole lines to stderr: for logs, and for `--output json`."""

    interval_s = PLAIN_EVERY_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, snapshot: ProgressSnapshot) -> None:
        print(describe(snapshot), file=self._stream, flush=True)

    def note(self, message: str) -> None:
        print(for_terminal_line(message), file=self._stream, flush=True)

    def close(self) -> None: ...


class LiveProgress:
    """A bar that is drawn over, with counts, money and time left."""

    interval_s = 0.2

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True, emoji=False, highlight=False)
        self._bar = Bar(BarColumn(bar_width=24), TextColumn("{task.description}"), console=console, transient=True)
        self._task = self._bar.add_task("starting", total=None)
        self._bar.start()

    def update(self, snapshot: ProgressSnapshot) -> None:
        done = snapshot.finished + snapshot.missing
        self._bar.update(
            self._task, total=snapshot.planned, completed=done, description=for_rich(f"{done}/{snapshot.planned} {_figures(snapshot)}")
        )

    def note(self, message: str) -> None:
        self._bar.console.print(for_rich(message))

    def close(self) -> None:
        self._bar.stop()


def progress_for_stderr() -> Progress:
    """Live where stderr is a terminal that can redraw, plain lines elsewhere."""
    import os

    plain = not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb"
    return PlainProgress(sys.stderr) if plain else LiveProgress()


@contextmanager
def progress_beside_output() -> Iterator[Progress]:
    """Progress on stderr while other people's code runs: what an agent or a judge prints must not get into what is printed at the end."""
    progress = progress_for_stderr()
    try:
        with redirect_stdout(sys.stderr):
            yield progress
    finally:
        progress.close()


def describe(snapshot: ProgressSnapshot) -> str:
    """One line: `120/2000 answers · 114 passed · …`."""
    return f"{snapshot.finished + snapshot.missing}/{snapshot.planned} answers · {_figures(snapshot)}"


def _figures(snapshot: ProgressSnapshot) -> str:
    parts = [] if snapshot.passed is None else [f"{snapshot.passed} passed", f"{snapshot.failed} failed"]
    if snapshot.missing:
        parts.append(f"{snapshot.missing} missing")
    parts.append(_rate(snapshot.per_second))
    parts.append(_money(snapshot))
    if snapshot.left_s is not None and snapshot.left_s >= 1:
        parts.append(f"{_duration(snapshot.left_s)} left")
    return " · ".join(part for part in parts if part)


def _rate(per_second: float) -> str:
    """Three digits, and none of them an exponent: `0.25/s`, `98.4/s`, `1,083/s`."""
    return f"{per_second:,.0f}/s" if per_second >= 100 else f"{per_second:.3g}/s"


def _money(snapshot: ProgressSnapshot) -> str:
    if not snapshot.spent_usd and snapshot.budget_usd is None:
        return ""
    of = f" of ${snapshot.budget_usd:g}" if snapshot.budget_usd is not None else ""
    unpriced = f" + {snapshot.unpriced} of unknown cost" if snapshot.unpriced else ""
    is_over = snapshot.finished + snapshot.missing >= snapshot.planned
    projected = "" if snapshot.projected_usd is None or is_over else f", about ${snapshot.projected_usd:.2f} in all"
    return f"${snapshot.spent_usd:.4f}{of}{unpriced}{projected}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
