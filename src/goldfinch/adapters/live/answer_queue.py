"""Answers that wait to be scored, in one small SQLite file that only its owner can read; what was taken out is overwritten on disk."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from goldfinch.core.live.failures import QueueUnavailable
from goldfinch.ports.clock import Clock
from goldfinch.ports.trace_queue import SampledAnswer

MAX_ANSWERS: Final = 2000
MAX_BYTES: Final = 64_000_000
MAX_ANSWER_BYTES: Final = 512_000
TTL_S: Final = 900.0

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, put_s REAL NOT NULL, size INTEGER NOT NULL, answer BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, put_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (many INTEGER NOT NULL);
INSERT INTO dropped SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM dropped);
"""
_TOO_MANY = """
SELECT place, answer FROM (
    SELECT place, answer, COUNT(*) OVER later AS many, SUM(size) OVER later AS bytes FROM answers WINDOW later AS (ORDER BY place DESC)
) WHERE many > ? OR bytes > ?
"""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SampledAnswer).decode


def _nobody(answers: tuple[SampledAnswer, ...]) -> None:
    """Without anybody to tell, they are counted all the same."""


class AnswerQueue:
    """`TraceQueue` in a folder, for any number of threads and processes. Killed anywhere, it holds what it held."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        ttl_s: float = TTL_S,
        max_answers: int = MAX_ANSWERS,
        max_bytes: int = MAX_BYTES,
        when_dropped: Callable[[tuple[SampledAnswer, ...]], None] = _nobody,
    ) -> None:
        """`when_dropped` hears of answers that nobody will score, before they are gone, and perhaps again after a kill: it makes the notes.

        `max_bytes`: of all the answers together, as they are stored.
        """
        self._path, self._clock = folder / "answers.sqlite", clock
        self._ttl_s, self._max_answers, self._max_bytes = ttl_s, max_answers, max_bytes
        self._when_dropped = when_dropped
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def put(self, answers: Iterable[SampledAnswer]) -> int:
        """How many were kept. Raises `QueueUnavailable`; none is kept then."""
        given = list(answers)
        now_s = self._now_s()
        with self._transaction() as rows:
            self._expire(rows, now_s)
            places = [place for answer in given if (place := self._insert(rows, answer, now_s)) is not None]
            self._shrink(rows)
            oldest = rows.execute("SELECT MIN(place) FROM answers").fetchone()[0]
            return sum(oldest is not None and place >= oldest for place in places)

    def take(self, limit: int) -> tuple[SampledAnswer, ...]:
        """The oldest that are not expired. Raises `QueueUnavailable`."""
        with self._transaction() as rows:
            self._expire(rows, self._now_s())
            found = rows.execute("SELECT answer FROM answers ORDER BY place LIMIT ?", (max(0, limit),)).fetchall()
        return tuple(_decode(content) for (content,) in found)

    def done(self, ids: Iterable[str]) -> None:
        """Raises `QueueUnavailable`."""
        with self._transaction() as rows:
            rows.executemany("DELETE FROM answers WHERE id = ?", [(name,) for name in ids])

    def dropped(self) -> int:
        """Answers that nobody scored, of all time. Raises `QueueUnavailable`."""
        with self._transaction() as rows:
            self._expire(rows, self._now_s())
            return int(rows.execute("SELECT many FROM dropped").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _insert(self, rows: sqlite3.Connection, answer: SampledAnswer, now_s: float) -> int | None:
        """Its place; None where it was there before, or is too large to be kept."""
        if rows.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (answer.id, now_s)).rowcount == 0:
            return None
        content = _encode(answer)
        if len(content) > MAX_ANSWER_BYTES:
            self._drop(rows, (answer,))
            return None
        fields = (answer.id, now_s, len(content), content)
        return rows.execute("INSERT INTO answers (id, put_s, size, answer) VALUES (?, ?, ?, ?)", fields).lastrowid

    def _expire(self, rows: sqlite3.Connection, now_s: float) -> None:
        self._remove(rows, "SELECT place, answer FROM answers WHERE put_s <= ?", (now_s - self._ttl_s,))
        rows.execute("DELETE FROM seen WHERE put_s <= ? AND id NOT IN (SELECT id FROM answers)", (now_s - self._ttl_s,))

    def _shrink(self, rows: sqlite3.Connection) -> None:
        """The oldest go until what is left fits."""
        self._remove(rows, _TOO_MANY, (self._max_answers, self._max_bytes))

    def _remove(self, rows: sqlite3.Connection, query: str, values: tuple[float, ...]) -> None:
        found = rows.execute(query, values).fetchall()
        if found:
            self._drop(rows, tuple(_decode(content) for _, content in found))
            rows.executemany("DELETE FROM answers WHERE place = ?", [(place,) for place, _ in found])

    def _drop(self, rows: sqlite3.Connection, answers: tuple[SampledAnswer, ...]) -> None:
        self._when_dropped(answers)
        rows.execute("UPDATE dropped SET many = many + ?", (len(answers),))

    def _now_s(self) -> float:
        return self._clock.utc().timestamp()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing."""
        try:
            with self._lock:
                connection = self._connection or self._open()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
        except (sqlite3.Error, OSError, msgspec.MsgspecError, TypeError, ValueError) as error:
            raise QueueUnavailable(f"the queue of answers cannot be used: {error}", where=str(self._path)) from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):  # one that is there stays closed: closing it would drop SQLite's locks of this process
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        if self._path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(self._path))
        connection = sqlite3.connect(self._path, timeout=10.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(_TABLES)
        self._connection = connection
        return connection
