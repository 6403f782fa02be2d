"""Answers kept as one small file each: safe for several processes at once, and easy to delete."""

from __future__ import annotations

from pathlib import Path

import msgspec

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.core.output import Output
from goldfinch.core.redaction import Redactor

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Output)


class FileResponseCache:
    """`<folder>/<first two digits>/<key>.json`. An entry that cannot be read is no entry; a full disk loses the entry, not the run.

    Entries are not flushed to disk one by one: that would hold up the run, and what a power loss takes is only asked again.
    """

    def __init__(self, folder: Path, redact: Redactor | None = None) -> None:
        self._folder = folder
        self._redact = redact or Redactor()

    def get(self, key: str) -> Output | None:
        try:
            return _decoder.decode(self._path(key).read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def put(self, key: str, output: Output) -> None:
        path = self._path(key)
        try:
            content = _encode(output)
            if self._redact.may_hold_secret_json(content):
                content = _encode(self._redact.value(msgspec.to_builtins(output)))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content, durable=False)
        except (OSError, TypeError, ValueError, OverflowError, RecursionError):
            return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
