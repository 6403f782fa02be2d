"""`goldfinch rollout replay`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from goldfinch.cli.printing import Output, OutputFormat

if TYPE_CHECKING:
    from goldfinch.bootstrap.replay import Replay
    from goldfinch.core.replay.outcome import Decided, ReplayResult

Checks = Literal["all", "changes", "last"]


def replay(
    stream: Annotated[Path, typer.Argument(help="Recorded session events, JSON Lines, also .gz.", metavar="STREAM", show_default=False)],
    steps: Annotated[
        str | None,
        typer.Option("--steps", help="Percent and bake of each step.", show_default="the recorded weights, else the settings' plan"),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings file with `rollout:`.", show_default="goldfinch.yaml here")
    ] = None,
    environment: Annotated[str, typer.Option("--environment", "-e", help="Whose plan it is, of those under `rollout:`.")] = "production",
    guard: Annotated[
        Literal["evidence", "none"] | None,
        typer.Option("--guard", help="none: the plain rule, whose factors alone make a breach.", show_default="the settings'"),
    ] = None,
    checks: Annotated[Checks, typer.Option("--checks", help="Checks to print: all, those that say something new, or the last.")] = "all",
    ignore_weights: Annotated[
        bool, typer.Option("--ignore-weights", help="Follow the plan, as if the stream had recorded no weights.")
    ] = False,
    sampled_turns: Annotated[
        int, typer.Option("--sampled-turns", min=1, max=100, help="Latency and score are of one turn among so many first ones.")
    ] = 1,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=3600, help="Seconds that a line may be older than one before it.")
    ] = 10.0,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.001, help="Times as fast as it was: 1 is real time.", show_default="as fast as it goes"),
    ] = None,
    output: Output = "text",
) -> None:
    """Say what a recorded rollout would have come to: every check with its figures, and the decision with its reason.

    The stream goes through the controller, the state machine and the health rules of a real rollout; only the traffic is recorded.
    Weights that the stream recorded are followed, and where the decision is another than the recorded course, a line says so.

    Exit codes: 0 promoted, 2 wrong input, 3 held, inconclusive or the stream is too short, 5 rolled back.

    Example: goldfinch rollout replay stream.jsonl --steps 10:30m,50:30m,100:0

    Example: goldfinch rollout replay stream.jsonl.gz --guard none --checks changes
    """
    from goldfinch.bootstrap.replay import ReplayRequest, prepare

    request = ReplayRequest(stream, config, environment, steps, guard, tolerance, sampled_turns, ignore_weights)
    prepared = prepare(request)
    printer = _Printer(prepared, checks, output, speed)
    printer.begin(stream)
    result = prepared.run(printer.saw)
    printer.end(result)
    raise typer.Exit(int(result.exit_code))


class _Printer:
    """Prints decisions as they are made, each text through the escaping of the terminal."""

    def __init__(self, prepared: Replay, checks: Checks, output: OutputFormat, speed: float | None) -> None:
        self._plan, self._facts, self._prepared = prepared.plan, prepared.facts, prepared
        self._checks, self._json, self._speed = checks, output == "json", speed
        self._at_s = prepared.begins_at.timestamp()
        self._said: tuple[str, ...] = ()
        self._last: Decided | None = None
        self._changes: list[str] = []

    def begin(self, stream: Path) -> None:
        from goldfinch.core.replay.rendering import header, introduction

        if not self._json:
            self._line(introduction(str(stream), self._prepared.facts, self._plan, recorded=self._prepared.course is not None))
            typer.echo(header())

    def saw(self, step: Decided) -> None:
        from goldfinch.core.replay.rendering import change_line, verdicts

        assessment = step.decision.assessment
        if assessment is not None:
            self._keep_pace(assessment.at.timestamp())
            said = verdicts(assessment)
            self._last = step
            if self._checks == "all" or (self._checks == "changes" and said != self._said):
                self._check(step)
            self._said = said
        if change := change_line(step):
            self._changes.append(change)
            if not self._json:
                self._line(change)

    def end(self, result: ReplayResult) -> None:
        from goldfinch.core.replay.rendering import result_facts

        if self._checks == "last" and self._last is not None:
            self._check(self._last)
        if self._json:
            self._object(result_facts(result, self._changes))
            return
        typer.echo("")
        for words in (result.sentence, *result.differences):
            self._line(words)

    def _check(self, step: Decided) -> None:
        from goldfinch.core.replay.rendering import check_facts, check_lines

        if self._json:
            self._object(check_facts(step))
            return
        for line in check_lines(self._plan, step):
            self._line(line)

    def _keep_pace(self, at_s: float) -> None:
        """Wait as long as it took, divided by the speed. It holds the simulated clock too: nothing else goes on meanwhile."""
        if self._speed is not None:
            import time

            time.sleep(max(0.0, at_s - self._at_s) / self._speed)
        self._at_s = at_s

    def _line(self, text: str) -> None:
        from goldfinch.core.escaping import for_terminal_line

        typer.echo(for_terminal_line(text))

    def _object(self, value: object) -> None:
        import json

        typer.echo(json.dumps(value, allow_nan=False).replace("\x7f", "\\u007f"))
