"""Draws what `core/rollout/screen.py` says, until the rollout has ended: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from goldfinch.core.errors import ExitCode, InfrastructureError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.rollout.describing import clock
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.screen import Line, Tone, as_text, screen
from goldfinch.core.rollout.state import TERMINAL

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {
    Tone.HEAD: "bold",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.WAITS: "yellow",
    Tone.FAINT: "dim",
}
See = Callable[[], RolloutOverview]
Look = tuple[RolloutOverview | None, str]
"""What was seen, and why it may be old."""


def follow(see: See, *, every_s: float = 1.0, goes_on: Callable[[], bool] = lambda: True, left: str = "", quiet: bool = False) -> int:
    """Until it has ended, `goes_on` says no, or Ctrl-C, which says `left`; the exit code of what was seen last. `quiet`: unseen."""
    watched = _unseen if quiet else _on_terminal if sys.stdout.isatty() and not _is_dumb() else _in_lines
    last: list[RolloutOverview] = []
    try:
        watched(see, every_s, goes_on, last)
    except KeyboardInterrupt:
        typer.echo(for_terminal_line(left or "no longer watched; the rollout goes on"), err=True)
        return int(ExitCode.INCONCLUSIVE)
    return last[-1].exit_code if last else int(ExitCode.INCONCLUSIVE)


def _is_dumb() -> bool:
    import os

    return os.environ.get("TERM", "") in ("", "dumb", "unknown")


def _unseen(see: See, every_s: float, goes_on: Callable[[], bool], last: list[RolloutOverview]) -> None:
    for _ in _looks(see, every_s, goes_on, last):
        pass


def _on_terminal(see: See, every_s: float, goes_on: Callable[[], bool], last: list[RolloutOverview]) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(emoji=False, highlight=False, markup=False)
    with Live(console=console, auto_refresh=False, screen=False, transient=True) as live:
        for overview, trouble in _looks(see, every_s, goes_on, last):
            live.update(_drawn(overview, trouble, console, cut=True), refresh=True)
    if last:
        console.print(_drawn(last[-1], "", console, cut=False))


def _drawn(overview: RolloutOverview | None, trouble: str, console: Console, *, cut: bool) -> Text:
    from rich.text import Text

    width, height = console.size
    plain = (console.encoding or "").lower().replace("-", "") not in ("utf8", "utf16")
    lines = screen(overview, width - 1, plain=plain) if overview is not None else ()
    room = max(3, height - 2)
    if cut and len(lines) > room:
        lines = (*lines[: room - 1], _more(len(lines) - room + 1))
    text = Text(no_wrap=True, overflow="crop", end="")
    for line in lines:
        for span in line:
            text.append(span.text, style=_STYLES.get(span.tone, ""))
        text.append("\n")
    if trouble:
        text.append(for_terminal_line(trouble) + "\n", style="bold red")
    return text


def _more(count: int) -> Line:
    from goldfinch.core.rollout.screen import Span

    return (Span(f"{count} more lines: a taller window, or goldfinch rollout status", Tone.FAINT),)


def _in_lines(see: See, every_s: float, goes_on: Callable[[], bool], last: list[RolloutOverview]) -> None:
    """A line for every change of what a person would want to know, and the whole at the end."""
    said: tuple[object, ...] = ()
    for overview, trouble in _looks(see, every_s, goes_on, last):
        if trouble:
            typer.echo(for_terminal_line(trouble), err=True)
        elif overview is not None and (says := _says(overview)) != said:
            said = says
            typer.echo(for_terminal_line(_line(overview)))
            sys.stdout.flush()
    if last:
        typer.echo(as_text(screen(last[-1], 120)))


def _says(overview: RolloutOverview) -> tuple[object, ...]:
    state = overview.rollout.state
    return (overview.title, state.weight_percent, state.verified_weight_percent, state.extended, overview.next_action, _verdicts(overview))


def _line(overview: RolloutOverview) -> str:
    """The sentence, and while a check has a say its verdicts: a line that looks like the one before says nothing."""
    verdicts = _verdicts(overview)
    return f"{clock(overview.now.replace(microsecond=0), overview.now)} {overview.line}" + (f"; measured: {verdicts}" if verdicts else "")


def _verdicts(overview: RolloutOverview) -> str:
    if overview.assessment is None or overview.rollout.state.phase in TERMINAL:
        return ""
    return ", ".join(f"{check.metric} {check.state}" for check in overview.assessment.checks)


def _looks(see: See, every_s: float, goes_on: Callable[[], bool], last: list[RolloutOverview]) -> Iterator[Look]:
    """What is seen, look by look, with the trouble of seeing it: a store or server that does not answer is waited for."""
    while True:
        trouble, overview = "", None
        try:
            overview = see()
            last[:] = [overview]
        except InfrastructureError as error:
            trouble = f"not seen now: {error}"
        yield overview or (last[-1] if last else None), trouble
        if (overview is not None and overview.rollout.state.phase in TERMINAL) or not goes_on():
            return
        time.sleep(every_s)
