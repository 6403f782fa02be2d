"""A store is made, upgraded or refused when it is opened, by one process at a time."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from goldfinch.adapters.sql import migrations
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.tables import metadata
from goldfinch.core.audit import codes
from goldfinch.core.audit.failures import StoreDamaged, StoreNotUsable, StoreTooNew, StoreUnavailable

SQLITE = "sqlite:///inner/goldfinch.db"


def differences(database: Database) -> list[object]:
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrations.VERSION_TABLE, "compare_type": False})
        return list(compare_metadata(context, metadata))


def _open_and_count(where: tuple[str, str]) -> int:
    database = open_database(where[0], Path(where[1]))
    try:
        return len(differences(database))
    finally:
        database.close()


def opened_by_many(url: str, folder: Path) -> list[int]:
    with ProcessPoolExecutor(8, mp_context=get_context("forkserver")) as pool:
        return list(pool.map(_open_and_count, [(url, str(folder))] * 8))


def test_makes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    database = open_database(SQLITE, tmp_path)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE goldfinch_rollouts SET phase = ''"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "inner").iterdir()}
    database.close()
    assert modes == dict.fromkeys(["goldfinch.db", "goldfinch.db-wal", "goldfinch.db-shm", "goldfinch.db.lock", ".gitignore"], 0o600)


def test_a_folder_made_for_the_store_stays_out_of_git_and_one_that_was_there_is_left_alone(tmp_path: Path) -> None:
    open_database(SQLITE, tmp_path).close()
    open_database("sqlite:///goldfinch.db", tmp_path).close()
    assert (tmp_path / "inner" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / ".gitignore").exists()


def test_every_connection_keeps_what_was_committed_and_holds_to_foreign_keys(tmp_path: Path) -> None:
    database = open_database(SQLITE, tmp_path)
    with database.reading() as connection:
        pragmas = {name: connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "synchronous")}
    database.close()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_the_steps_lead_to_the_tables_that_the_code_has(tmp_path: Path, postgres_url: str) -> None:
    for url in (SQLITE, postgres_url):
        database = open_database(url, tmp_path)
        assert differences(database) == []
        database.close()


def test_every_step_is_named() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    steps = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == migrations.REVISIONS


def test_many_processes_open_a_new_file_at_once(tmp_path: Path) -> None:
    assert opened_by_many(SQLITE, tmp_path) == [0] * 8


def test_many_processes_open_an_empty_database_at_once(postgres_url: str, tmp_path: Path) -> None:
    assert opened_by_many(postgres_url, tmp_path) == [0] * 8


def test_a_step_that_fails_leaves_nothing(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldfinch.adapters.sql.migrations.append_only.SQLITE", ("nonsense",))
    monkeypatch.setattr("goldfinch.adapters.sql.migrations.append_only.POSTGRESQL", ("nonsense",))
    for url in (SQLITE, postgres_url):
        with pytest.raises(StoreUnavailable, match="nonsense"):
            open_database(url, tmp_path)
    monkeypatch.undo()
    for url in (SQLITE, postgres_url):
        database = open_database(url, tmp_path)
        assert differences(database) == []
        database.close()


def test_a_store_of_a_newer_goldfinch_is_refused(tmp_path: Path, postgres_url: str) -> None:
    for url in (SQLITE, postgres_url):
        database = open_database(url, tmp_path)
        with database.writing() as connection:
            connection.execute(sa.text("UPDATE goldfinch_schema SET version_num = '9999'"))
        database.close()
        with pytest.raises(StoreTooNew, match="the store is of schema 9999, this Goldfinch knows 0001; install") as error:
            open_database(url, tmp_path)
        assert error.value.exit_code == 2


def test_an_application_may_live_in_the_same_database(postgres_url: str, tmp_path: Path) -> None:
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('theirs')"))
    open_database(postgres_url, tmp_path).close()
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "theirs"
    engine.dispose()


def as_garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 1000)


def as_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [(as_garbage, StoreDamaged, "file is not a database"), (as_folder, StoreUnavailable, "cannot open the store: Is a directory")],
)
def test_what_is_no_store_is_one_line(spoil: Callable[[Path], None], error: type[Exception], words: str, tmp_path: Path) -> None:
    spoil(tmp_path / "x.db")
    with pytest.raises(error, match=words):
        open_database("sqlite:///x.db", tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("")
    with pytest.raises(StoreUnavailable, match=r"cannot open the store: (File exists|Not a directory)"):
        open_database(SQLITE, tmp_path)


@pytest.mark.parametrize(
    "url",
    ["", "goldfinch.db", "sqlite://", "sqlite:///:memory:", "sqlite:///file.db?mode=ro", "sqlite://host/file.db", "mysql://u:secret-word@h/d",
     "postgresql+asyncpg://u:secret-word@h/d", "postgresql://u:secret-word@h:port/d", "://", "sqlite+aiosqlite:///x.db"],
)  # fmt: skip
def test_a_url_that_names_no_store_is_refused_and_never_shown(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreNotUsable, match=r"store\.url: .*; give sqlite:///") as error:
        open_database(url, tmp_path)
    assert "secret-word" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["postgresql://u:secret@word@h/d", "postgresql://u:se@cret@word@h:5432/d?x=1"])
def test_a_password_with_an_at_sign_is_never_taken_for_a_host(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreNotUsable, match="holds an @; write @ in a password as %40") as error:
        open_database(url, tmp_path)
    assert "word" not in str(error.value).replace("password", "")


def test_a_reader_makes_no_store(tmp_path: Path, postgres_url: str) -> None:
    for url in (SQLITE, postgres_url):
        with pytest.raises(StoreNotUsable, match="no store is there yet") as error:
            open_database(url, tmp_path, make=False)
        assert error.value.code == codes.ABSENT
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_database_holds_no_password(tmp_path: Path) -> None:
    url = "postgresql://ada:secret-word@127.0.0.1:1/agents?sslpassword=secret-word&connect_timeout=1"
    with pytest.raises(StoreUnavailable) as error:
        open_database(url, tmp_path)
    assert "secret-word" not in str(error.value)
    assert "postgresql://ada:***@127.0.0.1:1/agents" in str(error.value)
