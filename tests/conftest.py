"""What every test can rely on: no key, no network beyond this machine, and a reason for every skip.

Markers: `long` (run by `make test-long`) and `needs("program", package="debian-package")`. Fixture: `shared_data`.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent

hypothesis.settings.register_profile("goldfinch", deadline=None)  # a busy machine is slow, which is no failure
hypothesis.settings.load_profile("goldfinch")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(program, package): needs a program from a Debian package; skipped without it, but not in `make test-all`"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless markers were asked for (`-m long`)."""
    if config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        items[:] = [item for item in items if item not in long]
        config.hook.pytest_deselected(items=long)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        require_program(*marker.args, **marker.kwargs)


def require_program(program: str, *, package: str) -> None:
    """Skip the test where `program` is not installed; under `make test-all`, which installs it, fail instead."""
    if shutil.which(program):
        return
    reason = f"needs {program}: apt-get install {package}, or make test-all"
    if os.environ.get("GOLDFINCH_TEST_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_paid_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the developer's environment must not reach a test."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_ACCESS_TOKEN")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Data that is not part of the repository: the folder that `GOLDFINCH_DATA` names."""
    named = os.environ.get("GOLDFINCH_DATA")
    if not named:
        pytest.skip("needs data from outside the repository: set GOLDFINCH_DATA to its folder")
    folder = Path(named)
    assert folder.is_dir(), f"GOLDFINCH_DATA={named} is no folder"
    return folder


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: tests connect to this machine only."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    if not _is_this_machine(host):
        raise RuntimeError(f"a test tried to connect to {host}; tests use loopback only")


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("", "localhost")
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_refuse_other_machines)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    from tests.postgres_server import postgres_server

    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty database."""
    from tests.postgres_server import fresh_database

    with fresh_database(postgres) as url:
        yield url
