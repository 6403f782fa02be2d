"""Logs: one JSON object a line, with the release, without secrets. What users ask and what the agent answers is never in them."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog
from pydantic_core import to_json

from src.telemetry.redaction import Redactor

_OWN = frozenset({"uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"})


class Logs:
    """`info(event, **fields)` and the like; the logger of one application, nothing is configured for the whole process."""

    def __init__(self, release_id: str, redact: Redactor, stream: TextIO | None = None) -> None:
        self._redact = redact
        self._release = release_id
        self.logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            _Lines(stream or sys.stdout),
            processors=[
                structlog.processors.add_log_level,
                self._stamped,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                self._written,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            context_class=dict,
        )

    def info(self, event: str, **fields: Any) -> None:
        self.logger.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        self.logger.warning(event, **fields)

    def failure(self, event: str, error: BaseException, **fields: Any) -> None:
        """Log an unexpected error by its type and where it was raised; its message may hold what a user wrote, so it stays out."""
        self.logger.error(event, error_type=type(error).__qualname__, frames=frames_of(error), **fields)

    def take_standard_logging(self) -> None:
        """Let the lines of libraries (the server's, the exporter's) through the same door, from warnings on."""
        handler = _Handler(self)
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
        for name in _OWN:
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True

    def _stamped(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["release_id"] = self._release
        return event

    def _written(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        return to_json(self._redact.value(event), inf_nan_mode="null", fallback=str).decode()


class _Lines:
    """Writes lines. A log that nobody reads any more must not end the service."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    info = warning = error = msg


class _Handler(logging.Handler):
    def __init__(self, logs: Logs) -> None:
        super().__init__()
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, "message": " ".join(record.getMessage().split("\n", 1)[0].split())[:500]}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= {"error_type": type(record.exc_info[1]).__qualname__, "frames": frames_of(record.exc_info[1])}
        log = self._logs.logger.error if record.levelno >= logging.ERROR else self._logs.logger.warning
        log("library", **fields)


def frames_of(error: BaseException, limit: int = 12) -> list[str]:
    """Where an error was raised, innermost last: `module.py:12 function`. Neither values nor source lines."""
    frames = traceback.extract_tb(error.__traceback__)[-limit:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
