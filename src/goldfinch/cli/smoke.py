"""`goldfinch smoke`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goldfinch.cli.printing import Output

if TYPE_CHECKING:
    from goldfinch.core.probes.smoke import SmokeCheck

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def smoke(
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="Address of the service; a path goes before the agent's own.", show_default=False)
    ],
    environment: Annotated[str, typer.Option("--environment", "-e", help="Which environment it is, of those under `rollout:`.")] = "local",
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
    dataset: Annotated[
        list[Path] | None,
        typer.Option(
            "--dataset", "-d", help="File or folder of cases; may be repeated.", show_default="dataset:, else live.probes.dataset"
        ),
    ] = None,
    case: Annotated[list[str] | None, typer.Option("--case", help="Id of a case to try; may be repeated.", show_default=False)] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only cases with one of these tags.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Most cases to try.")] = 3,
    release: Annotated[str | None, typer.Option("--expect-release", help="Id of the release that must answer.", show_default=False)] = None,
    health: Annotated[
        str | None, typer.Option("--health", help="Path that answers 200 once it can serve; empty: none.", show_default="deploy.health")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=0.1, max=3600, help="Seconds of one request.", show_default="live.probes.timeout, else 30"),
    ] = None,
    within: Annotated[float, typer.Option("--within", min=0, max=3600, help="Seconds that it may take to get up, tries included.")] = 60.0,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", help="File for what was found, JSON.", show_default=".goldfinch/SERVICE/ENVIRONMENT/smoke.json"),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The service is at a private or loopback address; local environments need not say so.")
    ] = False,
    output: Output = "text",
) -> None:
    """Try a service that was just started: is it up, does it answer a few golden cases, is it the release that it should be?

    A service that is still starting is tried again until `--within` is over. Answers are scored by the configured scorers, without a model.

    Exit codes: 0 passed, 1 a check failed, 2 usage or configuration, 3 the service could not be reached, or an answer not be judged.

    Example: goldfinch smoke --endpoint https://staging.example.com --environment staging
    """
    from goldfinch.bootstrap.smoke import SmokeRequest, run_smoke
    from goldfinch.core.escaping import for_terminal_line
    from goldfinch.core.probes.smoke import exit_code

    report, file = run_smoke(
        SmokeRequest(
            endpoint,
            environment,
            config,
            tuple(dataset or ()),
            tuple(case or ()),
            tuple(tag or ()),
            limit,
            release,
            health,
            timeout,
            within,
            evidence,
            allow_private,
        )
    )
    if output == "json":
        import msgspec

        from goldfinch.cli.printing import print_json

        print_json(msgspec.to_builtins(report))
    else:
        for check in report.checks:
            typer.echo(for_terminal_line(_line(check)))
        failed = next((f": {check.name}: {check.detail}" for check in report.checks if check.passed is False), "")
        # a rollout quotes this line alone
        typer.echo(for_terminal_line(f"smoke test of {report.endpoint} ({report.environment}): {report.verdict}{failed}; evidence: {file}"))
    raise typer.Exit(int(exit_code(report.verdict)))


def _line(check: SmokeCheck) -> str:
    word = {True: "pass", False: "FAIL", None: "unknown"}[check.passed]
    tries = f", {check.attempts} tries" if check.attempts > 1 else ""
    return f"{word:<8}{check.name}: {check.detail} ({check.took_ms:,.0f} ms{tries})"
