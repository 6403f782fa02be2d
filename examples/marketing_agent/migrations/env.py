"""How Alembic runs here: one runner at a time, with bounded waiting for locks, and never a contract migration by accident."""

from __future__ import annotations

import logging
import os
import re
import sys

import psycopg
from alembic import context
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

RUNNER_LOCK = 0x6D61726B  # "mark": the number of the advisory lock that the runner of this database holds
VERSION_TABLES = {"alembic": "alembic_version", "contract": "alembic_version_contract"}
URL_VARIABLES = ("DATABASE_URL", "MARKETING_AGENT_DATABASE_URL")
NUMBERED = re.compile(r"c?\d{4}")
"""Revisions are counted, so that a release can tell a newer one that it does not know."""
CONTRACT_COMMAND = "alembic -n contract -x contract=yes upgrade head"

log = logging.getLogger("migrations")
options = context.get_x_argument(as_dictionary=True)
tree = context.config.config_ini_section
command = getattr(getattr(context.config.cmd_opts, "cmd", (None,))[0], "__name__", "")


def database_url() -> str:
    """The one database that the environment names, in the form of libpq."""
    named = {os.environ[variable] for variable in URL_VARIABLES if os.environ.get(variable)}
    if not named:
        raise CommandError("set DATABASE_URL, such as postgresql://user:password@host:5432/name")
    if len(named) > 1:
        raise CommandError(f"{' and '.join(URL_VARIABLES)} name different databases: unset one")
    scheme, _, rest = named.pop().partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise CommandError("DATABASE_URL: only PostgreSQL is supported, such as postgresql://user:password@host:5432/name")
    return f"postgresql://{rest}"


def seconds(option: str, default: int) -> int:
    """The seconds that `-x option=…` gives."""
    given = options.get(option, str(default))
    if not (isinstance(given, str) and given.isdecimal() and int(given) > 0):
        raise CommandError(f"-x {option}: {given!r} is no whole number of seconds above 0")
    return int(given)


def refuse_accidents() -> None:
    """A contract migration needs its tree and its word; either alone is a mistake."""
    asked = options.get("contract") == "yes"
    if tree == "alembic" and asked:
        raise CommandError(f"contract migrations are a tree of their own: {CONTRACT_COMMAND}")
    if tree == "contract" and command not in ("current", "downgrade") and not asked:
        raise CommandError(f"contract migrations take away what older releases use; once none runs: {CONTRACT_COMMAND}")


def become_the_runner(connection: Connection) -> None:
    """Wait for other runners; the lock is the connection's, and goes with it."""
    wait_s = seconds("lock_wait", 60)
    connection.execute(text(f"set lock_timeout = '{wait_s}s'"))
    try:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": RUNNER_LOCK})
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        raise CommandError(f"another runner has been migrating this database for {wait_s} s: nothing was done") from None
    # A statement that waits for a lock holds up everything behind it, so it gives up soon.
    connection.execute(text(f"set lock_timeout = '{seconds('lock_timeout', 5)}s'"))
    connection.commit()


def is_ahead(connection: Connection) -> bool:
    """Whether a newer release has migrated the database: its revision is beyond every one that this release knows."""
    known = {script.revision for script in context.script.walk_revisions()}
    unknown = set(context.get_context().get_current_heads()) - known
    connection.commit()
    return bool(unknown) and all(NUMBERED.fullmatch(revision) and revision > max(known) for revision in unknown)


def refuse_before_expand(connection: Connection) -> None:
    """What is taken away must have been replaced first."""
    expected = ScriptDirectory.from_config(Config(context.config.config_file_name)).get_current_head()
    there = connection.scalar(text("select to_regclass('alembic_version')"))
    found = connection.scalar(text("select version_num from alembic_version")) if there else None
    connection.commit()
    if found != expected:
        raise CommandError(f"the database is at {found or 'no revision'}, not at {expected}: run `alembic upgrade head` first")


def refuse_before_contract_is_undone(connection: Connection) -> None:
    """What an expand migration replaced cannot come back while a contract migration has taken the original away."""
    there = connection.scalar(text("select to_regclass('alembic_version_contract')"))
    found = connection.scalar(text("select version_num from alembic_version_contract")) if there else None
    connection.commit()
    if found:
        raise CommandError(f"contract migration {found} took away what this would need; first: alembic -n contract downgrade base")


def migrate(connection: Connection) -> None:
    if command != "current":
        become_the_runner(connection)
    context.configure(connection=connection, version_table=VERSION_TABLES[tree], transaction_per_migration=True)
    if command == "upgrade" and is_ahead(connection):
        log.info("a newer release has migrated this database: nothing to do")
        return
    if tree == "contract" and command == "upgrade":
        refuse_before_expand(connection)
    if tree == "alembic" and command == "downgrade":
        refuse_before_contract_is_undone(connection)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    url = database_url()
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url, connect_timeout=10), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            migrate(connection)
    except DBAPIError as error:
        raise CommandError(in_one_line(error)) from None


def in_one_line(error: DBAPIError) -> str:
    first = str(error.orig).strip().partition("\n")[0]
    if isinstance(error.orig, psycopg.errors.LockNotAvailable):
        return f"a table is in use by a long transaction ({first}): the step was undone, run the command again"
    return f"PostgreSQL: {first}"


def run_offline() -> None:
    """`--sql`: write the statements down for someone else to run; they take no lock of the runner."""
    context.configure(dialect_name="postgresql", version_table=VERSION_TABLES[tree], transaction_per_migration=True, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.config.cmd_opts is not None:  # from the command line, not from a program that has its own logs
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    logging.getLogger("alembic.util.messaging").setLevel(logging.CRITICAL)  # what it says is printed too
refuse_accidents()
if context.is_offline_mode():
    run_offline()
else:
    run_online()
