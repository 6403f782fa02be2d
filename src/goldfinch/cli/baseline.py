"""`goldfinch baseline`: the run that a branch is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.baselines import Baseline

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="The run that a branch is compared with: promote one that passed, and see which it is.",
)

Branch = Annotated[str | None, typer.Option("--branch", "-b", help="Whose baseline.", show_default="the branch that is checked out")]
Folder = Annotated[Path, typer.Option("--baselines", help="Folder of all baselines, one folder a branch.")]
FOLDER = Path("evaluation/baselines")


@app.command()
def promote(
    run: Annotated[Path, typer.Argument(help="The folder of a run, or one that holds exactly one.", metavar="RUN")],
    branch: Branch = None,
    baselines: Folder = FOLDER,
    verdict: Annotated[
        Path | None,
        typer.Option(help="What `goldfinch check` wrote about this run.", show_default="the AI quality gate of the settings judges it"),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
    allow_dirty: Annotated[bool, typer.Option("--allow-dirty", help="Take a run of files that are not committed.")] = False,
    without_outputs: Annotated[
        bool,
        typer.Option("--without-outputs", help="Leave the answers out: smaller, and nothing can be scored anew or shown side by side."),
    ] = False,
    output: Output = "text",
) -> None:
    """Make a run the baseline of a branch. Only a complete run that passed can be one; what was there stays until all is copied.

    Exit codes: 0 promoted, 2 the run may not be promoted or cannot be read, 3 the folder cannot be written.

    Example: goldfinch baseline promote results/ci-17 --branch main --verdict results/ci-17/verdict.json
    """
    from goldfinch.bootstrap.baselines import promote_run

    _show(
        promote_run(
            run,
            branch=branch,
            folder=baselines,
            verdict=verdict,
            config=config,
            allow_dirty=allow_dirty,
            with_outputs=not without_outputs,
        ),
        output,
    )


@app.command()
def show(
    branch: Branch = None,
    baselines: Folder = FOLDER,
    every: Annotated[bool, typer.Option("--all", help="The baseline of every branch.")] = False,
    output: Output = "text",
) -> None:
    """Say which run the baseline of a branch is, how old it is, who promoted it, and its figures.

    Exit codes: 0 shown, 2 there is none or it is damaged.

    Example: goldfinch baseline show --branch main
    """
    from goldfinch.bootstrap.baselines import baseline_of, baselines_in

    if not every:
        _show(baseline_of(branch, baselines), output)
        return
    found = baselines_in(baselines)
    if output == "json":
        print_json([_as_json(one) for one in found])
        return
    typer.echo("\n\n".join("\n".join(_lines(one)) for one in found) if found else "no baseline was promoted yet")


@app.command()
def bootstrap(branch: Branch = None, baselines: Folder = FOLDER, output: Output = "text") -> None:
    """Write a placeholder for a branch that has no baseline yet. Comparing with it decides nothing: neutral.

    Exit codes: 0 written, 2 there is a baseline already.

    Example: goldfinch baseline bootstrap --branch main
    """
    from goldfinch.bootstrap import baselines as wiring

    _show(wiring.bootstrap(branch, baselines), output)


def _show(baseline: Baseline, output: str) -> None:
    if output == "json":
        print_json(_as_json(baseline))
    else:
        typer.echo("\n".join(_lines(baseline)))


def _lines(baseline: Baseline) -> list[str]:
    from goldfinch.core.baselines.wording import described
    from goldfinch.core.escaping import for_terminal_line

    rows = described(baseline.promotion, baseline.manifest, baseline.summary, str(baseline.path), baseline.age_s)
    width = max(len(name) for name, _ in rows)
    return [for_terminal_line(f"{name:<{width}}  {value}") for name, value in rows]


def _as_json(baseline: Baseline) -> dict[str, Any]:
    import msgspec

    from goldfinch.core.results.wording import known

    summary = baseline.summary
    metrics = () if summary is None else summary.metrics
    return {
        **msgspec.to_builtins(baseline.promotion),
        "path": str(baseline.path),
        "age_s": baseline.age_s,
        "agent": msgspec.to_builtins(baseline.manifest.agent),
        "dataset": msgspec.to_builtins(baseline.manifest.dataset),
        "trials": baseline.manifest.trials,
        "pass_rate": None if summary is None else msgspec.to_builtins(summary.passes.rate),
        "metrics": {metric.name: {"mean": known(metric.estimate.mean), "count": metric.estimate.count} for metric in metrics},
    }
