"""The service as a process of its own, met over HTTP as its users meet it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
SCRIPTED = "tests.scripted_agent:agent_of"
JSON_TYPE = {"content-type": "application/json"}


class ServiceProcess:
    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "src.api", *arguments],
            cwd=ROOT,
            env={**_clean_environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        url = urlsplit(self.line("listening")["url"])
        self.host, self.port = url.hostname or "", url.port or 0

    def line(self, event: str) -> dict[str, Any]:
        """Wait for the first log line of this event."""

        def found() -> str | None:
            return next((line for line in self.lines if f'"event":"{event}"' in line), None)

        with self._told:
            assert self._told.wait_for(lambda: found() is not None or not self._reader.is_alive(), timeout=60), self.lines
            line = found()
        assert line is not None, self.lines
        told: dict[str, Any] = json.loads(line)
        return told

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status, and JSON or text of one request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers or {}))
            reply = connection.getresponse()
            raw = reply.read()
            is_json = "json" in reply.headers.get("content-type", "")
            return reply.status, json.loads(raw) if is_json and raw else raw.decode()
        finally:
            connection.close()

    def task(self, description: str, **body: Any) -> tuple[int, Any]:
        return self.ask("POST", "/v1/tasks", json.dumps({"description": description, **body}).encode(), JSON_TYPE)

    def open_stream(self, description: str) -> Stream:
        return Stream(self.connect(), description)

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """The exit code, when the process has ended."""
        code = self._process.wait(60)
        self._reader.join(60)
        return code

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._told:
                self.lines.append(line)
                self._told.notify_all()
        with self._told:
            self._told.notify_all()


def _clean_environment() -> dict[str, str]:
    """Nothing of the developer's own settings."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MARKETING_AGENT_", "OTEL_")) and "_API_KEY" not in name
    }


class Stream:
    """An event stream read event by event."""

    def __init__(self, connection: http.client.HTTPConnection, description: str) -> None:
        self._connection = connection
        connection.request("POST", "/v1/tasks", json.dumps({"description": description, "stream": True}), JSON_TYPE)
        self._reply = connection.getresponse()
        self.status = self._reply.status

    def events(self) -> Iterator[tuple[str, Any]]:
        name = ""
        for raw in self._reply:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))

    def close(self) -> None:
        self._reply.close()
        self._connection.close()


@contextmanager
def service(
    data: Path, *arguments: str, agent: str | None = SCRIPTED, environment: Mapping[str, str] | None = None
) -> Iterator[ServiceProcess]:
    """A ready service on a free port."""
    given = ["--port", "0", *(["--agent", agent] if agent else []), *arguments]
    process = ServiceProcess(given, {"MARKETING_AGENT_DATA_DIR": str(data), **(environment or {})})
    try:
        deadline = time.monotonic() + 60
        while process.ask("GET", "/health/ready")[0] != 200:
            assert time.monotonic() < deadline, process.lines
        yield process
    finally:
        process.close()
