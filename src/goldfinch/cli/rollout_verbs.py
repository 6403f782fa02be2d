"""What a person asks of a rollout: kept with name and reason, and dealt with in the controller's next pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, By, Config, Environment, Named, Reason, echo

if TYPE_CHECKING:
    from goldfinch.core.rollout.evidence import Verb
    from goldfinch.core.rollout.record import Rollout


def promote(
    rollout: Named = None,
    full: Annotated[bool, typer.Option("--full", help="Straight to 100 %, over the steps that are left.")] = False,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Take the next step now, over what the measurements have not said yet: recorded as your decision, with --reason.

    Exit codes: 0 asked, 2 it means nothing as the rollout stands, or has no reason; 3 store or server do not answer.

    Example: goldfinch rollout promote --reason "checked by hand, the week's figures are in"

    Example: goldfinch rollout promote --full --reason "hotfix for the outage"
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.PROMOTE_FULL if full else Verb.PROMOTE, by, reason, config, output)


def pause(
    rollout: Named = None,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Keep the weight as it is until somebody resumes. The canary is watched meanwhile, and harm rolls it back.

    Exit codes: 0 asked, 2 it means nothing as the rollout stands, 3 store or server do not answer.

    Example: goldfinch rollout pause --reason "support looks at a complaint"
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.PAUSE, by, reason, config, output)


def resume(
    rollout: Named = None,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Go on with a rollout that is held: the bake goes on with the time that it had left.

    Exit codes: 0 asked, 2 it is not held, 3 store or server do not answer.

    Example: goldfinch rollout resume
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.RESUME, by, reason, config, output)


def abort(
    rollout: Named = None,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Give a rollout up: traffic goes back to the stable release, and the canary is stopped and denied.

    Exit codes: 0 asked, 2 it has ended or goes back already, 3 store or server do not answer.

    Example: goldfinch rollout abort --reason "wrong prices in the answers"
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.ABORT, by, reason, config, output)


def approve(
    rollout: Named = None,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Let a rollout begin that waits for approval. Whoever asked for it, or made the release, cannot.

    Exit codes: 0 approved, 2 no approval is waited for, or not by you; 3 store or server do not answer.

    Example: goldfinch rollout approve --by grace --reason "read the diff"
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.APPROVE, by, reason, config, output)


def reject(
    rollout: Named = None,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """End a rollout that waits for approval, before any traffic. It needs --reason.

    Exit codes: 0 rejected, 2 no approval is waited for, or no reason; 3 store or server do not answer.

    Example: goldfinch rollout reject --reason "the prompt promises refunds"
    """
    from goldfinch.core.rollout.evidence import Verb

    _ask(rollout, environment, Verb.REJECT, by, reason, config, output)


def retry(
    rollout: Named = None,
    force: Annotated[
        bool, typer.Option("--force", help="Over the denial of the release: of a rollout that was rolled back. Needs --reason.")
    ] = False,
    reason: Reason = "",
    by: By = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Try again: the way back of a rollout whose rollback failed; of one that has ended, the same release by the same plan, as a new one.

    A rollout that is started again like this waits for a controller: `goldfinch serve`, or `goldfinch rollout start`.

    Exit codes: 0 asked, 2 there is nothing to try again, or the release is denied; 3 store or server do not answer.

    Example: goldfinch rollout retry ro_20261124T120000Z_1f3a9c2b --force --reason "the orders service was down"
    """
    from goldfinch.bootstrap.desk import retry as try_again

    _said("retry", try_again(rollout, environment, by=by, reason=reason, force=force, config=config), output)


def _ask(rollout: str | None, environment: str, verb: Verb, by: str | None, reason: str, config: Path | None, output: str) -> None:
    from goldfinch.bootstrap.desk import ask

    _said(str(verb).replace("_", " "), ask(rollout, environment, verb, by=by, reason=reason, config=config), output)


def _said(verb: str, found: Rollout, output: str) -> None:
    from goldfinch.core.rollout.describing import title
    from goldfinch.core.rollout.overview_json import rollout_facts

    if output == "json":
        print_json(rollout_facts(found))
        return
    echo(f"{verb} was asked of {found.id}, which is {title(found.plan, found.state)}; goldfinch rollout watch {found.id}")
