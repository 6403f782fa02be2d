"""Ports of the loopback interface."""

from __future__ import annotations

import socket
from collections.abc import Collection
from contextlib import closing

from goldfinch.core.deploy import codes
from goldfinch.core.rollout.failures import DeployFailed

HOST = "127.0.0.1"


def free_port(taken: Collection[int]) -> int:
    """A port that nobody listens at, and that is not among those given out already. Raises `DeployFailed` (E3211)."""
    for _ in range(64):
        with closing(socket.socket()) as trial:
            try:
                trial.bind((HOST, 0))
            except OSError as error:
                raise DeployFailed(f"no port is free: {error.strerror}", where=HOST, code=codes.NO_ROOM) from error
            port: int = trial.getsockname()[1]
        if port not in taken:
            return port
    raise DeployFailed("no port is free that is not given out already", where=HOST, code=codes.NO_ROOM)


def is_free(port: int) -> bool:
    """Whether a server could listen there now, as servers ask: old connections do not count."""
    with closing(socket.socket()) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True
