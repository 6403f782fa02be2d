"""The evidence pack of a rollback: written once it is over, by whoever drove it. A pack that fails holds up nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.recovery.pack import PackSources, candidates_file, pack_json
from goldfinch.core.recovery.pack_page import page
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.diff import Difference, differences
from goldfinch.core.rollout.commands import Notify
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.operations.roll_out.acting import why
from goldfinch.ports.notifier import Notifier
from goldfinch.ports.pack_sources import PackFolder, SessionExamples
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_log import RolloutLog
from goldfinch.ports.rollout_store import RolloutStore

PAGE: Final = "index.html"
FACTS: Final = "pack.json"
CANDIDATES: Final = "candidates.jsonl"


@dataclass(frozen=True, slots=True)
class PackTools:
    """Where a pack is read from and written to."""

    store: RolloutStore
    ledger: ReleaseLedger
    examples: SessionExamples
    folder: PackFolder
    redact: Redactor


def write_pack(rollout_id: str, tools: PackTools) -> str | None:
    """Where it is; None: this rollout has not rolled back, or its pack is there already. Written again, it is the same pack.

    Raises `UnknownRollout`, `StoreUnavailable`, `OSError`.
    """
    rollout = tools.store.get(rollout_id)
    if rollout.state.phase is not Phase.ROLLED_BACK or tools.folder.has(rollout_id):
        return None
    sources = _sources(rollout, tools)
    facts = pack_json(sources, tools.redact)
    files = {
        PAGE: page(facts),
        FACTS: json.dumps(facts, indent=2, sort_keys=True) + "\n",
        CANDIDATES: candidates_file(sources, tools.redact),
    }
    return tools.folder.write(rollout_id, files)


def missing_packs(tools: PackTools, service: str, environment: str) -> tuple[str, ...]:
    """The latest rollout where it was rolled back and its pack was never written: a controller may have been killed in between."""
    latest = tools.store.latest(service, environment)
    lacks = latest is not None and latest.state.phase is Phase.ROLLED_BACK and not tools.folder.has(latest.id)
    return (latest.id,) if lacks and latest is not None else ()


def write_missing(tools: PackTools, service: str, environment: str, log: RolloutLog) -> None:
    """Write what `missing_packs` names. What fails is a line in the log: a server starts without it."""
    try:
        for rollout_id in missing_packs(tools, service, environment):
            _write_and_say(rollout_id, tools, log)
    except GoldfinchError as error:
        log.write("rollout.no_pack", {"environment": environment, "why": why(error)})


def _write_and_say(rollout_id: str, tools: PackTools, log: RolloutLog) -> None:
    try:
        where = write_pack(rollout_id, tools)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with a pack is a line in the log, never the end of a rollout
        log.write("rollout.no_pack", {"rollout": rollout_id, "why": why(error)})
        return
    if where is not None:
        log.write("rollout.pack", {"rollout": rollout_id, "where": where})


def _sources(rollout: Rollout, tools: PackTools) -> PackSources:
    sessions = tools.examples.of(rollout)
    found, note = _differences(rollout, tools.ledger)
    return PackSources(
        rollout=rollout,
        decisions=tools.store.decisions(rollout.id),
        differences=found,
        requests=sessions.requests,
        failed_requests=sessions.failed_requests,
        answers=sessions.answers,
        notes=(*sessions.notes, *note),
    )


def _differences(rollout: Rollout, ledger: ReleaseLedger) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    if rollout.stable is None:
        return (), ("a first release: there is nothing that it could differ from",)
    try:
        return differences(ledger.find(rollout.stable), ledger.find(rollout.canary)), ()
    except GoldfinchError as error:
        return (), (f"what differs between the releases: {why(error)}",)


class PackingNotifier:
    """Tells people by `inner`, and writes the pack when a rollback has ended. It never fails for the pack's sake."""

    def __init__(self, inner: Notifier, tools: PackTools, log: RolloutLog) -> None:
        self._inner, self._tools, self._log = inner, tools, log

    async def tell(self, rollout_id: str, message: Notify) -> None:
        _write_and_say(rollout_id, self._tools, self._log)
        await self._inner.tell(rollout_id, message)
