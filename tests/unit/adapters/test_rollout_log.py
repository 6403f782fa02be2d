"""The controller's lines."""

from __future__ import annotations

import io
import json

from goldfinch.adapters.rollout_log import JsonLinesLog
from goldfinch.core.redaction import Redactor


def test_one_object_a_line_in_ascii_without_secrets() -> None:
    stream = io.StringIO()
    log = JsonLinesLog(stream, Redactor(["hunter2hunter2"]))
    log.write("rollout.held", {"rollout": "ro_1", "why": "größe \x1b[31m\nhunter2hunter2"})
    text = stream.getvalue()
    assert text.isascii()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    line = json.loads(text)
    assert (line["event"], line["rollout"]) == ("rollout.held", "ro_1")
    assert "hunter2" not in line["why"]


def test_a_stream_that_is_closed_or_full_stops_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    JsonLinesLog(stream).write("rollout.held", {})
