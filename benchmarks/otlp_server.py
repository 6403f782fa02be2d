"""An OTLP receiver in a process of its own, with its notes and answers kept in a file: for the benchmark and for tests of whole requests.

`python -m benchmarks.otlp_server --max-spans 50000 --notes FILE` prints `{"port": …}` and serves until it is terminated. Beside the
receiver's routes `GET /stats` gives its counts, what lies in the file and the process's memory; `POST /settle` writes all that is held.
With `--reference` it reads each request by OpenTelemetry's own classes and does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn

from goldfinch.adapters.pricing import PriceList
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.ingest import DECODERS, logged
from goldfinch.core.health.events import TurnNote
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.ingest.unpacking import unpacked
from goldfinch.core.redaction import Redactor
from goldfinch.operations.receive_spans import Sink, SpanIntake
from goldfinch.ports.trace_queue import SampledAnswer
from goldfinch.web.otlp import OtlpReceiver, ReceiverLimits

TARGET = LiveTarget("rollout", "service", "local", "rel_canary", "rel_stable", sample=0.05)


class NotesFile:
    """A line for each note, on disk before `add` returns to the operating system."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self.count = 0

    def add(self, notes: Iterable[TurnNote]) -> None:
        lines = [json.dumps({"session": note.session, "arm": note.arm, "flags": note.flags, "amounts": note.amounts}) for note in notes]
        self._file.write("".join(f"{line}\n" for line in lines).encode())
        self.count += len(lines)


class AnswersFile:
    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def put(self, answers: Iterable[SampledAnswer]) -> int:
        lines = [json.dumps(asdict(answer)) for answer in answers]
        self._file.write("".join(f"{line}\n" for line in lines).encode())
        return len(lines)

    def take(self, limit: int) -> tuple[SampledAnswer, ...]:  # noqa: ARG002 - nobody scores here
        return ()

    def done(self, ids: Iterable[str]) -> None: ...

    def dropped(self) -> int:
        return 0


class Served:
    """The receiver, and two routes for whoever measures it."""

    def __init__(self, options: argparse.Namespace) -> None:
        notes = Path(options.notes)
        self.notes = NotesFile(notes)
        sink = Sink(self.notes, AnswersFile(notes.with_suffix(".answers")))
        clock = SystemClock()
        tell = logged(clock)
        intake = SpanIntake(
            lambda: (TARGET,), lambda _: sink, prices=PriceList(), redact=Redactor(), clock=clock, most_spans=options.max_spans, tell=tell
        )
        limits = ReceiverLimits(body_timeout_s=options.body_timeout, body_bytes=options.body_bytes, unpacked_bytes=options.body_bytes * 4)
        self.receiver = OtlpReceiver(intake, DECODERS, tell=tell, limits=limits)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/stats":
            await reply(send, self.stats())
        elif scope["type"] == "http" and scope["path"] == "/settle":
            await self.receiver.flush(everything=True)
            await reply(send, self.stats())
        else:
            await self.receiver(scope, receive, send)

    def stats(self) -> dict[str, Any]:
        return {**asdict(self.receiver.intake.counts), "held": self.receiver.intake.held, "written": self.notes.count, **memory()}


class Reference:
    """What cannot be left out: read the request, read its bytes by the generated classes, answer."""

    def __init__(self) -> None:
        self.spans = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        if scope["path"] == "/stats":
            await reply(send, {"spans": self.spans, **memory()})
            return
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        body = unpacked(b"".join(parts), headers.get(b"content-encoding", b"").decode(), 1 << 26)
        request = ExportTraceServiceRequest.FromString(body)
        self.spans += sum(len(scopes.spans) for group in request.resource_spans for scopes in group.scope_spans)
        await reply(send, {})


async def reply(send: Any, value: Any) -> None:
    body = json.dumps(value).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def memory() -> dict[str, int]:
    """Resident memory now and at its highest, and seconds of CPU in milliseconds."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    ticks = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
    cpu_ms = (int(ticks[11]) + int(ticks[12])) * 10
    return {"rss_kb": int(lines["VmRSS"].split()[0]), "peak_kb": int(lines["VmHWM"].split()[0]), "cpu_ms": cpu_ms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-spans", type=int, default=50_000)
    parser.add_argument("--body-timeout", type=float, default=10.0)
    parser.add_argument("--body-bytes", type=int, default=16 * 2**20)
    parser.add_argument("--notes", required=True)
    parser.add_argument("--reference", action="store_true")
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0))
    app: Any = Reference() if options.reference else Served(options)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    asyncio.run(server.serve([listening]))


if __name__ == "__main__":
    main()
