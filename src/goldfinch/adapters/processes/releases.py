"""One release's processes: start, look after, stop. Everything here blocks for moments, and happens under the release's lock."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from goldfinch.adapters.processes import kernel, logs, ports
from goldfinch.adapters.processes.records import Book, Deployment
from goldfinch.adapters.processes.spawning import Start, Starter
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.filling import command_of, environment_of
from goldfinch.core.deploy.instances import Instance, Step, asked_to_end, noted_end, step
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.durations import duration
from goldfinch.core.rollout.failures import DeployFailed
from goldfinch.settings.deploy import DeploySettings

STOP_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What all releases share. `environment` is the caller's; `now` in seconds since 1970."""

    folder: Path
    settings: DeploySettings
    environment: Mapping[str, str]
    now: Callable[[], float]
    redact: Callable[[str], str]
    starter: Starter

    def ports_given_out(self) -> set[int]:
        """To instances of any release, running or not, as far as records can be read: one that is damaged stops its own release only."""
        found: set[int] = set()
        for path in self.folder.glob("releases/*"):
            with suppress(DeployFailed):
                found |= {instance.port for instance in Book(self.folder, path.name).instances()}
        return found

    def check(self, deployment: Deployment) -> None:
        """Whether everything that a start needs is there. Raises `DeployFailed` (E3201, E3204, E3205)."""
        if not self.settings.command:
            raise DeployFailed("nothing says how a release is started", where="deploy.command", code=codes.NO_COMMAND)
        places = self.places(deployment, 0)
        command_of(self.settings.command, places, where="deploy.command")
        self.variables(deployment, places, "")

    def places(self, deployment: Deployment, port: int, instance: int = 1) -> dict[str, str]:
        """What `{port}` and the like stand for."""
        return {
            "release": deployment.release,
            "tag": deployment.tag,
            "git_sha": deployment.git_sha,
            "folder": deployment.folder,
            "port": str(port),
            "url": f"http://{ports.HOST}:{port}",
            "instance": str(instance),
        }

    def variables(self, deployment: Deployment, places: Mapping[str, str], token: str) -> dict[str, str]:
        """What a process of the release gets. Ours come last: they say who it is."""
        written = environment_of(self.settings.env, self.settings.pass_env, places, self.environment)
        return {"PORT": places["port"]} | written | {kernel.RELEASE: deployment.release, kernel.TOKEN: token}


def start_all(ground: Ground, book: Book, deployment: Deployment, lock: int) -> None:
    """Write down that it is wanted, then start what is missing. Raises `DeployFailed`."""
    book.keep(deployment)
    there = {instance.index for instance in book.instances() if instance.wanted}
    for index in range(1, deployment.instances + 1):
        if index not in there:
            port = ports.free_port(ground.ports_given_out())
            _start(ground, book, deployment, Instance(index, token_hex(8), port, ground.now()), lock)


def stop_all(ground: Ground, book: Book, deployment: Deployment) -> None:
    """Write down that it is not wanted, then ask each instance to end."""
    book.keep(replace(deployment, wanted=False))
    within_s = duration(ground.settings.stop_within).total_seconds() if ground.settings.stop_within else STOP_WITHIN_S
    for instance in book.instances():
        if instance.wanted:
            if (process := book.process(instance.token)) is not None and kernel.is_alive(process):
                kernel.signal_process(process, signal.SIGTERM)  # first: a note alone would let it be killed unasked
            book.keep_instance(asked_to_end(instance, within_s, ground.now()))


def look_after(ground: Ground, book: Book, deployment: Deployment, lock: int) -> None:
    """Do what is due of every instance: note ends, start again, kill who did not go, keep logs small."""
    for instance in book.instances():
        logs.keep_small(book.log(instance.index), ground.settings.log_mb << 20)
        _ACTS[step(instance, alive=is_alive(book, instance), now=ground.now())](ground, book, deployment, instance, lock)
    wanted = [instance for instance in book.instances() if instance.wanted]
    if deployment.wanted and len(wanted) < deployment.instances:
        start_all(ground, book, deployment, lock)  # who started it was killed half way
    if not deployment.wanted and wanted:
        stop_all(ground, book, deployment)


def is_alive(book: Book, instance: Instance) -> bool:
    """Under the lock: a process that has not said who it is by then, never ran."""
    process = book.process(instance.token)
    return process is not None and kernel.is_alive(process)


def _start(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:
    """The record is there before the process: whatever runs is known."""
    settings = ground.settings
    places = ground.places(deployment, instance.port, instance.index)
    command = command_of(settings.command, places, where="deploy.command")
    start = Start(
        command=command,
        environment=ground.variables(deployment, places, instance.token),
        folder=Path(deployment.folder),
        log=book.log(instance.index),
        record=book.process_file(instance.token),
        token=instance.token,
        memory_mb=settings.memory_mb or 0,
    )
    book.keep_instance(instance)
    ground.starter.start(start, lock)


def _leave(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:
    pass


def _note_end(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:  # noqa: ARG001
    """What it left behind goes first: it may hold the port."""
    book.keep_instance(noted_end(instance, _how_it_ended(ground, book, instance), ground.now()))
    kernel.kill_all(book.process(instance.token), instance.token)


def _start_again(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:
    """At the same port, which routers know, unless somebody else has it now."""
    port = instance.port if ports.is_free(instance.port) else ports.free_port(ground.ports_given_out())
    again = replace(instance, token=token_hex(8), port=port, started_at=ground.now(), again_at=None)
    try:
        _start(ground, book, deployment, again, lock)
    except GoldfinchError as error:
        book.forget(again.token)
        book.keep_instance(noted_end(replace(instance, started_at=ground.now()), str(error), ground.now()))
        return
    book.forget(instance.token)
    ground.starter.forget(instance.token)


def _kill(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:  # noqa: ARG001
    kernel.kill_all(book.process(instance.token), instance.token)


def _forget(ground: Ground, book: Book, deployment: Deployment, instance: Instance, lock: int) -> None:  # noqa: ARG001
    process = book.process(instance.token)
    kernel.kill_all(process, instance.token)
    if process is not None:
        kernel.bury(process)
    ground.starter.forget(instance.token)
    book.forget(instance.token)


def _how_it_ended(ground: Ground, book: Book, instance: Instance) -> str:
    process = book.process(instance.token)
    told = ground.starter.how_it_ended(instance.token) or (kernel.bury(process) if process else "")
    said = ground.redact(logs.last_line(book.log(instance.index)))[:200]
    how = f"ended ({told})" if told else "ended" if process else "was not started"
    return f"{how}: {said}" if said else how


_ACTS: Mapping[Step, Callable[[Ground, Book, Deployment, Instance, int], None]] = {
    Step.LEAVE: _leave,
    Step.NOTE_END: _note_end,
    Step.START_AGAIN: _start_again,
    Step.KILL: _kill,
    Step.FORGET: _forget,
}
