"""Where a rollout stands, how it came there, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, Config, Environment, Named, echo

if TYPE_CHECKING:
    from goldfinch.core.rollout.record import Decision


def status(rollout: Named = None, environment: Environment = DEFAULT_ENVIRONMENT, config: Config = None, output: Output = "text") -> None:
    """Say where a rollout stands: state, reason, what is next, each metric with its figures, the way back, what it cannot see.

    Exit codes: 0 succeeded, 1 failed before any traffic, 2 unknown, 3 under way, held or given up, 5 rolled back, 6 rollback failed.

    Example: goldfinch rollout status

    Example: goldfinch rollout status --output json
    """
    from goldfinch.bootstrap.desk import show_rollout
    from goldfinch.core.rollout.overview_json import overview_facts
    from goldfinch.core.rollout.screen import as_text, screen

    found = show_rollout(rollout, environment, config)
    if output == "json":
        print_json(overview_facts(found))
    else:
        typer.echo(as_text(screen(found, _width())))
    raise typer.Exit(found.exit_code)


def history(
    rollout: Named = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    changes: Annotated[bool, typer.Option("--changes", help="Only changes of state, without the checks that changed nothing.")] = False,
    config: Config = None,
    output: Output = "text",
) -> None:
    """List every decision of a rollout, oldest first, each with its figures: who decided, why, and what was done.

    Exit codes: 0 listed, 2 unknown, 3 store or server do not answer.

    Example: goldfinch rollout history --changes
    """
    from goldfinch.bootstrap.desk import decisions_of
    from goldfinch.core.rollout.overview_json import decision_facts
    from goldfinch.core.rollout.showing import is_change

    found, decisions = decisions_of(rollout, environment, config)
    kept = [decision for decision in decisions if not changes or is_change(decision)]
    if output == "json":
        print_json({"rollout": found, "decisions": [decision_facts(decision) for decision in kept]})
        return
    now = datetime.now(UTC)
    for decision in kept:
        _decision(decision, now)
    if not kept:
        echo(f"nothing was decided about {found} yet: no controller has looked at it")


def explain(rollout: Named = None, environment: Environment = DEFAULT_ENVIRONMENT, config: Config = None, output: Output = "text") -> None:
    """Say why a rollout stands where it stands, by what evidence, what would change it, and what you can do now.

    Exit codes: 0 said, 2 unknown, 3 store or server do not answer.

    Example: goldfinch rollout explain
    """
    from goldfinch.bootstrap.desk import show_rollout
    from goldfinch.core.rollout.explaining import explain as explained

    paragraphs = explained(show_rollout(rollout, environment, config))
    if output == "json":
        print_json([{"head": paragraph.head, "sentences": list(paragraph.sentences)} for paragraph in paragraphs])
        return
    for paragraph in paragraphs:
        echo(paragraph.head)
        for sentence in paragraph.sentences:
            _indented(sentence)


def _decision(decision: Decision, now: datetime) -> None:
    from goldfinch.core.rollout.explaining import decided

    echo(decided(decision, now))
    for check in decision.assessment.checks if decision.assessment else ():
        _indented(f"{check.state}: {check.reason}")
    if decision.commands:
        _indented(f"done: {'; '.join(decision.commands)}")


def _indented(sentence: str) -> None:
    from goldfinch.core.rollout.screen import wrapped

    for i, part in enumerate(wrapped(sentence, max(40, _width() - 4))):
        echo(f"{'  ' if i == 0 else '    '}{part}")


def _width() -> int:
    import shutil

    return max(60, min(160, shutil.get_terminal_size((120, 40)).columns))
