"""What the deployer has started, in files: any controller that is started later goes on from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from goldfinch.adapters.processes.kernel import Identity
from goldfinch.adapters.processes.launcher import replace
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.instances import Instance
from goldfinch.core.rollout.failures import DeployFailed

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was asked of a release, and the facts that a start needs. No values of variables: those are read anew for each start."""

    release: str
    wanted: bool
    instances: int
    folder: str
    """Where its files are."""
    tag: str = ""
    git_sha: str = ""
    note: str = ""
    """What a person should know of it: that there is no way back."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a stage ended."""

    token: str
    code: int
    detail: str = ""


class Book:
    """The folder of one release. Reading makes nothing; who writes holds the lock."""

    def __init__(self, folder: Path, release: str) -> None:
        if not _NAME.fullmatch(release):
            raise DeployFailed("this is no name of a release", where=release[:80])
        self.release = release
        self.folder = folder / "releases" / release
        self.lock = self.folder / "lock"

    def make(self) -> None:
        """The folder, for its user alone."""
        make_private(self.folder)

    def deployment(self) -> Deployment | None:
        """None: it was never started here."""
        return read(self.folder / "release.json", Deployment)

    def keep(self, deployment: Deployment) -> None:
        write(self.folder / "release.json", deployment)

    def instances(self) -> tuple[Instance, ...]:
        """In their order, those on their way out after the others."""
        found = [instance for path in self.folder.glob("i-*.json") if (instance := read(path, Instance)) is not None]
        return tuple(sorted(found, key=lambda instance: (not instance.wanted, instance.index, instance.token)))

    def keep_instance(self, instance: Instance) -> None:
        write(self.folder / f"i-{instance.token}.json", instance)

    def forget(self, token: str) -> None:
        """The record goes last: until then, somebody looks after the instance."""
        for path in (self.process_file(token), self.folder / f"i-{token}.ready", self.folder / f"i-{token}.json"):
            path.unlink(missing_ok=True)

    def process_file(self, token: str) -> Path:
        """Written by the started process itself."""
        return self.folder / f"p-{token}.json"

    def process(self, token: str) -> Identity | None:
        """None: it has not said yet who it is, or never came so far."""
        found = read(self.process_file(token), Identity)
        return found if found is not None and found.token == token else None

    def note_ready(self, token: str) -> None:
        """It answered its probe once."""
        (self.folder / f"i-{token}.ready").touch(mode=0o600)

    def was_ready(self, token: str) -> bool:
        return (self.folder / f"i-{token}.ready").exists()

    def log(self, index: int) -> Path:
        return self.folder / f"instance-{index}.log"


def make_private(folder: Path) -> None:
    """The folder and those around it that are missing, for their user alone. Raises `DeployFailed`."""
    try:
        for missing in reversed([parent for parent in (folder, *folder.parents) if not parent.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DeployFailed(f"cannot be made: {error.strerror}", where=str(folder), code=codes.RECORD_UNREADABLE) from error


def write(path: Path, value: object) -> None:
    """As JSON, replaced as a whole. Raises `DeployFailed`."""
    try:
        replace(str(path), msgspec.json.encode(value))
    except OSError as error:
        raise DeployFailed(f"cannot be written: {error.strerror}", where=str(path), code=codes.RECORD_UNREADABLE) from error


def read(path: Path, kind: type[_T]) -> _T | None:
    """None where there is none. Raises `DeployFailed` (E3207)."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployFailed(f"cannot be read: {error}", where=str(path), code=codes.RECORD_UNREADABLE) from error
