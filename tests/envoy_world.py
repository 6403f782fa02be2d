"""A real proxy (`goldfinch proxy` with Envoy) before agents that run on the test's own event loop, and clients that send it requests."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from goldfinch.adapters.envoy.process import start_time
from goldfinch.adapters.envoy.router import EnvoyRouter
from goldfinch.adapters.system import SystemClock
from goldfinch.core.proxy.options import ProxyOptions, listen_address
from goldfinch.ports.release_addresses import Address
from goldfinch.testing.traffic_router_contract import CANARY, STABLE

GOLDFINCH = Path(sys.executable).with_name("goldfinch")
_WITHIN_S = 30.0


class Agent:
    """Answers every request with what it got. `/stream` sends events until told to end, `/silent` waits for that with its
    answer, `/cut` takes a request and hangs up."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.requests = 0
        self.sessions: Counter[str] = Counter()
        self.finish_streams = asyncio.Event()
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Agent:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        while self._writers:
            await asyncio.sleep(0.001)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._serve_all(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._writers.discard(writer)

    async def _serve_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_message(reader):
                line, headers, _ = request
                self.requests += 1
                self.sessions[headers.get("x-session-id", "")] += 1
                path = line.split(" ")[1]
                if path.startswith("/cut"):
                    return
                if path.startswith("/silent"):
                    await self.finish_streams.wait()
                await (self._stream(writer) if path.startswith("/stream") else self._echo(writer, line, headers))
        except (ConnectionError, asyncio.IncompleteReadError):
            return

    async def _echo(self, writer: asyncio.StreamWriter, line: str, headers: dict[str, str]) -> None:
        body = json.dumps({"release": self.release, "line": line, "headers": headers}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        while not self.finish_streams.is_set():
            await self._event(writer, b"data: more\n\n")
            try:
                await asyncio.wait_for(self.finish_streams.wait(), 0.05)
            except TimeoutError:
                continue
        await self._event(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _event(self, writer: asyncio.StreamWriter, event: bytes) -> None:
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def release(self) -> str:
        return self.headers.get("x-goldfinch-release", "")

    @property
    def seen(self) -> dict[str, Any]:
        """What the agent got."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._closing: list[asyncio.StreamWriter] = []

    async def ask(self, path: str = "/", method: str = "GET", **headers: str) -> Reply:
        """Raises `OSError` and `EOFError` as the connection does."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        body = "content-length: 2\r\n\r\nhi" if method == "POST" else "\r\n"
        try:
            self._writer.write(f"{method} {path} HTTP/1.1\r\nhost: agent\r\n{named}{body}".encode())
            message = await read_message(self._reader)
        except (OSError, EOFError):
            self.close()
            raise
        if message is None:
            self.close()
            raise ConnectionResetError("closed without an answer")
        line, found, content = message
        if found.get("connection") == "close":
            self.close()
        cookies = dict(each.split(";")[0].split("=", 1) for each in found.pop("set-cookie", "").split("\n") if each)
        return Reply(int(line.split(" ")[1]), found, content, cookies)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._closing.append(self._writer)
            self._writer = None

    async def closed(self) -> None:
        self.close()
        for writer in self._closing:
            with suppress(ConnectionError):
                await writer.wait_closed()


async def read_message(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes] | None:
    """A request or an answer, whole; None: the other side has gone. Raises `IncompleteReadError` for half of one."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
    headers: dict[str, str] = {}
    for each in rest:
        name, _, value = each.partition(":")
        key = name.lower()
        headers[key] = f"{headers[key]}\n{value.strip()}" if key in headers else value.strip()
    if headers.get("transfer-encoding") == "chunked":
        return line, headers, await _chunks(reader)
    return line, headers, await reader.readexactly(int(headers.get("content-length", 0)))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        found += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return found


class World:
    """`async with world(folder) as it:` a proxy without a split, and an agent for each of the two releases."""

    def __init__(self, folder: Path, canary: Agent, stable: Agent, settings: str = "") -> None:
        self.folder, self.canary, self.stable = folder, canary, stable
        self.port = free_port()
        (folder / "goldfinch.yaml").write_text(f"service: demo\nproxy:\n  listen: 127.0.0.1:{self.port}\n{settings}")
        self.proxy_folder = folder / ".goldfinch" / "demo" / "local" / "proxy"
        self.access = folder / ".goldfinch" / "demo" / "local" / "access"
        self.process: asyncio.subprocess.Process | None = None
        self.said: list[str] = []
        self._clients: list[Client] = []
        self.options = ProxyOptions(listen_address(f"127.0.0.1:{self.port}"))

    def addresses(self, release: str) -> tuple[Address, ...]:
        agents = {CANARY: self.canary, STABLE: self.stable}
        return (Address("127.0.0.1", agents[release].port),) if release in agents else ()

    def router(self, rollout_id: str = "ro_1", *, clock: Any = None, session_drain: timedelta = timedelta(minutes=10)) -> EnvoyRouter:
        clock = clock or SystemClock()
        return EnvoyRouter(self.proxy_folder, rollout_id, self, clock, options=self.options, session_drain=session_drain)

    async def start(self) -> None:
        """The proxy; returns when it listens."""
        command = (str(GOLDFINCH), "proxy", "-e", "local")
        # a session of its own: a kill of the test run does not leave it half alive
        self.process = await asyncio.create_subprocess_exec(*command, cwd=self.folder, stderr=asyncio.subprocess.PIPE)
        self._reading = asyncio.ensure_future(self._read(self.process))
        await self.until_said("listens on", after=len(self.said))

    async def until_said(self, text: str, *, after: int = 0) -> str:
        async with asyncio.timeout(_WITHIN_S):
            while not (found := [line for line in self.said[after:] if text in line]):
                if self._reading.done():
                    raise AssertionError(f"the proxy ended: {self.said}")
                await asyncio.sleep(0.01)
        return found[0]

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            self.said.append(line.decode().rstrip())

    @property
    def envoy(self) -> int:
        return int(json.loads((self.proxy_folder / "envoy.json").read_text())["pid"])

    async def kill_proxy(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        code = await self.process.wait()
        await self._reading
        return code

    def client(self) -> Client:
        self._clients.append(Client(self.port))
        return self._clients[-1]

    async def logged(self, count: int, type_: str = "end") -> list[dict[str, Any]]:
        """Lines of the access log, once there are as many."""
        async with asyncio.timeout(_WITHIN_S):
            while True:
                lines = [json.loads(line) for file in sorted(self.access.glob("*.jsonl")) for line in file.read_text().splitlines()]
                if len(found := [line for line in lines if line["type"] == type_]) >= count:
                    return found
                await asyncio.sleep(0.02)


@asynccontextmanager
async def world(folder: Path, settings: str = "") -> AsyncIterator[World]:
    async with Agent(CANARY) as canary, Agent(STABLE) as stable:
        it = World(folder, canary, stable, settings)
        try:
            await it.start()
            yield it
        finally:
            for client in it._clients:
                await client.closed()
            for agent in (canary, stable):
                agent.finish_streams.set()
            await _end(it)


async def _end(it: World) -> None:
    """Nothing is left running, whatever a test has killed."""
    envoy = it.envoy if (it.proxy_folder / "envoy.json").exists() else 0
    if it.process is not None and it.process.returncode is None:
        it.process.send_signal(signal.SIGTERM)
        it.process.send_signal(signal.SIGTERM)
        await it.process.wait()
    await asyncio.wait_for(it._reading, 5)
    if envoy and start_time(envoy):
        os.kill(envoy, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
