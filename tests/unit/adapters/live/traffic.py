"""An access log, line by line, with the moment at which each line is in the file: as Envoy writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CANARY, STABLE = "rel_canary", "rel_stable"


@dataclass
class LogFile:
    """Gathers lines; `write` puts into the folder those that are written by a time."""

    folder: Path
    lines: list[tuple[float, bytes]] = field(default_factory=list)
    _written: int = 0

    def request(
        self,
        begun_s: float,
        session: str,
        *,
        release: str | None = STABLE,
        duration_ms: float = 100.0,
        delay_s: float = 0.1,
        end: bool = True,
        **members: Any,
    ) -> None:
        name = f"r{len(self.lines)}"
        line = {
            "time": datetime.fromtimestamp(begun_s, UTC).isoformat().replace("+00:00", "Z"),
            "request_id": name,
            "session": session,
            "minted": True,
            "pinned": False,
            "release": release,
            "flags": None,
        } | members
        self.add(begun_s + delay_s, {"type": "start", "status": 0, "duration_ms": None} | line)
        if end:
            self.add(begun_s + duration_ms / 1000 + delay_s, {"type": "end", "duration_ms": duration_ms, "status": 200} | line)

    def add(self, written_s: float, line: dict[str, Any] | bytes) -> None:
        self.lines.append((written_s, line if isinstance(line, bytes) else json.dumps(line).encode()))

    def write(self, until_s: float = float("inf"), name: str = "access.jsonl") -> None:
        self.lines.sort(key=lambda line: line[0])
        self.folder.mkdir(exist_ok=True)
        with (self.folder / name).open("ab") as file:
            while self._written < len(self.lines) and self.lines[self._written][0] <= until_s:
                file.write(self.lines[self._written][1] + b"\n")
                self._written += 1

    def rotate(self) -> None:
        """As the proxy does: rename to the next number, and let Envoy open its name anew."""
        number = sum(1 for _ in self.folder.glob("access-*.jsonl")) + 1
        (self.folder / "access.jsonl").rename(self.folder / f"access-{number:06d}.jsonl")
        (self.folder / "access.jsonl").touch()
