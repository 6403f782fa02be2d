"""Rotation of the access log: `access.jsonl` is Envoy's, and becomes `access-000001.jsonl` and so on."""

from __future__ import annotations

import re
from pathlib import Path

from goldfinch.core.live.access_line import LOG_NAME

_NAMED = re.compile(rf"{LOG_NAME}-(\d{{6,12}})\.jsonl")


class AccessLog:
    """Of one proxy. A segment that has its number gets no more lines once Envoy has opened the next file."""

    def __init__(self, folder: Path, *, segment_bytes: int, keep: int) -> None:
        self._folder = folder = folder.absolute()
        self._segment_bytes, self._keep = segment_bytes, keep
        self.path = folder / f"{LOG_NAME}.jsonl"

    def make(self) -> None:
        """The folder, for its user alone."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)

    @property
    def is_full(self) -> bool:
        return self._size() >= self._segment_bytes

    def close_segment(self) -> bool:
        """Give the file its number: before Envoy starts anew (a killed one may have left half a line), or when it is full. False: it was
        empty. Envoy writes on into the same file until it is told to reopen it."""
        if not self._size():
            return False
        self.path.rename(self._folder / f"{LOG_NAME}-{max(self._segments(), default=0) + 1:06}.jsonl")
        self._forget_oldest()
        return True

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _segments(self) -> dict[int, Path]:
        return {int(match[1]): path for path in self._folder.iterdir() if (match := _NAMED.fullmatch(path.name))}

    def _forget_oldest(self) -> None:
        segments = sorted(self._segments().items())
        for _, path in segments[: max(0, len(segments) - self._keep)]:
            path.unlink(missing_ok=True)
