"""The controller's lines as JSON, one object a line, on a stream such as the standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from goldfinch.core.redaction import Redactor


class JsonLinesLog:
    """ASCII only, so that nothing in a name or a message of others can command the terminal; known secrets are masked."""

    def __init__(self, stream: TextIO | None = None, redact: Redactor | None = None) -> None:
        self._stream = stream
        self._redact = redact or Redactor()

    def write(self, event: str, facts: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps(self._redact.value({"at": at, "event": event, **facts}), default=str)
        stream = self._stream or sys.stderr
        with suppress(OSError, ValueError):
            stream.write(line + "\n")
            stream.flush()
