"""`goldfinch quarantine`: the list of flaky cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.quarantine import Updated
    from goldfinch.core.quarantine.standing import QuarantinedCase

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="Flaky cases: they stay in every mean, fail nothing alone, and each has an owner and an end.\n\n"
    "Example: goldfinch quarantine update results/main",
)

File = Annotated[Path, typer.Option("--file", help="The quarantine file, in the repository.")]
FILE = Path("evaluation/quarantine.yaml")


@app.command()
def update(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs of the main branch, or folders that hold them.", metavar="RUNS...")],
    file: File = FILE,
    owner: Annotated[str, typer.Option("--owner", help="Owner of the cases that have none.", show_default="the case's metadata")] = "",
    renew: Annotated[bool, typer.Option("--renew", help="Go on excusing cases whose quarantine ends, where they are still flaky.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    flaky_runs: Annotated[int, typer.Option("--flaky-runs", min=3, help="Flaky runs after which a case is quarantined.")] = 3,
    window: Annotated[int, typer.Option("--window", min=3, help="How many of a case's newest runs are looked at.")] = 10,
    stable_runs: Annotated[int, typer.Option("--stable-runs", min=1, help="Stable runs in a row after which a case is released.")] = 5,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="How long a case is excused.")] = 30,
    output: Output = "text",
) -> None:
    """Bring the list of flaky cases up to date with what runs showed.

    A case is flaky in a run of three or more trials in which some passed and some failed. Flaky in three runs it is quarantined; steady in
    five it is released, as is one that was edited. Replayed runs, incomplete ones and those of pull requests show nothing.

    Exit codes: 0 up to date, 2 wrong input, no run that shows anything, or a damaged file, 3 the file cannot be written.

    Example: goldfinch quarantine update results/main --owner ana
    """
    from goldfinch.bootstrap.quarantine import update_quarantine
    from goldfinch.core.errors import UsageError
    from goldfinch.core.quarantine.codes import OPTION
    from goldfinch.core.quarantine.updating import UpdateRules

    if window < max(flaky_runs, stable_runs):
        hint = f"give at least {max(flaky_runs, stable_runs)}"
        raise UsageError(f"--window {window} holds fewer runs than are asked for", hint=hint, code=OPTION)
    rules = UpdateRules(flaky_runs=flaky_runs, window=window, stable_runs=stable_runs, days=days, renew=renew)
    found = update_quarantine(runs, file, rules, owner=owner, dry_run=dry_run)
    if output == "json":
        print_json(_as_json(found, dry_run=dry_run))
        return
    _say(_lines_of(found, file, dry_run=dry_run))


@app.command(name="list")
def list_(file: File = FILE, output: Output = "text") -> None:
    """Show the flaky cases: owner, since when, until when, in how many runs, and what has to be done.

    Exit codes: 0 shown, 2 the file is damaged.

    Example: goldfinch quarantine list
    """
    from goldfinch.bootstrap.quarantine import quarantined_cases

    cases = quarantined_cases(file)
    if output == "json":
        print_json([_case_json(case) for case in cases])
        return
    _say(_case_lines(cases) or ["no case is in quarantine"])


@app.command()
def release(
    case: Annotated[str, typer.Argument(help="Id of the case.", metavar="CASE")],
    reason: Annotated[str, typer.Option("--reason", help="Why it counts again.", show_default=False)] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who decides it.", show_default="as CI or git know you")] = None,
    file: File = FILE,
) -> None:
    """Let a case count again. The reason stays in the file, and runs from before do not bring the case back.

    Exit codes: 0 released, 2 it is not in quarantine, there is no reason, or the file is damaged, 3 the file cannot be written.

    Example: goldfinch quarantine release refund-17 --reason "the tool's timeout is mended" --by ana
    """
    from goldfinch.bootstrap.quarantine import release_case

    release_case(case, file, reason=reason, by=by)
    _say([f"released {case}; it counts again"])


def _lines_of(found: Updated, file: Path, *, dry_run: bool) -> list[str]:
    update = found.update
    lines = [f"quarantined {case_id}" for case_id in update.added]
    lines += [f"released {one.case_id}: {one.reason}" for one in update.released]
    lines += [f"renewed {case_id}" for case_id in update.renewed]
    lines += [f"owner named for {case_id}" for case_id in update.owned]
    lines += [f"flaky and not quarantined, as safety never is: {case_id}" for case_id in update.refused]
    left_out = ", ".join(f"{count} {why}" for why, count in found.left_out.items())
    runs = f"{found.runs} run{'' if found.runs == 1 else 's'}{f' (left out: {left_out})' if left_out else ''}"
    done = f"would write {file}" if dry_run else f"wrote {file}"
    return [*lines, f"{runs}: {done if update.is_change else 'nothing changes'}", *_case_lines(found.cases)]


def _case_lines(cases: tuple[QuarantinedCase, ...]) -> list[str]:
    from goldfinch.core.quarantine.wording import case_line, reminder_lines

    return [*map(case_line, cases), *(f"! {line}" for line in reminder_lines(cases))]


def _say(lines: list[str]) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo("\n".join(map(for_terminal_line, lines)))


def _as_json(found: Updated, *, dry_run: bool) -> dict[str, Any]:
    import msgspec

    update = found.update
    return {
        "added": list(update.added),
        "released": msgspec.to_builtins(update.released),
        "renewed": list(update.renewed),
        "owned": list(update.owned),
        "refused": list(update.refused),
        "runs": found.runs,
        "left_out": found.left_out,
        "written": update.is_change and not dry_run,
        "cases": [_case_json(case) for case in found.cases],
    }


def _case_json(case: QuarantinedCase) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(case), "reminders": list(case.reminders)}
