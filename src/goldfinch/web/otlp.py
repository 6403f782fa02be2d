"""OTLP/HTTP as ASGI: `/v1/traces` in protobuf and JSON; `/v1/logs` and `/v1/metrics` are taken and left unread.

Reading a request and writing what it came to happen on one thread of their own, one request after the other: the event loop, which also
serves a page, waits for none of it, and nothing of the intake needs a lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from goldfinch.core.ingest import replies
from goldfinch.core.ingest.failures import NoRoom, TooManySpans, Unreadable
from goldfinch.core.ingest.span import RawSpan
from goldfinch.core.ingest.unpacking import Damaged, TooLarge, UnknownEncoding, unpacked
from goldfinch.operations.receive_spans import Accepted, SpanIntake, Tell

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Decoder = Callable[[bytes], list[RawSpan]]

TRACES: Final = "/v1/traces"
UNREAD: Final = ("/v1/logs", "/v1/metrics")
"""An exporter that sends them is told that all is well, so that it neither retries nor complains."""
_RETRY_S: Final = 1


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    """What one request, and all of them together, may take."""

    body_bytes: int = 16 * 2**20
    """As sent."""
    unpacked_bytes: int = 32 * 2**20
    in_flight_bytes: int = 64 * 2**20
    """Bodies that are being read or wait for their turn."""
    body_timeout_s: float = 10.0
    """From a request's head to the end of its body."""
    write_every_s: float = 0.5


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s


class _Gone(Exception):
    """The client went away: there is nobody to answer."""


class OtlpReceiver:
    """The receiver. Mount it by `otlp_routes`, or use it as an ASGI application of its own; `close` writes what is left."""

    def __init__(self, intake: SpanIntake, decoders: Mapping[str, Decoder], *, tell: Tell, limits: ReceiverLimits | None = None) -> None:
        """`decoders`: by content type."""
        self.intake = intake
        self._decoders, self._tell = decoders, tell
        self._limits = limits or ReceiverLimits()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="goldfinch-otlp")
        self._in_flight = 0
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._keep_writing()
        headers = {name.lower(): value for name, value in reversed(scope["headers"])}
        form = _form(headers)
        try:
            await self._answer(scope, headers, form, receive, send)
        except _Refused as refused:
            self._tell(
                f"{refused.status} {refused.message[:60]}", f"{scope['path'][:60]!r} refused with {refused.status}: {refused.message}"
            )
            await _send_refusal(send, form or replies.JSON, refused)
        except _Gone:
            self._tell("gone", "a sender went away before its request had come whole; it will send it again")

    async def flush(self, *, everything: bool = False) -> None:
        """Write what is whole by now, or everything that is held."""
        await self._on_thread(lambda: self.intake.write_due(everything=everything))

    async def close(self) -> None:
        """Write everything that is held, whole or not, and end the thread. What still cannot be written is lost, and said so."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
            self._writing = None
        await self.flush(everything=True)
        self._thread.shutdown(wait=True)
        if self.intake.held:
            self._tell("lost", f"{self.intake.held} spans were received and could not be written")

    def _keep_writing(self) -> None:
        """The writer begins with the first request: whoever mounts the receiver cannot forget it."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_for_ever())

    async def _write_for_ever(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._limits.write_every_s)
                try:
                    await self.flush()
                except Exception as error:  # noqa: BLE001 - whatever it is, the next batch must still be written
                    self._tell("writer", f"what was received could not be read or written: {type(error).__name__}")
        finally:  # the loop ends, whether or not somebody called `close`: what is held must not end with it
            with suppress(RuntimeError):
                self._thread.submit(self.intake.write_due, everything=True).result()

    async def _on_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], form: str | None, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["method"] != "POST":
            raise _Refused(405, replies.UNIMPLEMENTED, "only POST is answered here")
        if form is None:
            raise _Refused(415, replies.INVALID_ARGUMENT, "the content type must be application/x-protobuf or application/json")
        if path.endswith(UNREAD):
            async with _Body(self, headers) as body:
                await body.read(receive, keep=False)
            await _send(send, 200, form, replies.taken(form, 0, ""))
            return
        async with _Body(self, headers) as body:
            written = await body.read(receive)
            encoding = headers.get(b"content-encoding", b"").decode("latin-1")
            accepted = await self._on_thread(lambda: self._take(written, encoding, form))
        if accepted.rejected:
            self._tell("rejected", f"{accepted.rejected} spans rejected: {accepted.why}")
        await _send(send, 200, form, replies.taken(form, accepted.rejected, accepted.why))

    def _take(self, written: bytes, encoding: str, form: str) -> Accepted:
        """On the thread: unpack, read, hold. Raises `_Refused`."""
        try:
            return self.intake.accept(self._decoders[form](unpacked(written, encoding, self._limits.unpacked_bytes)))
        except UnknownEncoding:
            raise _Refused(415, replies.INVALID_ARGUMENT, "the content encoding must be gzip, deflate or none") from None
        except TooLarge:
            message = f"the body unpacks to more than {self._limits.unpacked_bytes} bytes; send smaller batches"
            raise _Refused(413, replies.INVALID_ARGUMENT, message) from None
        except TooManySpans as error:
            raise _Refused(413, replies.INVALID_ARGUMENT, f"{error}; send smaller batches") from None
        except Damaged as error:
            raise _Refused(400, replies.INVALID_ARGUMENT, f"the body cannot be unpacked: {error}") from None
        except Unreadable as error:
            raise _Refused(400, replies.INVALID_ARGUMENT, str(error)) from None
        except NoRoom as full:
            message = "as many spans are held as fit; nothing of this request was taken"
            raise _Refused(429, replies.RESOURCE_EXHAUSTED, message, retry_after_s=full.retry_after_s) from None

    def reserve(self, size: int) -> None:
        """Count bytes of a body that is under way. Raises `_Refused`."""
        if self._in_flight + size > self._limits.in_flight_bytes:
            raise _Refused(429, replies.RESOURCE_EXHAUSTED, "too many requests at once", retry_after_s=_RETRY_S)
        self._in_flight += size

    def release(self, size: int) -> None:
        self._in_flight -= size

    @property
    def limits(self) -> ReceiverLimits:
        return self._limits


class _Body:
    """A request's body, from its first byte until it has been taken: counted among those in flight, bounded in size and time."""

    def __init__(self, receiver: OtlpReceiver, headers: Mapping[bytes, bytes]) -> None:
        self._receiver, self._most = receiver, receiver.limits.body_bytes
        self._size = 0
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > self._most:
            raise self._too_large()

    async def __aenter__(self) -> _Body:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._receiver.release(self._size)

    async def read(self, receive: Receive, *, keep: bool = True) -> bytes:
        """All of it. Raises `_Refused` and `_Gone`."""
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self._receiver.limits.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    part = message.get("body", b"")
                    self._grow(len(part))
                    if keep and part:
                        parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            seconds = self._receiver.limits.body_timeout_s
            raise _Refused(408, replies.DEADLINE_EXCEEDED, f"the body did not come within {seconds:g} s") from None

    def _grow(self, size: int) -> None:
        if self._size + size > self._most:
            raise self._too_large()
        self._receiver.reserve(size)
        self._size += size

    def _too_large(self) -> _Refused:
        return _Refused(413, replies.INVALID_ARGUMENT, f"the body has more than {self._most} bytes; send smaller batches")


def otlp_routes(receiver: OtlpReceiver) -> list[Any]:
    """Routes for a Starlette or FastAPI application: `app.router.routes.extend(otlp_routes(receiver))`."""
    from starlette.routing import Route

    return [Route(path, receiver, include_in_schema=False) for path in (TRACES, *UNREAD)]


def _form(headers: Mapping[bytes, bytes]) -> str | None:
    """The content type, as far as it is one of the two."""
    written = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
    if written == "application/protobuf":
        return replies.PROTOBUF
    return written if written in (replies.PROTOBUF, replies.JSON) else None


async def _send_refusal(send: Send, form: str, refused: _Refused) -> None:
    extra: list[tuple[bytes, bytes]] = []
    if refused.retry_after_s is not None:
        extra.append((b"retry-after", str(refused.retry_after_s).encode()))
    if refused.status == 405:
        extra.append((b"allow", b"POST"))
    if refused.status in (408, 413):
        extra.append((b"connection", b"close"))  # the rest of the body is not read
    await _send(send, refused.status, form, replies.refused(form, refused.code, refused.message), extra)


async def _send(send: Send, status: int, form: str, body: bytes, extra: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", form.encode()), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
