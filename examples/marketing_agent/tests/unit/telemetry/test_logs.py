from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from src.telemetry.logs import Logs, frames_of
from src.telemetry.redaction import Redactor


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logs(stream: io.StringIO) -> Iterator[Logs]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield Logs("good-test", Redactor(), stream)
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_level_time_and_release(logs: Logs, stream: io.StringIO) -> None:
    logs.info("started", port=8000, ratio=float("nan"), path=object)
    [line] = lines(stream)
    assert (line["event"], line["level"], line["release_id"], line["port"], line["ratio"]) == ("started", "info", "good-test", 8000, None)
    assert str(line["timestamp"]).endswith("Z")


def test_secrets_and_addresses_are_masked_wherever_they_stand(logs: Logs, stream: io.StringIO) -> None:
    logs.warning("told", texts=["jane.doe@example.com", {"url": "redis://u:pw123456@host/0"}], api_key="x", token="y", input_tokens=3)
    [line] = lines(stream)
    assert line["texts"] == ["[redacted]", {"url": "redis://[redacted]@host/0"}]
    assert (line["api_key"], line["token"], line["input_tokens"]) == ("[redacted]", "[redacted]", 3)


def test_lines_of_libraries_are_json_too_and_their_exceptions_have_no_message(logs: Logs, stream: io.StringIO) -> None:
    logs.take_standard_logging()
    logger = logging.getLogger("some.library")
    logger.info("not told")
    logger.warning("refused Bearer %s\nsecond line", "abcdefgh12345678")
    try:
        raise ValueError("what the user wrote")
    except ValueError:
        logger.exception("failed")
    [first, second] = lines(stream)
    assert (first["event"], first["logger"], first["message"]) == ("library", "some.library", "refused Bearer [redacted]")
    assert (second["error_type"], second["level"], second["release_id"]) == ("ValueError", "error", "good-test")
    assert "what the user wrote" not in stream.getvalue()


def test_frames_name_places_without_values() -> None:
    secret = "hunter2"
    try:
        int(secret)
    except ValueError as error:
        frames = frames_of(error)
    assert len(frames) == 1
    assert frames[0].startswith("test_logs.py:")


def test_a_log_that_nobody_reads_any_more_is_no_error(stream: io.StringIO) -> None:
    logs = Logs("good-test", Redactor(), stream)
    stream.close()
    logs.info("told")
