"""The baseline of a branch as a real folder: the run's files, and `baseline.json` (REQUIREMENTS C8, T12)."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from goldfinch.adapters.files.atomic import sync_folder, write_atomically
from goldfinch.adapters.files.run_directory import MANIFEST, OUTPUTS, RESULTS, SUMMARY
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.baselines import codes
from goldfinch.core.baselines.promotion import SCHEMA_VERSION, Promotion
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.ports.run_journal import RunReader

PROMOTION = "baseline.json"
_COPIED = (MANIFEST, SUMMARY, RESULTS, OUTPUTS)


class _Version(msgspec.Struct):
    schema_version: int = 0


class BaselineFolder:
    """`<baselines>/<branch>/`. While it is replaced, a reader sees the old run or the new one, never a mixture."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._replaced = path.with_name(f".{path.name}.replaced")

    @property
    def location(self) -> str:
        return str(self.path)

    def promotion(self) -> Promotion | None:
        """Raises `RunDirectoryError`: E2405 for what is no real folder, or no baseline, E2406 for a damaged `baseline.json`."""
        self._require_real()
        self._put_back()
        if not self.path.is_dir():
            return None
        path = self.path / PROMOTION
        try:
            content = path.read_bytes()
            version = msgspec.json.decode(content, type=_Version).schema_version
            found = msgspec.json.decode(content, type=Promotion)
        except FileNotFoundError:
            if not any(self.path.iterdir()):
                return None
            raise _not_real("there is no baseline.json beside these files", str(self.path)) from None
        except OSError as error:
            raise _broken(f"cannot be read: {error.strerror or error}", path) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _broken(f"is damaged: {error}", path) from error
        if version > SCHEMA_VERSION:
            raise _broken(f"was written by a newer Goldfinch (schema_version {version})", path)
        return found

    def replace(self, run: RunReader, promotion: Promotion) -> None:
        source = Path(run.location)
        names = _COPIED if promotion.has_outputs else _COPIED[:-1]
        with self._staged() as staged:
            for name in names:
                _copy(source / name, staged / name)
            self._put(staged, promotion)

    def place(self, manifest: Manifest, promotion: Promotion) -> None:
        """A placeholder without a run: manifest only."""
        with self._staged() as staged:
            write_atomically(staged / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            self._put(staged, promotion)

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """A new folder beside the target that nobody looks into; one process at a time."""
        staged = self.path.with_name(f".{self.path.name}.{token_hex(4)}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._require_real()
                staged.mkdir()
                yield staged
        except OSError as error:
            raise InfrastructureError(
                f"cannot write: {error.strerror or error}", where=str(error.filename or self.path), code=codes.CANNOT_WRITE
            ) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Held on the folder of all baselines itself: no lock file is left in somebody's repository."""
        descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise RunDirectoryError(
                "another process promotes a baseline here", where=self.location, hint="wait for it", code=codes.BUSY
            ) from error
        finally:
            os.close(descriptor)

    def _put(self, staged: Path, promotion: Promotion) -> None:
        """Two renames: what is killed between them is put back by whoever looks next."""
        before = self.promotion()
        told = replace(promotion, previous_run_id=None if before is None or before.status is RunStatus.BOOTSTRAP else before.run_id)
        write_atomically(staged / PROMOTION, msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
        sync_folder(staged)
        shutil.rmtree(self._replaced, ignore_errors=True)
        if self.path.exists():
            self.path.rename(self._replaced)
        staged.rename(self.path)
        sync_folder(self.path.parent)
        shutil.rmtree(self._replaced, ignore_errors=True)

    def _put_back(self) -> None:
        if not self.path.exists() and self._replaced.is_dir() and not self._replaced.is_symlink():
            try:
                self._replaced.rename(self.path)
            except OSError as error:
                raise _not_real(f"an interrupted promotion cannot be undone: {error.strerror or error}", str(self._replaced)) from error

    def _require_real(self) -> None:
        for path in (self.path, self.path.parent):
            if path.is_symlink():
                raise _not_real("is a symbolic link", str(path))
        if self.path.exists() and not self.path.is_dir():
            raise _not_real("is a file, not a folder", str(self.path))


def baseline_schema() -> dict[str, Any]:
    """JSON Schema of `baseline.json`."""
    return schema_of(
        Promotion, "Who made a run the baseline of which branch, when, and what it replaced.", version=SCHEMA_VERSION, title="baseline.json"
    )


def _copy(source: Path, target: Path) -> None:
    """The bytes of a real file. Raises `RunDirectoryError` for a symbolic link and for a file that is not there."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        hint = "the baseline needs it; --without-outputs leaves the answers out" if source.name == OUTPUTS else "the run is not whole"
        raise RunDirectoryError(f"no {source.name} in this run", where=str(source.parent), hint=hint, code=codes.NOT_WHOLE) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _not_real("is a symbolic link", str(source)) from None
        raise
    with os.fdopen(descriptor, "rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        written.flush()
        os.fsync(written.fileno())


def _not_real(what: str, where: str) -> RunDirectoryError:
    return RunDirectoryError(what, where=where, hint="remove it, or name another --baselines folder", code=codes.NOT_REAL)


def _broken(what: str, path: Path) -> RunDirectoryError:
    return RunDirectoryError(what, where=str(path), hint="promote the run again, or restore the folder", code=codes.BROKEN)
