"""Migrations against a real PostgreSQL, by the commands that people and pipelines type."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from src.config import Config
from src.domain import Fact
from src.memory import StoredMemory, memory_of
from src.memory.entries import session_key
from tests.memory_contract import turn
from tests.proxy import proxy_to
from tests.servers import ROOT, alembic, execute

pytestmark = pytest.mark.integration

CONTRACT = ("-n", "contract", "-x", "contract=yes", "upgrade", "head")
HEAD = "0003"
RUNNER_LOCK = 0x6D61726B

# What a release of schema 1 asks of the database, as it asked it.
OLD_SAY = "insert into facts (session_key, key, value, release_id) values (%s, %s, %s, 'old')"
OLD_READ = "select distinct on (key) key, value from facts where session_key = %s order by key, id desc"
OLD_FORGET = "delete from facts where session_key = %s"


def ask(url: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def columns(url: str) -> list[str]:
    found = ask(url, "select column_name from information_schema.columns where table_name = 'facts' order by ordinal_position")
    return [name for (name,) in found]


def succeeds(*arguments: str, url: str) -> str:
    done = alembic(*arguments, url=url)
    assert done.returncode == 0, done.stderr
    return done.stderr


def refuses(*arguments: str, url: str | None) -> str:
    """The one line that the command says before it ends with 255."""
    done = alembic(*arguments, url=url)
    assert done.returncode == 255
    assert "Traceback" not in done.stderr
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("INFO")]
    return line


async def with_memory(url: str, work: Callable[[StoredMemory], Any]) -> Any:
    memory = memory_of(Config(database_url=url))
    try:
        return await work(memory)
    finally:
        await memory.close()


def test_an_empty_database_comes_to_the_head_and_then_nothing_is_left_to_do(empty_database_url: str) -> None:
    assert succeeds("upgrade", "head", url=empty_database_url).count("Running upgrade") == 3
    assert "Running" not in succeeds("upgrade", "head", url=empty_database_url)
    assert ask(empty_database_url, "select version_num from alembic_version") == [(HEAD,)]


async def test_the_address_of_the_pipeline_works_as_printed(postgres_server: str, empty_database_url: str) -> None:
    """R17: postgresql://postgres:postgres@localhost:5432/test_db, at another port and with another name."""
    address = urlsplit(postgres_server)
    user, password = address.username or "postgres", address.password or "postgres"
    async with proxy_to(postgres_server) as proxy:
        url = f"postgresql://{user}:{password}@localhost:{proxy.port}{urlsplit(empty_database_url).path}"
        done = await asyncio.to_thread(alembic, "upgrade", "head", url=url)
        assert done.returncode == 0, done.stderr
        await with_memory(url, lambda memory: memory.ping())


def test_the_upgrade_takes_nothing_from_the_release_that_runs(database_url: str) -> None:
    ask(database_url, OLD_SAY, "s", "target_cpa", "20")
    ask(database_url, OLD_SAY, "s", "target_cpa", "24.5")
    ask(database_url, OLD_SAY, "s", "tone", "dry")
    assert ask(database_url, OLD_READ, "s") == [("target_cpa", "24.5"), ("tone", "dry")]
    ask(database_url, OLD_FORGET, "s")
    assert ask(database_url, OLD_READ, "s") == []


async def test_both_releases_read_what_the_other_writes(database_url: str) -> None:
    session = session_key("s")
    ask(database_url, OLD_SAY, session, "target_cpa", "24.5")
    ask(database_url, OLD_SAY, session, "tone", 'dry "wit"')
    told = await with_memory(database_url, lambda memory: memory.recall("s"))
    assert set(told.facts) == {Fact("target_cpa", 24.5), Fact("tone", 'dry "wit"')}

    facts = (Fact("target_cpa", 30), Fact("tone", 'plain "words"'), Fact("keep", ["a", "b"]))
    await with_memory(database_url, lambda memory: memory.remember("s", turn(1), facts))
    assert ask(database_url, OLD_READ, session) == [("keep", '["a","b"]'), ("target_cpa", "30"), ("tone", 'plain "words"')]

    ask(database_url, OLD_SAY, session, "target_cpa", "31")
    told = await with_memory(database_url, lambda memory: memory.recall("s"))
    assert told.facts[-1] == Fact("target_cpa", 31)


async def test_facts_from_before_the_expansion_are_filled_in_by_batches(empty_database_url: str) -> None:
    succeeds("upgrade", "0001", url=empty_database_url)
    ask(
        empty_database_url,
        "insert into facts (session_key, key, value, release_id) select %s, 'k' || n, n::text, 'old' from generate_series(1, 2500) n",
        session_key("s"),
    )
    succeeds("upgrade", "head", url=empty_database_url)
    assert ask(empty_database_url, "select count(*) from facts where content is null") == [(0,)]
    assert ask(empty_database_url, "select count(distinct xmin::text) from facts") == [(3,)]  # transactions: 1000, 1000, 500 rows
    told = await with_memory(empty_database_url, lambda memory: memory.recall("s"))
    assert told.facts[-1] == Fact("k2500", 2500)


def test_a_backfill_that_was_stopped_goes_on(empty_database_url: str) -> None:
    succeeds("upgrade", "0001", url=empty_database_url)
    ask(empty_database_url, OLD_SAY, "s", "a", "1")
    succeeds("upgrade", "0002", url=empty_database_url)
    ask(empty_database_url, OLD_SAY, "s", "b", "2")  # the trigger fills this one
    assert ask(empty_database_url, "select key from facts where content is null") == [("a",)]
    succeeds("upgrade", "head", url=empty_database_url)
    assert ask(empty_database_url, "select key, content from facts order by key") == [("a", "1"), ("b", "2")]


def test_the_way_back_keeps_every_fact(database_url: str) -> None:
    asyncio.run(with_memory(database_url, lambda memory: memory.remember("s", turn(1), (Fact("k", [1]),))))
    succeeds("downgrade", "0001", url=database_url)
    assert columns(database_url) == ["id", "session_key", "key", "value", "release_id", "written_at"]
    assert ask(database_url, OLD_READ, session_key("s")) == [("k", "[1]")]
    ask(database_url, OLD_SAY, "t", "k", "1")
    succeeds("upgrade", "head", url=database_url)
    succeeds("downgrade", "base", url=database_url)
    assert columns(database_url) == []


class TestContract:
    def test_upgrade_head_does_not_reach_it(self, database_url: str) -> None:
        assert "value" in columns(database_url)

    def test_it_needs_its_tree_and_its_word(self, database_url: str) -> None:
        assert "once none runs: alembic -n contract -x contract=yes upgrade head" in refuses(
            "-n", "contract", "upgrade", "head", url=database_url
        )
        assert "a tree of their own: alembic -n contract -x contract=yes upgrade head" in refuses(
            "-x", "contract=yes", "upgrade", "head", url=database_url
        )
        assert "value" in columns(database_url)

    def test_it_waits_for_what_replaces(self, empty_database_url: str) -> None:
        assert "at no revision, not at 0003: run `alembic upgrade head` first" in refuses(*CONTRACT, url=empty_database_url)
        succeeds("upgrade", "0002", url=empty_database_url)
        assert "at 0002, not at 0003" in refuses(*CONTRACT, url=empty_database_url)

    async def test_after_it_the_new_release_works_and_the_old_does_not(self, database_url: str) -> None:
        ask(database_url, OLD_SAY, session_key("s"), "k", "1")
        succeeds(*CONTRACT, url=database_url)
        assert "value" not in columns(database_url)
        await with_memory(database_url, lambda memory: memory.remember("s", turn(1), (Fact("n", 2),)))
        told = await with_memory(database_url, lambda memory: memory.recall("s"))
        assert told.facts == (Fact("k", 1), Fact("n", 2))
        with pytest.raises(psycopg.errors.UndefinedColumn):
            ask(database_url, OLD_READ, session_key("s"))
        with pytest.raises(psycopg.errors.NotNullViolation):
            ask(database_url, "insert into facts (session_key, key, release_id) values ('s', 'k', 'r')")
        assert "Running" not in succeeds("upgrade", "head", url=database_url)
        assert "Running" not in succeeds(*CONTRACT, url=database_url)

    def test_one_that_was_stopped_can_be_repeated(self, database_url: str) -> None:
        with holding(database_url, "lock table facts in access share mode"):
            assert "a table is in use by a long transaction" in refuses("-x", "lock_timeout=1", *CONTRACT, url=database_url)
        execute(database_url, "alter table facts add constraint facts_content_there check (content is not null) not valid")
        succeeds(*CONTRACT, url=database_url)
        assert "value" not in columns(database_url)

    async def test_it_can_be_taken_back_for_the_old_release(self, database_url: str) -> None:
        succeeds(*CONTRACT, url=database_url)
        await with_memory(database_url, lambda memory: memory.remember("s", turn(1), (Fact("k", [1]), Fact("t", "text"))))
        assert "first: alembic -n contract downgrade base" in refuses("downgrade", "base", url=database_url)
        succeeds("-n", "contract", "downgrade", "base", url=database_url)
        assert ask(database_url, OLD_READ, session_key("s")) == [("k", "[1]"), ("t", "text")]
        ask(database_url, OLD_SAY, session_key("s"), "k", "2")
        told = await with_memory(database_url, lambda memory: memory.recall("s"))
        assert told.facts[-1] == Fact("k", 2)
        succeeds("downgrade", "base", url=database_url)


@contextmanager
def holding(url: str, statement: str) -> Iterator[None]:
    """A transaction that holds what `statement` locked."""
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())
        yield


def wait_for_waiters(url: str, count: int) -> None:
    """PostgreSQL tells nobody that a session began to wait, so it is asked again and again."""
    query = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = %s::oid"
    ((database,),) = ask(url, "select oid::int from pg_database where datname = current_database()")
    for _ in range(600):
        if ask(url, query, database) == [(count,)]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{count} runners never waited")


class TestRunners:
    def test_two_at_once_do_the_work_once(self, empty_database_url: str) -> None:
        with ThreadPoolExecutor(2) as pool:
            with holding(empty_database_url, f"select pg_advisory_lock({RUNNER_LOCK})"):
                runners = [pool.submit(succeeds, "upgrade", "head", url=empty_database_url) for _ in range(2)]
                wait_for_waiters(empty_database_url, 2)
            steps = sorted(runner.result().count("Running upgrade") for runner in runners)
        assert steps == [0, 3]
        assert ask(empty_database_url, "select version_num from alembic_version") == [(HEAD,)]

    def test_one_that_waited_too_long_does_nothing_and_says_so(self, empty_database_url: str) -> None:
        with holding(empty_database_url, f"select pg_advisory_lock({RUNNER_LOCK})"):
            line = refuses("-x", "lock_wait=1", "upgrade", "head", url=empty_database_url)
        assert "another runner has been migrating this database for 1 s: nothing was done" in line
        assert columns(empty_database_url) == []

    def test_a_table_in_long_use_stops_the_step_before_it_stops_others(self, empty_database_url: str) -> None:
        succeeds("upgrade", "0001", url=empty_database_url)
        with holding(empty_database_url, "lock table facts in access share mode"):
            line = refuses("-x", "lock_timeout=1", "upgrade", "head", url=empty_database_url)
        assert "a table is in use by a long transaction" in line
        assert ask(empty_database_url, "select version_num from alembic_version") == [("0001",)]
        succeeds("upgrade", "head", url=empty_database_url)

    def test_looking_does_not_wait(self, database_url: str) -> None:
        with holding(database_url, f"select pg_advisory_lock({RUNNER_LOCK})"):
            assert alembic("-x", "lock_wait=1", "current", url=database_url).stdout.strip() == f"{HEAD} (head)"


class TestOlderRelease:
    """The pipeline's line may run in a pod of the release before, whose Alembic does not know the newest revision."""

    def test_its_upgrade_leaves_a_newer_database_as_it_is(self, database_url: str) -> None:
        execute(database_url, "update alembic_version set version_num = '0042'")
        assert "a newer release has migrated this database: nothing to do" in succeeds("upgrade", "head", url=database_url)
        assert ask(database_url, "select version_num from alembic_version") == [("0042",)]

    def test_its_downgrade_is_refused(self, database_url: str) -> None:
        execute(database_url, "update alembic_version set version_num = '0042'")
        assert "Can't locate revision identified by '0042'" in refuses("downgrade", "-1", url=database_url)

    def test_a_revision_of_someone_else_is_no_newer_one(self, database_url: str) -> None:
        execute(database_url, "update alembic_version set version_num = 'ffff0000'")
        assert "Can't locate revision identified by 'ffff0000'" in refuses("upgrade", "head", url=database_url)


@pytest.mark.parametrize(
    ("arguments", "url", "expected"),
    [
        ([], None, "set DATABASE_URL, such as postgresql://user:password@host:5432/name"),
        ([], "sqlite:///facts.db", "DATABASE_URL: only PostgreSQL is supported"),
        ([], "postgresql://u:secret@127.0.0.1:1/name", "PostgreSQL: connection failed"),
        ([], "postgresql://u:secret@h/name?nonsense=1", 'invalid URI query parameter: "nonsense"'),
        (["-x", "lock_wait=soon"], "postgresql://u:secret@127.0.0.1:1/name", "PostgreSQL: connection failed"),
    ],
)
def test_what_cannot_be_meant_is_one_line_without_a_password(arguments: list[str], url: str | None, expected: str) -> None:
    line = refuses(*arguments, "upgrade", "head", url=url)
    assert expected in line
    assert "secret" not in line


def test_the_database_of_the_agent_is_the_one_that_is_migrated(empty_database_url: str) -> None:
    """In the agent's container only the agent's own variable may be set."""
    done = alembic("upgrade", "head", url=None, agent_url=empty_database_url)
    assert done.returncode == 0, done.stderr
    assert ask(empty_database_url, "select version_num from alembic_version") == [(HEAD,)]
    assert alembic("current", url=empty_database_url, agent_url=empty_database_url).returncode == 0
    two = alembic("current", url=empty_database_url, agent_url="postgresql://other/name")
    assert two.returncode == 255
    assert "DATABASE_URL and MARKETING_AGENT_DATABASE_URL name different databases: unset one" in two.stdout


def test_a_wait_that_is_no_number_is_refused(empty_database_url: str) -> None:
    assert "-x lock_wait: 'soon' is no whole number of seconds" in refuses(
        "-x", "lock_wait=soon", "upgrade", "head", url=empty_database_url
    )


def statements(*arguments: str) -> str:
    done = alembic(*arguments, "upgrade", "head", "--sql", url=None)
    assert done.returncode == 0, done.stderr
    return re.sub(r"alembic_version\w*", "", done.stdout)


def test_what_upgrade_head_runs_takes_nothing_away() -> None:
    """The rule of docs/database.md, checked on the SQL itself."""
    assert "create table facts" in statements()
    taken = re.findall(
        r"(?i)\b(?:drop|rename|truncate|delete)\b.*|\balter column\b.*|\badd column \w+ \w+ not null(?!\s+default).*", statements()
    )
    assert not taken


def test_what_takes_away_is_in_the_contract_tree() -> None:
    assert "drop column if exists value" in statements("-n", "contract", "-x", "contract=yes")


@pytest.mark.parametrize(("tree", "prefix", "kinds"), [("expand", "", ("Expand:", "Backfill:")), ("contract", "c", ("Contract:",))])
def test_revisions_are_counted_and_say_what_they_are(tree: str, prefix: str, kinds: tuple[str, ...]) -> None:
    files = sorted((ROOT / "migrations" / tree).glob("*.py"))
    assert [file.name.split("_")[0] for file in files] == [f"{prefix}{number:04}" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith(tuple(f'"""{kind}' for kind in kinds)), file.name
        assert f'revision = "{file.name.split("_")[0]}"' in text
