"""Is what runs the release that was asked for: by the record, by live requests, by its processes, by a smoke test (R50)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.recovery.validation import Answer, Validation, of_record, of_target, verdict
from goldfinch.operations.roll_back import live_proof
from goldfinch.operations.roll_out.acting import why
from goldfinch.ports.deployer import Deployer
from goldfinch.ports.live_probe import LiveProbe
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore


@dataclass(frozen=True, slots=True)
class ValidationTools:
    """`smoke` None: it is not asked, and the verdict says nothing about it."""

    store: RolloutStore
    ledger: ReleaseLedger
    probe: LiveProbe
    deployer: Deployer | None
    smoke: Callable[[], Awaitable[tuple[bool | None, str]]] | None = None


async def validate(release: str, service: str, environment: str, tools: ValidationTools) -> Validation:
    """Every question is asked, whatever the one before said. Raises `UnknownRelease`, `StoreUnavailable`."""
    wanted = tools.ledger.find(release).id
    under_way = tools.store.under_way(service, environment)
    latest = tools.store.get(under_way) if under_way else tools.store.latest(service, environment)
    answers = [of_record(wanted, latest), await _live(wanted, tools.probe)]
    if tools.deployer is not None:
        answers.append(await _processes(wanted, tools.deployer))
    if tools.smoke is not None:
        answers.append(await _smoke(tools.smoke))
    return verdict(wanted, answers)


async def _live(wanted: str, probe: LiveProbe) -> Answer:
    proved = await live_proof(wanted, None, probe)
    return Answer("traffic", None if proved.silent else proved.holds, proved.words)


async def _processes(wanted: str, deployer: Deployer) -> Answer:
    try:
        return of_target(await deployer.view(wanted))
    except GoldfinchError as error:
        return of_target(None, why(error))


async def _smoke(smoke: Callable[[], Awaitable[tuple[bool | None, str]]]) -> Answer:
    try:
        passed, words = await smoke()
    except GoldfinchError as error:
        return Answer("smoke test", None, why(error))
    return Answer("smoke test", passed, words)
