"""Envoy's admin interface, over the socket in the proxy's folder."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from goldfinch.core.proxy.reading import STATS, Served, served
from goldfinch.core.rollout.failures import RouterUnreachable

_WITHIN_S = 2.0
_MOST_BYTES = 64 * 2**20


class EnvoyAdmin:
    """Every method raises `RouterUnreachable` where Envoy does not answer, or not within two seconds."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def served(self) -> Served:
        """What the data plane has now."""
        stats, routes, runtime = await asyncio.gather(
            self._json(f"/stats?format=json&filter={quote(STATS)}"),
            self._json("/config_dump?resource=dynamic_route_configs"),
            self._json("/runtime"),
        )
        try:
            return served(stats, routes, runtime)
        except ValueError as error:
            raise RouterUnreachable(str(error), where=str(self._socket)) from None

    async def set_runtime(self, keys: Mapping[str, str]) -> None:
        """All of them in one change. An empty value takes a key away."""
        await self._ask("POST", f"/runtime_modify?{urlencode(keys)}")

    async def is_ready(self) -> bool:
        """Whether it listens."""
        try:
            return (await self._ask("GET", "/ready")).strip() == b"LIVE"
        except RouterUnreachable:
            return False

    async def open_requests(self) -> int:
        """Requests and streams of clients that are under way."""
        stats = await self._json(f"/stats?format=json&filter={quote('^http.agent.downstream_rq_active$')}")
        return sum(int(each["value"]) for each in stats["stats"] if "value" in each)

    async def post(self, path: str) -> None:
        """`/reopen_logs`, `/drain_listeners?…`, `/quitquitquit`."""
        await self._ask("POST", path)

    async def _json(self, path: str) -> Any:
        try:
            return json.loads(await self._ask("GET", path))
        except (ValueError, RecursionError) as error:
            raise RouterUnreachable(f"no JSON from {path} ({error})", where=str(self._socket)) from None

    async def _ask(self, method: str, path: str) -> bytes:
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await self._exchange(method, path)
        except TimeoutError:
            raise RouterUnreachable(f"Envoy did not answer within {_WITHIN_S:g} s", where=str(self._socket)) from None
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise RouterUnreachable(f"Envoy does not answer ({words})", where=str(self._socket)) from None

    async def _exchange(self, method: str, path: str) -> bytes:
        """One request per connection: the interface is asked a few times a minute, and a connection kept would outlive its Envoy."""
        with _reachable(self._socket) as name:
            reader, writer = await asyncio.open_unix_connection(name)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(head, reader)
        finally:
            writer.close()
        status = head.split(b" ", 2)[1]
        if status != b"200":
            if path == "/ready":
                return body
            words = body[:200].decode("utf-8", "replace").strip()
            raise ValueError(f"{path.partition('?')[0]} is answered with {status.decode('ascii', 'replace')}: {words}")
        return body


@contextmanager
def _reachable(socket: Path) -> Iterator[str]:
    """A name of the socket that is short enough: its own path may be longer than the 107 bytes that a socket's address has."""
    folder = os.open(socket.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{socket.name}"
    finally:
        os.close(folder)


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    headers = dict(_headers(head.split(b"\r\n")[1:]))
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return await _chunks(reader)
    length = headers.get(b"content-length")
    return await reader.readexactly(min(int(length), _MOST_BYTES)) if length is not None else await reader.read(_MOST_BYTES)


def _headers(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        name, _, value = line.partition(b":")
        yield name.strip().lower(), value.strip()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(found) + size > _MOST_BYTES:
            raise ValueError("an answer beyond all measure")
        found += await reader.readexactly(size)
        await reader.readexactly(2)
    return bytes(found)
