"""The proxy's folder: the split as it was asked for, and the files that Envoy follows, which are made from it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from goldfinch.adapters.files.atomic import atomic_file
from goldfinch.core.proxy import codes
from goldfinch.core.proxy.envoy_json import Json, encoded
from goldfinch.core.proxy.failures import ProxyBroken
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.proxy.routes import routes
from goldfinch.core.proxy.split import Split, from_json, to_json

_KEY_BYTES: Final = 32
_MOST_BYTES: Final = 1 << 20


class ProxyFiles:
    """Of one service in one environment. Makes its folder, for its user alone. Every method may raise `ProxyBroken` or `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder = folder.absolute()
        self.xds = folder / "xds"
        self.split_file = folder / "split.json"
        self.alive = folder / "alive"
        """Touched by the controller's router whenever it looks."""
        self.key_file = folder / "key"
        self.admin_socket = folder / "admin.sock"
        self.envoy_log = folder / "envoy.log"
        self.process_file = folder / "envoy.json"

    def make(self) -> None:
        """The folder, if it is not there. Raises `ProxyBroken` where others could write it."""
        self.xds.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.folder, self.xds):
            stat = folder.stat()
            if stat.st_uid != os.geteuid():
                raise ProxyBroken("belongs to another user", where=str(folder), code=codes.FOLDER_UNUSABLE)
            if stat.st_mode & 0o077:
                folder.chmod(0o700)

    def key(self) -> bytes:
        """Of the tokens: made once. Two processes that make it at the same time get the same."""
        try:
            found = self.key_file.read_bytes()
        except FileNotFoundError:
            self._make_key()
            found = self.key_file.read_bytes()
        if len(found) != _KEY_BYTES:
            raise ProxyBroken(f"has {len(found)} bytes, not {_KEY_BYTES}", where=str(self.key_file), code=codes.FOLDER_UNUSABLE)
        return found

    def split(self) -> Split | None:
        """As it was last asked for; None: nobody has asked yet. Raises `ProxyBroken` (E3105)."""
        try:
            with self.split_file.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return None
        try:
            return from_json(json.loads(content))
        except (ValueError, RecursionError) as error:
            raise ProxyBroken(str(error), where=str(self.split_file), code=codes.SPLIT_UNREADABLE) from None

    def write_split(self, split: Split) -> None:
        """Survives a power loss."""
        write_private(self.split_file, encoded(to_json(split)), durable=True)

    def write_clusters(self, content: Json) -> None:
        """Put the file in its place, changed or not, so that Envoy reads it. Not synced: a proxy that starts makes it anew."""
        write_private(self.xds / "cds.json", encoded(content))

    def write_routes(self, content: Json) -> None:
        """As `write_clusters`."""
        write_private(self.xds / "rds.json", encoded(content))

    def routes(self, split: Split | None, options: ProxyOptions) -> Json:
        return routes(split, self.key(), options)

    def routes_on_disk(self) -> bytes:
        """As Envoy reads them next; empty: there are none."""
        try:
            with (self.xds / "rds.json").open("rb") as file:
                return file.read(_MOST_BYTES)
        except FileNotFoundError:
            return b""

    def touch_alive(self) -> None:
        """A controller looks after this proxy."""
        descriptor = os.open(self.alive, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.utime(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def exclusively(self, name: str) -> Iterator[bool]:
        """True: nobody else is inside a lock of this name; False: somebody is, as `holder` says. Ends with the process."""
        descriptor = os.open(self.folder / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                yield True
        finally:
            os.close(descriptor)

    def holder(self, name: str) -> str:
        """The id of the process that is, or was last, inside this lock; empty: unknown."""
        try:
            text = (self.folder / f"{name}.lock").read_text(encoding="ascii", errors="replace")
        except OSError:
            return ""
        return text if text.isdigit() else ""

    def _make_key(self) -> None:
        temporary = self.folder / f".key.{secrets.token_hex(4)}.tmp"
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, self.key_file)
        except FileExistsError:
            return
        finally:
            temporary.unlink(missing_ok=True)


def write_private(path: Path, content: bytes, *, durable: bool = False) -> None:
    """The folder is closed to others already; the file says so too."""
    with atomic_file(path, durable=durable) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
