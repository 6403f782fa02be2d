"""PostgreSQL, by psycopg 3. Every wait has an end: for the connection, for a lock, for a statement, for a network that is gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine

CONNECT_S = 5
LOCK_MS = 5_000
STATEMENT_MS = 30_000
IDLE_MS = 60_000
"""A transaction whose process hangs gives up its locks after this."""


def postgres_engine(url: URL) -> Engine:
    """Raises `ImportError` without psycopg. What the URL itself says about timeouts and options holds."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in _DEFAULTS.items() if name not in url.query},
        pool_pre_ping=True,  # a server that was restarted costs no failed transaction
    )


_DEFAULTS: dict[str, Any] = {
    "connect_timeout": CONNECT_S,
    "options": (
        f"-c lock_timeout={LOCK_MS} -c statement_timeout={STATEMENT_MS} -c idle_in_transaction_session_timeout={IDLE_MS} -c timezone=UTC"
    ),
    "application_name": "goldfinch",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
