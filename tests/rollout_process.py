"""Controller processes over a world that outlives them: `python -m tests.rollout_process FOLDER`.

FOLDER/scenario.json says what happens in it and which store is used. Clock, router and deployer are files. Where the scenario says so, the
process kills itself (SIGKILL) at the first named moment at which no process before it was killed: before and after every write, every
command and every reading of measurements.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from goldfinch.adapters.rollout_log import JsonLinesLog
from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.releases import SqlReleaseLedger
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.rollout.failures import TrafficNotShifted
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.state import RolloutState
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.evidence_source import ArmTraffic, SimulatedTraffic
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import sample_release
from goldfinch.testing.rollout_store import sample_rollout
from goldfinch.testing.traffic_router import FakeRouter

MINUTE = timedelta(minutes=1)
STABLE, CANARY = sample_release(1), sample_release(2)
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = RolloutPlan(
    steps=(Step(10, 5 * MINUTE), Step(50, 3 * MINUTE), Step(100, timedelta(0))),
    post_promotion=2 * MINUTE,
    session_drain=MINUTE,
    verify_within=10 * MINUTE,  # a process that waits for the lease of each one killed must not run out of time
)
TRAFFIC = {"good": ArmTraffic(), "bad": ArmTraffic(error_rate=0.1), "slow": ArmTraffic(latency_ms=4000.0)}


class FileClock(FakeClock):
    """Simulated time that goes on where the process before it was killed."""

    def __init__(self, path: Path) -> None:
        super().__init__(CREATED)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT)
        if saved := os.pread(self._file, 8, 0):
            self._now_s = struct.unpack("d", saved)[0]

    def _wake_next(self) -> None:
        super()._wake_next()
        os.pwrite(self._file, struct.pack("d", self._now_s), 0)


class StuckRouter(FakeRouter):
    """Refuses the way back, but by its second path."""

    async def set_canary_weight(self, percent: int, *, second_path: bool = False, **asked: Any) -> None:
        if percent == 0 and not second_path:
            raise TrafficNotShifted("the table is locked", where="router")
        await super().set_canary_weight(percent, second_path=second_path, **asked)


def outliving(fake: Any, path: Path, changes: set[str]) -> Any:
    """The fake with its fields in a file that is replaced after every change, before the caller hears of it."""
    if path.exists():
        fake.__dict__.update(pickle.loads(path.read_bytes()))

    def save() -> None:
        kept = {name: value for name, value in fake.__dict__.items() if name != "_clock" and not callable(value)}
        fresh = path.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(kept))
        fresh.replace(path)

    for name in changes:
        fake.__dict__[name] = _saving(getattr(fake, name), save)
    return fake


def _saving(method: Callable[..., Any], save: Callable[[], None]) -> Callable[..., Any]:
    async def call(*arguments: Any, **named: Any) -> Any:
        answer = await method(*arguments, **named)
        save()
        return answer

    return call


class Reaper:
    """Kills the process at the first moment that has not killed one yet, `most` times in all."""

    def __init__(self, folder: Path, most: int) -> None:
        self._path = folder / "killed"
        self._killed = set(self._path.read_text().splitlines()) if self._path.exists() else set()
        self._most = most

    def at(self, moment: str) -> None:
        if moment in self._killed or len(self._killed) >= self._most:
            return
        with self._path.open("a") as file:
            file.write(moment + "\n")
        os.kill(os.getpid(), signal.SIGKILL)

    def around(self, thing: Any, named: dict[str, Callable[..., str]]) -> Any:
        """`thing`, deadly before and after the named methods; each says which moment it is from its arguments."""
        return _Deadly(thing, named, self)


class _Deadly:
    def __init__(self, thing: Any, named: dict[str, Callable[..., str]], reaper: Reaper) -> None:
        self._thing, self._named, self._reaper = thing, named, reaper

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._thing, name)
        if name not in self._named:
            return method
        return (self._later if asyncio.iscoroutinefunction(method) else self._now)(name, method)

    def _now(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            moment = f"{name} {self._named[name](*arguments, **named)}"
            self._reaper.at(f"before {moment}")
            answer = method(*arguments, **named)
            self._reaper.at(f"after {moment}")
            return answer

        return call

    def _later(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*arguments: Any, **named: Any) -> Any:
            moment = f"{name} {self._named[name](*arguments, **named)}"
            self._reaper.at(f"before {moment}")
            answer = await method(*arguments, **named)
            self._reaper.at(f"after {moment}")
            return answer

        return call


@contextmanager
def stores(folder: Path, url: str) -> Iterator[tuple[Any, Any, Any]]:
    database = open_database(url, folder)
    try:
        yield SqlRolloutStore(database), SqlReleaseLedger(database), SqlAuditLog(database)
    finally:
        database.close()


def prepare(folder: Path, scenario: dict[str, Any]) -> None:
    """The releases, and the rollout that has been asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.json").write_text(json.dumps(scenario))
    with stores(folder, scenario["url"]) as (store, ledger, _):
        for release in (STABLE, CANARY):
            ledger.add(release, AuditDraft(CREATED, "ada", "release.create", f"release:{release.id}"))
        rollout = sample_rollout(plan=PLAN, state=RolloutState(), canary=CANARY.id, stable=STABLE.id, created_at=CREATED)
        store.create(rollout, AuditDraft(CREATED, "ada", "rollout.create", "rollout:ro_1"))


def controller(folder: Path, scenario: dict[str, Any], store: Any, ledger: Any) -> Controller:
    clock = FileClock(folder / "clock")
    router_of = StuckRouter if scenario.get("stuck") else FakeRouter
    router = outliving(router_of(clock, lag_s=3.0), folder / "router", {"set_canary_weight"})
    deployer = FakeDeployer(clock, ready_after_s=20.0, stage_takes_s=30.0, running=(STABLE.id,))
    deployer = outliving(deployer, folder / "deployer", {"deploy", "retire", "make_stable", "run_stage"})
    traffic = SimulatedTraffic(sessions_per_s=scenario.get("sessions_per_s", 20.0), canary=TRAFFIC[scenario["canary"]])
    reaper = Reaper(folder, scenario.get("kills", 0))
    world = Surroundings(
        reaper.around(
            router, {"set_canary_weight": lambda percent, second_path=False, **_: f"{percent} {second_path}", "view": lambda: ""}
        ),
        reaper.around(deployer, dict.fromkeys(("deploy", "retire", "make_stable"), lambda release, **_: release) | {"run_stage": _both}),
        reaper.around(traffic, {"read": lambda question, sessions: question.until.isoformat()}),
        FakeNotifier(),
    )
    deadly_store = reaper.around(store, {"commit": lambda change: str(change.expected_revision), "take_lease": lambda *_: ""})
    deadly_ledger = reaper.around(ledger, {"deny": lambda denial, audit: denial.release})
    owner = f"host:{os.getpid()}" if scenario.get("new_owner") else "host"
    tools = Tools(deadly_store, deadly_ledger, clock, JsonLinesLog(), Pace(look_s=5.0))
    return Controller(tools, lambda _: world, owner)


def _both(stage: str, release: str) -> str:
    return f"{stage} {release}"


def main(folder: Path) -> None:
    scenario = json.loads((folder / "scenario.json").read_text())
    with stores(folder, scenario["url"]) as (store, ledger, _):
        asyncio.run(controller(folder, scenario, store, ledger).run(until_idle=True))


def nurse(folder: Path) -> int:
    """One process after the other, each forked with everything imported, until one comes to its end; writes how many were killed."""
    kills = 0
    while True:
        child = os.fork()
        if child == 0:
            main(folder)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != -signal.SIGKILL:
            (folder / "kills").write_text(str(kills))
            return code
        kills += 1


if __name__ == "__main__":
    sys.exit(nurse(Path(sys.argv[1])))
