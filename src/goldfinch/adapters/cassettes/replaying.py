"""Give recorded replies, in the order of their recording; a request that was not recorded is never sent."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from goldfinch.core.errors import ConfigurationError, GoldfinchError, InfrastructureError
from goldfinch.core.wire.exchanges import GivenReply, Matching, Scrubber, SentRequest, request_key
from goldfinch.core.wire.misses import miss_line, used_up_line
from goldfinch.ports.exchanges import Asked, NotRecorded

from .format import FILE, Exchange, LineInvalid, damaged, exchange_of, lines_of, open_for_reading

_COMPARED = 200
"""Recorded requests that a miss is compared with, to find the nearest."""
_EXPLAINED_MISSES = 20
"""After so many misses in one run the recording is plainly another one: finding the nearest request costs time and says nothing new."""
_WAITED_FOR = frozenset({408, 409, 429})


class Replaying:
    """The exchanges of a recording. Holds 100 bytes or so of each; the replies stay on disk until they are asked for."""

    def __init__(self, folder: Path, scrubber: Scrubber, matching: Matching, upstreams: Mapping[str, str] | None = None) -> None:
        """`upstreams` says where environment variables would lead, for messages.

        Raises `ConfigurationError` where there is no recording, or it is damaged.
        """
        self._upstreams = dict(upstreams or {})
        self._path = folder / FILE
        self._scrubber = scrubber
        self._matching = matching
        self._numbers = count()
        self._lock = Lock()
        self._places: dict[str, list[int]] = {}
        self._by_address: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._next: defaultdict[str, int] = defaultdict(int)
        self.replayed = 0
        self.misses = 0
        self.last_miss = ""
        try:
            self._file = open_for_reading(self._path)
        except OSError as error:
            raise _no_recording(folder, error.strerror or str(error)) from None
        try:
            self.fingerprint = self._index()
        except BaseException:
            self._file.close()
            raise
        if not self._places:
            self._file.close()
            raise _no_recording(folder, f"{FILE} holds no exchange")

    def __repr__(self) -> str:
        return f"Replaying({str(self._path)!r})"

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        return Asked(self._scrubber.request(method, url, headers, body), next(self._numbers))

    def recall(self, asked: Asked) -> GivenReply:
        key = request_key(asked.request, self._matching)
        with self._lock:
            places, at = self._places.get(key, []), self._next[key]
            if at >= len(places):
                raise self._missed(asked.request, len(places))
            self._next[key] += 1
            self.replayed += 1
        return _not_to_be_waited_for(self._read(places[at]).reply)

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool) -> None:  # noqa: ARG002 - the port's signature
        """Nothing is sent in a replay, so there is nothing to keep."""
        raise AssertionError("a replay sends nothing")

    def objection(self) -> GoldfinchError | None:
        if self.misses:
            return InfrastructureError(self.last_miss, where="--replay", hint="record again with --record", code="E2007")
        if not self.replayed:
            return InfrastructureError(
                "nothing was replayed: the agent sent no request through the recording",
                hint="an agent of your own must read the address of its model from the environment, such as OPENAI_BASE_URL",
                code="E2008",
            )
        return None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _index(self) -> str:
        """Read the file once: where every exchange is, and what names them all."""
        digest = sha256()
        found: dict[str, tuple[str, list[tuple[int, int]]]] = {}
        for number, offset, line in lines_of(self._file, str(self._path)):
            digest.update(line)
            try:
                exchange = exchange_of(line)
            except LineInvalid as error:
                raise damaged(str(self._path), number, str(error)) from None
            self._by_address[exchange.request.method, exchange.request.url].append(offset)
            key = request_key(exchange.request, self._matching)
            recording, places = found.get(key, ("", []))
            if recording != exchange.recording:  # recorded anew: the newest recording of a request counts, as a whole
                places = []
            places.append((exchange.sequence, offset))
            found[key] = (exchange.recording, places)
        self._places = {key: [offset for _, offset in sorted(places)] for key, (_, places) in found.items()}
        return digest.hexdigest()[:16]

    def _read(self, offset: int) -> Exchange:
        descriptor, parts, at = self._file.fileno(), [], offset
        while block := os.pread(descriptor, 65_536, at):
            end = block.find(b"\n")
            if end >= 0:
                parts.append(block[:end])
                break
            parts.append(block)
            at += len(block)
        try:
            return exchange_of(b"".join(parts))
        except LineInvalid as error:
            raise InfrastructureError(f"changed while it was replayed: {error}", where=str(self._path), code="E2009") from None

    def _missed(self, request: SentRequest, recorded_times: int) -> NotRecorded:
        self.misses += 1
        if recorded_times:
            line = used_up_line(request, recorded_times)
        else:
            nearest = self._worth_comparing(request) if self.misses <= _EXPLAINED_MISSES else ()
            line = miss_line(request, nearest, self._matching, self._host_of(request))
        self.last_miss = line
        return NotRecorded(line)

    def _host_of(self, request: SentRequest) -> str:
        """`api.openai.com`, where the address begins with a variable."""
        route = request.url.partition("}")[0].removeprefix("${")
        return (urlsplit(self._upstreams[route]).hostname or "") if route in self._upstreams else ""

    def _worth_comparing(self, request: SentRequest) -> Iterator[SentRequest]:
        """Requests to the same address, the newest first; where there is none, one to each other address."""
        same = self._by_address.get((request.method, request.url))
        offsets = reversed(same) if same else (places[-1] for places in self._by_address.values())
        return (self._read(offset).request for offset in islice(offsets, _COMPARED))


class CountedMisses:
    """The exchanges of a replay as the proxy asks for them, with the misses that came that way."""

    def __init__(self, inner: Replaying) -> None:
        self._inner = inner
        self.misses = 0
        self.last_miss = ""

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        return self._inner.asked(method, url, headers, body)

    def recall(self, asked: Asked) -> GivenReply:
        try:
            return self._inner.recall(asked)
        except NotRecorded as miss:
            self.last_miss = str(miss)
            self.misses += 1
            raise

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool) -> None:
        self._inner.keep(asked, status, headers, chunks, ended=ended)


def _not_to_be_waited_for(reply: GivenReply) -> GivenReply:
    """A refusal for load without its wait: nobody is there any more who could be overloaded."""
    if reply.status not in _WAITED_FOR and reply.status < 500:
        return reply
    headers = tuple(pair for pair in reply.headers if pair[0] not in ("retry-after", "retry-after-ms"))
    return replace(reply, headers=(*headers, ("retry-after-ms", "1")))


def _no_recording(folder: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"no recording: {why}", where=str(folder), hint="record one with --record", code="E2002")
