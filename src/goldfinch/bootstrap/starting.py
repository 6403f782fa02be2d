"""`goldfinch rollout start`: asked of a server, or driven here until it has ended."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from goldfinch.adapters.files.verdicts import read_check
from goldfinch.adapters.rollout_log import JsonLinesLog
from goldfinch.bootstrap.desk import name_of, remote_desk
from goldfinch.bootstrap.local_desk import local_desk, refuse_lost_store
from goldfinch.bootstrap.rollout_folder import rollout_folder
from goldfinch.bootstrap.rollout_plan import TIME_SCALE
from goldfinch.bootstrap.serving import Engine
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.errors import ExitCode
from goldfinch.core.releases.hashing import canonical, plain, sha256_of
from goldfinch.core.rollout.asked import StartAsked
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.failures import VerdictRefused
from goldfinch.ports.rollout_desk import RolloutDesk

Beside = Callable[[LoadedSettings, Engine], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Started:
    """A rollout that has begun, where to ask about it, and whether this process drives it."""

    rollout: Rollout
    desk: RolloutDesk
    drives: bool
    log: Path | None = None
    """Where the controller of this process says what it does."""
    failed: Callable[[], BaseException | None] = lambda: None
    """What the controller of this process died of; None: it runs, or has done its work."""
    warning: str = ""
    """What should be known before, and holds nothing up: the way back was not rehearsed lately. Of a server's rollout: unknown here."""


@contextmanager
def started(
    asked: StartAsked,
    *,
    verdict: Path | None,
    detach: bool,
    beside: Beside,
    config: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Started]:
    """Driven meanwhile, where no server does it, with what `beside` runs. At the end all of it stops and the rollout stays as it is.

    Raises what `RolloutDesk.start` raises, `VerdictRefused` (E3612), `StoreRefused` (E3611).
    """
    variables = os.environ if variables is None else variables
    loaded = load_settings(config)
    asked = replace(asked, by=name_of(loaded, asked.by), time_scale=variables.get(TIME_SCALE) or None)
    if verdict is not None:
        asked = replace(asked, gate_hash=gate_hash(verdict))
    if (desk := remote_desk(variables)) is not None:
        yield Started(desk.start(asked), desk, drives=False)
        return
    refuse_lost_store(loaded, asked.environment, variables)
    with _here(loaded, asked, beside, detach=detach) as begun:
        yield begun


@contextmanager
def _here(loaded: LoadedSettings, asked: StartAsked, beside: Beside, *, detach: bool) -> Iterator[Started]:
    from goldfinch.bootstrap.recovery import drill_warning
    from goldfinch.bootstrap.rollouts import show_tools

    store = open_store(loaded)
    try:
        if detach:
            desk = local_desk(loaded, store, show_tools(loaded, store))
            yield Started(desk.start(asked), desk, drives=False, warning=drill_warning(loaded, asked.environment))
            return
        rollout = local_desk(loaded, store).start(asked)
        with _log_file(loaded, rollout) as (stream, path):
            engine = Engine(loaded, JsonLinesLog(stream, store.redact))
            with engine.driving(rollout), beside(loaded, engine):
                yield Started(
                    rollout,
                    local_desk(loaded, store, engine.show),
                    drives=True,
                    log=path,
                    failed=engine.failed,
                    warning=drill_warning(loaded, rollout.environment),
                )
    finally:
        store.close()


@contextmanager
def _log_file(loaded: LoadedSettings, rollout: Rollout) -> Iterator[tuple[TextIO, Path | None]]:
    """The controller's lines go to a file where the screen has the terminal, else to the standard error."""
    if not sys.stderr.isatty():
        yield sys.stderr, None
        return
    folder = rollout_folder(loaded, rollout.service, rollout.environment).root
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "controller.jsonl"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as stream:
        yield stream, path


def gate_hash(path: Path) -> str:
    """SHA-256 of the verdict as canonical JSON: what an approval is bound to. Raises `VerdictRefused` where it let nothing through."""
    check = read_check(path)
    if check.exit_code != ExitCode.PASSED:
        what = f"the check says {check.verdict}, so this is not rolled out"
        raise VerdictRefused(what, where=str(path), hint="mend what it names, or take the verdict of a check that passed")
    return sha256_of(canonical(plain(json.loads(path.read_bytes()), str(path))))
