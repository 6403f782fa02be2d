"""`goldfinch drill`, put together: proxy, controller and two releases of the echo agent, all real, in a folder of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess  # nosec B404 - our own command, fixed arguments
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import IO, Any, Final

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.recovery.drill_file import append_drill
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.desk import URL, name_of
from goldfinch.bootstrap.echo_load import EchoLoad
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.local_desk import new_rollout_id
from goldfinch.bootstrap.recovery import live_probe
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder, service_of
from goldfinch.bootstrap.rollout_plan import TIME_SCALE, environment_of, plan_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import Store, open_store
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.recovery.drills import Drill, Fault
from goldfinch.core.recovery.failures import DrillFailed
from goldfinch.core.releases.building import Origin, of_model, release_of
from goldfinch.operations.drill import DrillTools, drill
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.start_rollout import StartRequest, start_rollout
from goldfinch.testing.echo_agent import CHAT, HEALTH

SERVICE, ENVIRONMENT = "drill", "local"
UP_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 15.0
ERRORS, LATENCY_MS = 0.6, 400.0
SETTINGS_FILE, FAULTS_FILE = "goldfinch.yaml", "faults.json"
_ASK_HEALTH = f"import sys, urllib.request as r; r.urlopen(sys.argv[1].rstrip('/') + {HEALTH!r}, timeout=5)"


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What a person typed."""

    fault: Fault
    environment: str = ENVIRONMENT
    rate: float = 25.0
    """Sessions a second."""
    within_s: float = 180.0
    keep: bool = False
    by: str | None = None
    config: Path | None = None


def run_drill(request: DrillRequest, say: Callable[[str], None]) -> tuple[Drill, Path | None]:
    """The drill, and its folder where it was kept: asked for, or because it did not pass. On record in the environment's drills.

    Raises `DrillFailed` (E3805), `ConfigurationError`.
    """
    own = load_settings(request.config)
    environment_of(own.settings, request.environment)
    by = name_of(own, request.by) or "nobody named"
    folder = Path(tempfile.mkdtemp(prefix="goldfinch-drill-"))
    try:
        result = run_to_end(lambda stop: _held(request, folder, by, say, stop))
    except DrillFailed as error:
        raise DrillFailed(f"{error.problem.what}; its logs are in {folder}", where=error.problem.where) from None
    append_drill(rollout_folder(own, service_of(own), request.environment).drills, result)
    if result.passed and not request.keep:
        rmtree(folder, ignore_errors=True)
        return result, None
    return result, folder


async def _held(request: DrillRequest, folder: Path, by: str, say: Callable[[str], None], stop: StopSignal) -> Drill:  # noqa: ARG001
    async with AsyncExitStack() as stack:
        world = await Rehearsal.begin(folder, request.fault, request.rate, stack)
        tools = DrillTools(world.store.rollouts, SystemClock(), live_probe(world.loaded, world.place), say, world.who_died)
        return await drill(request.fault, world, tools, by=by, environment=request.environment, within_s=request.within_s)


@dataclass
class Rehearsal:
    """A `RehearsalWorld` of real parts."""

    folder: Path
    loaded: LoadedSettings
    store: Store
    place: RolloutFolder
    load: EchoLoad
    rollout_id: str
    stable: str
    canary: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    async def begin(cls, folder: Path, fault: Fault, rate: float, stack: AsyncExitStack) -> Rehearsal:
        """Everything runs, the stable release serves, and a rollout of the other one was asked for."""
        loaded = _written(folder)
        store = stack.enter_context(closing(open_store(loaded)))
        clock, place = SystemClock(), rollout_folder(loaded, SERVICE, ENVIRONMENT)
        stable, canary = (_release(store, number) for number in (1, 2))
        load = EchoLoad(f"http://{loaded.settings.proxy.listen}{CHAT}", place.notes, rate, canary, fault)
        world = cls(folder, loaded, store, place, load, f"{new_rollout_id(clock)}-drill", stable, canary)
        stack.push_async_callback(world.stop)
        world.start("proxy", "proxy", "--environment", ENVIRONMENT)
        await world.serve_stable()
        request = StartRequest(
            world.rollout_id, SERVICE, ENVIRONMENT, canary, plan_of(loaded.settings, environment=ENVIRONMENT), "drill", stable=stable
        )
        start_rollout(request, store.rollouts, store.releases, clock)
        world.start("controller", "serve")
        load.begin()
        return world

    async def serve_stable(self) -> None:
        """Before the rollout begins, as in production."""
        from goldfinch.adapters.envoy.router import EnvoyRouter
        from goldfinch.bootstrap.proxy import proxy_options

        deployer, clock = local_deployer(self.loaded, self.place, self.store.releases.find), SystemClock()
        await deployer.deploy(self.stable)
        options = proxy_options(self.loaded.settings.proxy)
        router = EnvoyRouter(self.place.proxy, self.rollout_id, deployer, clock, options=options)
        ends_s = clock.monotonic_s() + UP_WITHIN_S
        seen = ""
        while clock.monotonic_s() < ends_s:
            if died := await self.who_died():
                raise DrillFailed(died)
            try:
                if (await deployer.view(self.stable)).ready:
                    await router.set_canary_weight(0, canary=self.canary, stable=self.stable)
                    answer = await live_probe(self.loaded, self.place).ask(self.rollout_id)
                    if answer.release == self.stable:
                        return
                    seen = f"{answer.status} by {answer.release or 'the proxy'}"
            except Exception as error:  # noqa: BLE001 - parts that are still starting refuse in many ways; the last one is told
                seen = str(error)
            await asyncio.sleep(0.2)
        raise DrillFailed(f"the stable release did not come to serve within {UP_WITHIN_S:.0f} s: {seen}")

    def start(self, name: str, *arguments: str) -> None:
        """A `goldfinch` of its own, in a process group of its own, with a log in the folder."""
        log: IO[bytes] = (self.folder / f"{name}.log").open("ab")
        with log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  # nosec B603 - our own command
                [sys.executable, "-m", "goldfinch", *arguments, "--config", str(self.folder / SETTINGS_FILE)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,
            )

    async def who_died(self) -> str:
        for name, process in self.processes.items():
            if (code := process.poll()) is not None:
                return f"the {name} of the drill ended with {code}: {_last_line(self.folder / f'{name}.log')}"
        return ""

    async def break_it(self, fault: Fault) -> None:
        match fault:
            case Fault.METRICS_OUTAGE:
                self.place.access_log.rename(self.place.access_log.with_name("access-taken-away"))
                return
            case Fault.KILL_CONTROLLER:
                await self.kill_controller()
        values: Mapping[Fault, dict[str, Any]] = {
            Fault.ERRORS: {"errors": ERRORS},
            Fault.KILL_CONTROLLER: {"errors": ERRORS},
            Fault.LATENCY: {"latency_ms": LATENCY_MS},
            Fault.QUALITY: {"quality": True},
        }
        write_atomically(self.folder / FAULTS_FILE, json.dumps({"release": self.canary, **values[fault]}).encode())

    async def kill_controller(self) -> None:
        """As a machine kills: nothing is given up, the lease runs out."""
        process = self.processes.pop("controller")
        process.kill()
        await asyncio.to_thread(process.wait)
        self.start("controller", "serve")

    def requests(self) -> tuple[int, int]:
        return self.load.answered, self.load.unexplained

    async def stop(self) -> None:
        await self.load.end()
        for name in ("controller", "proxy"):
            if (process := self.processes.pop(name, None)) is not None:
                await asyncio.to_thread(_ended, process)
        deployer = local_deployer(self.loaded, self.place, self.store.releases.find)
        for release in (self.canary, self.stable):
            with suppress(Exception):
                await deployer.retire(release, force=True)


def _written(folder: Path) -> LoadedSettings:
    """The settings of the rehearsal: seconds where production has minutes, the same rules."""
    agent = [sys.executable, "-m", "goldfinch.testing.echo_agent", "--port", "{port}", "--release", "{release}"]
    value = {
        "service": SERVICE,
        "store": {"url": f"sqlite:///{folder / 'store.db'}"},
        "release": {"model": {"id": "echo"}},
        "deploy": {
            "command": [*agent, "--faults", str(folder / FAULTS_FILE)],
            "checkout": False,
            "health": HEALTH,
            "smoke": [sys.executable, "-c", _ASK_HEALTH, "{url}"],
        },
        "proxy": {"listen": f"127.0.0.1:{_free_port()}", "concurrency": 2},
        "serve": {"listen": f"127.0.0.1:{_free_port()}"},
        "rollout": {
            "steps": [{"weight": 50, "bake": "10m"}, {"weight": 100}],
            "warm_up": "2s",
            "ready_within": "60s",
            "verify_within": "30s",
            "drain_within": "15s",
            "max_hold": "15s",
            "post_promotion": "1m",
            "health": {"check_every": "2s", "unknown_hold": "4s", "unknown_limit": "10s"},
        },
    }
    (folder / SETTINGS_FILE).write_text(json.dumps(value, indent=2), encoding="utf-8")  # JSON is YAML
    return load_settings(folder / SETTINGS_FILE)


def _release(store: Store, number: int) -> str:
    clock = SystemClock()
    made = release_of([of_model("echo", {"number": number})], Origin(clock.utc(), "drill", tags=(f"echo-{number}",)))
    return store.releases.add(made, AuditDraft(clock.utc(), "drill", "release.create", f"release:{made.id}")).id


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port


def _environment() -> dict[str, str]:
    """Without what would lead the parts away from the rehearsal."""
    return {name: value for name, value in os.environ.items() if name not in (URL, TIME_SCALE)}


def _last_line(path: Path) -> str:
    with suppress(OSError):
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "without a word"
    return "its log cannot be read"


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Gently, then at once; the whole group: Envoy is the proxy's child."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
