"""Facts in PostgreSQL: durable, a row for each value that was ever said, up to a bound for each session.

The table is made by `migrations/`; docs/database.md has the rules of its change.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool

from .deadline import ANSWER_WITHIN_S, within
from .entries import MAX_FACTS, Entry
from .errors import MemoryUnavailable
from .plain_json import text_of

T = TypeVar("T")

MAX_CONNECTIONS = 10

_LATEST = """
    select key, content, release_id, written_at, schema_version
    from (select distinct on (key) * from facts where session_key = %s order by key, id desc) latest
    order by id desc limit %s
"""
_SAY = """
    insert into facts (session_key, key, content, release_id, written_at, schema_version)
    select %(session)s, %(key)s, %(content)s, %(release_id)s, %(written_at)s, %(schema)s
    where %(text)s is distinct from
        (select content::text from facts where session_key = %(session)s and key = %(key)s order by id desc limit 1)
"""
"""A value that was said again is not said anew."""
_FORGET_OLDEST = """
    delete from facts where session_key = %(session)s and id <=
        (select id from facts where session_key = %(session)s order by id desc offset %(keep)s limit 1)
"""
_FORGET = "delete from facts where session_key = %s"
_READY = "select key, content, release_id, written_at, schema_version from facts limit 0"


class PostgresLog:
    """Keeps the superseded values of a key too, `keep` rows a session in all; `read` gives the last value of each key."""

    def __init__(self, url: str, *, keep: int, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        """Connects at first use. Raises `ValueError` for what is no PostgreSQL URL."""
        conninfo = libpq_url(url)
        self._name = _name_of(conninfo)
        self._keep = keep
        self._answer_within_s = answer_within_s
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=MAX_CONNECTIONS,
            timeout=answer_within_s,
            open=False,
            check=AsyncConnectionPool.check_connection,  # a server that was restarted costs no task
            kwargs={"prepare_threshold": None, "connect_timeout": max(2, round(answer_within_s))},  # no named statements: pgbouncer
        )

    async def read(self, session: str) -> list[Entry]:
        rows = await self._ask(self._latest(session))
        return [_entry_of(row) for row in reversed(rows)]

    async def append(self, session: str, entries: Sequence[Entry]) -> None:
        if entries:
            await self._ask(self._say(session, entries))

    async def drop(self, session: str) -> bool:
        return await self._ask(self._forget(session))

    async def ping(self) -> None:
        await self._ask(self._ready())

    async def close(self) -> None:
        await self._pool.close(timeout=self._answer_within_s)

    async def _latest(self, session: str) -> list[tuple[Any, ...]]:
        await self._pool.open()
        async with self._pool.connection() as connection:
            return await (await connection.execute(_LATEST, (session, MAX_FACTS))).fetchall()

    async def _say(self, session: str, entries: Sequence[Entry]) -> None:
        await self._pool.open()
        async with self._pool.connection() as connection:  # one transaction
            for entry in entries:
                await connection.execute(_SAY, _parameters(session, entry))
            await connection.execute(_FORGET_OLDEST, {"session": session, "keep": self._keep})

    async def _forget(self, session: str) -> bool:
        await self._pool.open()
        async with self._pool.connection() as connection:
            return (await connection.execute(_FORGET, (session,))).rowcount > 0

    async def _ready(self) -> None:
        await self._pool.open()
        async with self._pool.connection() as connection:
            await connection.execute(_READY)

    async def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await within(self._answer_within_s, self._name, work)
        except (errors.UndefinedTable, errors.UndefinedColumn) as why:
            raise MemoryUnavailable(self._name, "lacks the tables of this release: run `alembic upgrade head`") from why
        except psycopg.OperationalError as why:
            raise MemoryUnavailable(self._name, f"{type(why).__name__}: is it running, and does database_url name it?") from why
        except psycopg.Error as why:
            raise MemoryUnavailable(self._name, f"refuses what memory asks ({type(why).__name__})") from why


def libpq_url(url: str) -> str:
    """The URL in the form that psycopg reads; `postgresql+psycopg://`, as SQLAlchemy writes it, is one too. Raises `ValueError`."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("database_url: only PostgreSQL is supported, such as postgresql://user:password@host:5432/name")
    return f"postgresql://{rest}"


def _name_of(conninfo: str) -> str:
    """Where the server is, without user and password."""
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise ValueError("database_url: cannot be read; write it as postgresql://user:password@host:5432/name") from None
    return f"PostgreSQL at {parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _parameters(session: str, entry: Entry) -> dict[str, Any]:
    value = entry.body["value"]
    return {
        "session": session,
        "key": entry.body["key"],
        "content": Json(value, dumps=text_of),
        "text": text_of(value),
        "release_id": entry.release_id,
        "written_at": entry.written_at,
        "schema": entry.schema,
    }


def _entry_of(row: tuple[Any, ...]) -> Entry:
    key, content, release_id, written_at, schema = row
    return Entry({"key": key, "value": content}, release_id, written_at, schema)
