"""The `goldfinch` command. Commands are imported when they are called, so that `--help` starts fast."""

from __future__ import annotations

import sys
from errno import EIO, ENOSPC
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperGroup

from goldfinch import __version__

if TYPE_CHECKING:
    from goldfinch.core.errors import GoldfinchError


class Entry(NamedTuple):
    """A command: the module whose `app` it is, and its line in `goldfinch --help`."""

    module: str
    summary: str


COMMANDS = {
    "evaluate": Entry("goldfinch.cli.evaluate", "Ask an agent every case of a golden dataset and score the answers."),
    "score": Entry("goldfinch.cli.score", "Score the stored answers of a run again, without asking the agent."),
    "check": Entry("goldfinch.cli.check", "Judge a change by the quality gates: pass, fail or inconclusive, with every breach."),
    "report": Entry("goldfinch.cli.report", "Show a run: terminal, HTML page, Markdown, JSON, JUnit."),
    "compare": Entry("goldfinch.cli.compare", "Compare two runs case by case: what regressed, and how certain that is."),
    "baseline": Entry("goldfinch.cli.baseline", "Promote the run that a branch is compared with, and show which it is."),
    "quarantine": Entry("goldfinch.cli.quarantine", "Keep the list of flaky cases, each with an owner and an end."),
    "report history": Entry(
        "goldfinch.cli.report_history", "Show runs over time: each metric with intervals, and where its level changed."
    ),
    "dataset": Entry("goldfinch.cli.dataset", "Validate, show, count, split, convert and import golden datasets."),
    "scorers": Entry("goldfinch.cli.scorers", "List the scorers that can be used, with what each needs."),
    "judge": Entry("goldfinch.cli.judge", "Hold a model judge against people's labels: may it block a release?"),
    "bench": Entry("goldfinch.cli.bench", "Measure latency and throughput; compare two builds; find the highest rate."),
    "release": Entry("goldfinch.cli.release", "Name what is rolled out by one hash of all its parts; show, compare, deny and allow it."),
    "rollout": Entry("goldfinch.cli.rollout", "Give a release its traffic step by step, with automatic rollback; replay a recorded one."),
    "serve": Entry("goldfinch.cli.serve", "Run the controller of rollouts, their page and API, and the receiver of spans."),
    "smoke": Entry("goldfinch.cli.smoke", "Try a service that was just started: health, a few golden cases, its release."),
    "proxy": Entry("goldfinch.cli.proxy", "Run the proxy that splits the traffic between two releases."),
    "audit": Entry("goldfinch.cli.audit", "Verify that nobody changed the history of rollouts and releases, and export it."),
    "rollback": Entry("goldfinch.cli.rollback", "Go back to a release: traffic first, proved by live requests."),
    "drill": Entry("goldfinch.cli.drill", "Rehearse a rollback with real parts, and measure how long it takes."),
    "monitor": Entry("goldfinch.cli.monitor", "Watch a rollout, or what serves, and say healthy, unhealthy or inconclusive."),
    "validate": Entry("goldfinch.cli.validate", "Say whether what runs is the release that was asked for."),
    "runbook": Entry("goldfinch.cli.runbook", "Print what to do about an alert; needs no network."),
    "explain": Entry("goldfinch.cli.explain", "Say what an error code means and what to do."),
}


READER_WENT_AWAY = 141
"""What a shell says of a program that SIGPIPE ended."""


def leave_nothing_to_write() -> None:
    """Send what is still buffered for stdout nowhere: the interpreter would fail to write it on its way out, and say so."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class LazyGroup(TyperGroup):
    """A group that lists its commands without importing them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = typer.main.get_command(import_module(entry.module).app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Offer the nearest command for one that does not exist; typer looks among commands that are imported already.

        A command may have two words: `report RUN_DIR` is one, `report history RUNS…` another.
        """
        if (two := " ".join(args[:2])) in COMMANDS:
            return two, self.get_command(ctx, two), args[2:]
        if args[0] not in COMMANDS:
            from difflib import get_close_matches

            if near := get_close_matches(args[0], COMMANDS, n=1):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. When the reader of its output goes away (`| head`), end quietly; typer would end with 1, "gate failed"."""
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:  # closed by the shell: `>&-`
                sys.stdout.flush()
        except BrokenPipeError:
            leave_nothing_to_write()
            raise typer.Exit(READER_WENT_AWAY) from None
        except OSError as error:
            if error.errno not in (ENOSPC, EIO) or error.filename is not None:
                raise
            from goldfinch.core.errors import InfrastructureError

            leave_nothing_to_write()
            raise InfrastructureError(f"cannot write the output: {error.strerror}", hint="free space, or send it elsewhere") from None
        return result

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    name="goldfinch",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 passed, 1 gate failed, 2 usage or configuration, 3 inconclusive, infrastructure or a defect, 4 budget exhausted.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"goldfinch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
) -> None:
    """CI/CD for AI agents: evaluate a change on a golden dataset and say clearly how good it is.

    Example: goldfinch evaluate --dataset golden/ --agent my_agent:answer
    """


def main() -> None:
    """Entry point of the console script: one clear line and the right exit code for everything that goes wrong."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback, and never the code of a failed gate
        from goldfinch.core.errors import GoldfinchError

        sys.exit(report_error(error) if isinstance(error, GoldfinchError) else report_defect(error))


def report_defect(error: Exception) -> int:
    """Say in one line that Goldfinch itself failed, with the traceback only where it is asked for; return the exit code."""
    import os
    import traceback

    from goldfinch.core.errors import ExitCode
    from goldfinch.core.escaping import for_terminal, for_terminal_line

    if os.environ.get("GOLDFINCH_DEBUG") == "1":
        print(for_terminal("".join(traceback.format_exception(error))), file=sys.stderr)
    what = for_terminal_line(f"{type(error).__name__}: {error}"[:500])
    print(f"internal error: {what}; this is a defect of Goldfinch: GOLDFINCH_DEBUG=1 shows the traceback", file=sys.stderr)
    return ExitCode.INCONCLUSIVE


def report_error(error: GoldfinchError) -> int:
    """Print every problem of `error` on stderr, a line each, and return the exit code."""
    from goldfinch.core.errors import DatasetError
    from goldfinch.core.escaping import for_terminal_line

    problems = error.problems if isinstance(error, DatasetError) else (error.problem,)
    for problem in problems:
        print(f"error {problem.code or error.code}: {for_terminal_line(str(problem))}", file=sys.stderr)
    return int(error.exit_code)


if __name__ == "__main__":
    main()
