"""Inspect logs as archives (`.eval`): a zip file with a header and one JSON file a sample and epoch, deflated or compressed by Zstandard.

Nothing is ever unpacked to the disk. What an archive says about itself is not believed: every read is bounded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

import msgspec

from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.importing.json_documents import parse_document
from goldfinch.core.importing import codes
from goldfinch.core.importing.inspect_logs import SAMPLE_KEYS
from goldfinch.core.importing.limits import (
    FREE_RATIO_BYTES,
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_DIRECTORY_BYTES,
    MAX_ARCHIVE_RATIO,
    MAX_DOCUMENT_BYTES,
    MAX_KEPT_BYTES,
)

MAGIC = b"PK\x03\x04"
_ZSTANDARD = 93
_PIECE = 1 << 20
_HEADERS = ("header.json", "_journal/start.json")
"""A finished log's header, and what an interrupted run leaves in its place."""
_ANEW = "get the file anew from where it was made"


def read_log(source: SourceFile) -> dict[str, Any]:
    """The header of a log with its `samples`, of which only `SAMPLE_KEYS` are kept. Raises `Unreadable`."""
    with source.open() as file:
        try:
            with _zip_module().ZipFile(_Bounded(file)) as archive:
                return _Reading(archive).log()
        except Unreadable:
            raise
        except Exception as error:  # zip files and each of their decompressors fail with errors of their own
            raise _damaged(f"{type(error).__name__}: {error}"[:200].splitlines()[0]) from error


class _Bounded:
    """A file that refuses to be read in one piece of any size: the list of an archive's files is read so, before it can be looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MAX_ARCHIVE_DIRECTORY_BYTES:
            size = MAX_ARCHIVE_DIRECTORY_BYTES + 1
            if len(data := self._file.read(size)) == size:
                raise _too_large("lists more files than a log can have")
            return data
        return self._file.read(size)

    def seekable(self) -> bool:
        return True


class _Reading:
    """One pass over an archive, with what was unpacked and kept so far."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive
        self._unpacked = 0
        self._kept = 0

    def log(self) -> dict[str, Any]:
        entries = {info.filename: info for info in self._archive.infolist()}
        for name in entries:
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:2]:
                raise Unreadable(codes.BAD_ARCHIVE, f"holds a file with a path that leads out of it ({name[:80]!r})", _ANEW)
        header = next((entries[name] for name in _HEADERS if name in entries), None)
        if header is None:
            raise Unreadable(codes.NOT_OF_FORMAT, "is an archive without a header.json: no Inspect log", "give a .eval file")
        log = parse_document(self._content(header))
        if not isinstance(log, dict):
            raise Unreadable(codes.NOT_OF_FORMAT, "has a header.json that is no object", _ANEW)
        names = sorted(name for name in entries if name.startswith("samples/") and name.endswith(".json"))
        return {**log, "samples": [self._sample(entries[name]) for name in names]}

    def _content(self, info: Any) -> bytes:
        """The unpacked bytes of one file."""
        if info.file_size > max(FREE_RATIO_BYTES, MAX_ARCHIVE_RATIO * info.compress_size):
            raise _too_large(f"unpacks {info.filename[:80]!r} to more than {MAX_ARCHIVE_RATIO} times its size")
        if info.compress_type == _ZSTANDARD and not _reads_zstandard():
            raise Unreadable(
                codes.NO_ZSTD,
                "is compressed with Zstandard",
                "pip install 'goldfinch-ci[inspect]', or convert it with `inspect log convert --to json`",
            )
        with self._archive.open(info) as member:
            data = _read_bounded(member)
        self._unpacked += len(data)
        if len(data) > MAX_DOCUMENT_BYTES or self._unpacked > MAX_ARCHIVE_BYTES:
            raise _too_large(f"unpacks {info.filename[:80]!r} to more than is read")
        return data

    def _sample(self, info: Any) -> dict[str, Any]:
        data = self._content(info)
        sample: dict[str, Any] = {}
        for key, raw in _wanted(data, info.filename):
            self._kept += len(raw)
            if self._kept > MAX_KEPT_BYTES:
                raise Unreadable(codes.TOO_MUCH, f"holds more than {MAX_KEPT_BYTES // 1024**2} MiB besides events", "split the log")
            sample[key] = parse_document(raw)
        return sample


_Sample = msgspec.defstruct("_Sample", [(key, msgspec.Raw, msgspec.Raw()) for key in SAMPLE_KEYS])


def _wanted(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The keys that are read, still unparsed: most of a sample are its events, which are passed over without becoming values."""
    try:
        sample = msgspec.json.decode(data, type=_Sample)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        parsed = parse_document(data)
        if not isinstance(parsed, dict):
            raise Unreadable(codes.NOT_OF_FORMAT, f"holds a sample that is no object ({name[:80]!r})", _ANEW) from None
        yield from ((key, msgspec.json.encode(parsed[key])) for key in SAMPLE_KEYS if key in parsed)
        return
    yield from ((key, bytes(raw)) for key in SAMPLE_KEYS if (raw := getattr(sample, key)))


def _read_bounded(member: IO[bytes]) -> bytes:
    """At most one byte more than is allowed, a piece at a time: asked for all at once, a zip reader reads all that is packed first."""
    content = bytearray()
    while len(content) <= MAX_DOCUMENT_BYTES and (piece := member.read(_PIECE)):
        content += piece
    return bytes(content)


def _zip_module() -> Any:
    """The zip reader of Python 3.14, or its backport where that is installed, or the older one, which knows no Zstandard."""
    if sys.version_info < (3, 14):
        try:
            from backports.zstd import zipfile as backport
        except ImportError:
            pass
        else:
            return backport
    import zipfile

    return zipfile


def _reads_zstandard() -> bool:
    return hasattr(_zip_module(), "ZIP_ZSTANDARD")


def _too_large(what: str) -> Unreadable:
    return Unreadable(codes.BAD_ARCHIVE, what, _ANEW)


def _damaged(why: str) -> Unreadable:
    return Unreadable(codes.BAD_ARCHIVE, f"is no archive that can be read ({why})", _ANEW)
