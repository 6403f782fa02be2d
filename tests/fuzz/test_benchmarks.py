"""Whatever bytes a benchmark result or an HTTP response holds, its reader gives sound values or its own error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from goldfinch.adapters.files.benchmarks import read_benchmark
from goldfinch.adapters.load.response import ResponseInvalid, ResponseReader
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.load.evidence import BenchSummary
from goldfinch.core.load.report import markdown, terminal_lines
from goldfinch.core.load.stored import against_stored
from tests.benchmark_results import result
from tests.fuzz.test_readers import bytes_like, may_refuse

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

VALID = msgspec.json.encode(result(iterations=5, requests=8))
RESPONSES = (
    b"HTTP/1.1 200 OK\r\nServer-Timing: provider;dur=5\r\nContent-Length: 11\r\n\r\nhello world",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=1\r\nworld\r\n0\r\nTrailer: 1\r\n\r\n",
    b"HTTP/1.0 204 No Content\r\n\r\n",
)


def test_any_result_is_sound_or_a_named_refusal_and_never_a_traceback(fuzz: Fuzz, tmp_path: Path) -> None:
    path = tmp_path / "result.json"

    @fuzz(600, bytes_like(VALID))
    def _(content: bytes) -> None:
        path.write_bytes(content)
        with may_refuse(ConfigurationError):
            read = read_benchmark(path)
            for one, other in ((read, result()), (result(), read), (read, read)):
                assert markdown(one, against_stored(one, other))
            assert all("\x1b" not in line for line in terminal_lines(read))
            summary = BenchSummary.of(read)
            assert summary.p95_latency_ms is None or isfinite(summary.p95_latency_ms)


def test_any_bytes_are_a_response_or_refused_wherever_they_are_cut(fuzz: Fuzz) -> None:
    @fuzz(600, bytes_like(*RESPONSES), st.integers(0, 100))
    def _(content: bytes, cut: int) -> None:
        reader = ResponseReader(keep_body=True)
        with suppress(ResponseInvalid):
            if not reader.feed(content[:cut]):
                reader.feed(content[cut:])
            assert reader.status == 0 or 200 <= reader.status <= 999
        assert len(reader.body) <= len(content)
