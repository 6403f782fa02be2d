"""What the proxy is started with. None of it changes while traffic moves: a change takes effect when the proxy is started anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import NamedTuple

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[0-9.]*):(?P<port>\d{1,5})")


class ListenAddress(NamedTuple):
    """Where the agent's users connect."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def listen_address(text: str) -> ListenAddress:
    """`127.0.0.1:8080`, `[::1]:8080`, or `:8080` for every address of IPv4. Raises `ValueError` in words."""
    match = _ADDRESS.fullmatch(text.strip())
    host = match["host"].strip("[]") or "0.0.0.0" if match is not None else ""  # noqa: S104 - what `:8080` asks for  # nosec B104
    if match is None or not 1 <= int(match["port"]) <= 65535 or not _is_address(host):
        raise ValueError(f"{text[:80]!r} is no IP address and port, such as 127.0.0.1:8080 or [::1]:8080")
    return ListenAddress(host, int(match["port"]))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """Of one proxy."""

    listen: ListenAddress
    max_connections: int = 10_000
    idle_timeout: timedelta = timedelta(minutes=5)
    """Silence in either direction after which a stream is cut."""
    first_byte_timeout: timedelta = timedelta(minutes=2)
    """From the end of a request to the first byte of the answer."""
    request_timeout: timedelta = timedelta(minutes=1)
    """To receive a whole request: slower clients are refused."""
    dead_man: timedelta = timedelta(minutes=10)
    drain: timedelta = timedelta(seconds=30)
    """After SIGTERM, for open requests and streams to end."""
    concurrency: int | None = None
    log_segment_bytes: int = 64 * 2**20
    log_segments: int = 32
    """Numbered segments of the access log that are kept."""
