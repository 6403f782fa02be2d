"""The store of the settings: lazily imported, secrets from the environment, one line for what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.audit import codes
from goldfinch.core.audit.failures import StoreNotUsable, StoreUnavailable
from goldfinch.core.errors import ConfigurationError
from goldfinch.settings import Settings, StoreSettings
from goldfinch.testing.rollout_store import sample_rollout
from goldfinch.testing.rollout_store_contract import audit_of


def loaded(folder: Path, url: str | None = None) -> LoadedSettings:
    return LoadedSettings(Settings() if url is None else Settings(store=StoreSettings(url=url)), folder)


def test_is_a_file_beside_the_settings_unless_they_say_otherwise(tmp_path: Path) -> None:
    store = open_store(loaded(tmp_path))
    store.rollouts.create(sample_rollout(), audit_of("rollout.create"))
    assert (store.name, store.audit.head().sequence) == (str(tmp_path / ".goldfinch" / "goldfinch.db"), 1)
    store.close()
    again = open_store(loaded(tmp_path), make=False)
    assert again.rollouts.get("ro_1") == sample_rollout()
    assert again.releases.releases() == ()
    again.close()


def test_a_password_comes_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    url = "postgresql://ada:${STORE_PASSWORD}@127.0.0.1:1/agents"
    with pytest.raises(ConfigurationError, match="the environment variable STORE_PASSWORD is not set"):
        open_store(loaded(tmp_path, url), environment={})
    with pytest.raises(StoreUnavailable) as error:
        open_store(loaded(tmp_path, url), environment={"STORE_PASSWORD": "p@ss/w:rd?#%"})
    assert "postgresql://ada:***@127.0.0.1:1/agents: the store does not answer" in str(error.value)
    assert "p@ss" not in str(error.value)


def test_a_whole_url_comes_from_the_environment(tmp_path: Path) -> None:
    environment = {"STORE_URL": f"sqlite:///{tmp_path}/of%20mine/x.db"}
    store = open_store(loaded(tmp_path / "elsewhere", "${STORE_URL}"), environment=environment)
    assert Path(store.database.engine.url.database or "").is_file()
    store.close()


@pytest.mark.parametrize(("module", "extra", "url"), [("sqlalchemy", "rollout", None), ("psycopg", "postgres", "postgresql://h/d")])
def test_a_missing_library_is_one_line_that_says_how_to_get_it(
    module: str, extra: str, url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module or name.startswith("goldfinch.adapters.sql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(StoreNotUsable, match=rf"pip install 'goldfinch-ci\[{extra}\]'") as error:
        open_store(loaded(tmp_path, url))
    assert error.value.code == codes.EXTRA


def test_opening_a_store_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    open_store(loaded(tmp_path)).close()
    code = (
        "import sys, pathlib; from goldfinch.bootstrap.settings import load_settings; from goldfinch.bootstrap.store import open_store;"
        "assert 'sqlalchemy' not in sys.modules; open_store(load_settings()).close(); assert 'alembic' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
