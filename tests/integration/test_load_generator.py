"""The load generator against real servers: a stall is seen as it was, and h2load sees the same."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.jobs.load_generator import REQUESTS, Quiet, check_load
from goldfinch.adapters.load.null_server import null_server
from goldfinch.adapters.load.request import PlainRequest, RequestTarget, payload_of
from goldfinch.bootstrap.bench import calibrate, means_of
from goldfinch.core.load.scenario import ClosedLoop, Scenario
from goldfinch.operations.engine.stopping import StopSignal


@pytest.mark.needs("h2load", package="nghttp2-client")
def test_a_stalling_target_looks_as_it_is_and_as_h2load_sees_it() -> None:
    """200 requests a second, 200 ms stall every two seconds: a tenth of all requests waits, so p95 and p99 are in the stall.

    A machine that is busy elsewhere moves either by more than is allowed, so one round of three has to agree. A generator that left
    out what it did not send would be off by 90 ms in each.
    """
    rounds = []
    for _ in range(3):
        found = check_load()
        assert found.sent == 2 * REQUESTS
        assert found.p95_apart is not None
        rounds.append((found.stall_seen, found.p95_apart))
        if found.stall_seen >= 0.95 and found.p95_apart <= 1:
            return
    pytest.fail(f"p99 by the stub's log and p95 by h2load were never matched: {rounds}")


async def test_the_null_server_answers_every_request_and_ends_with_its_user() -> None:
    async with null_server() as port:
        payload = payload_of("GET", "/", f"127.0.0.1:{port}", {}, None)
        target = RequestTarget(PlainRequest("null", "127.0.0.1", port, payload), timeout_s=10)
        async with target:
            scenario = Scenario("null", ClosedLoop(16), requests=5000, warmup=0)
            samples = await means_of(Quiet(), StopSignal()).generator(scenario, target).run()
        assert samples.answered == 5000
        assert target.connections == 16
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the kernel says that nobody listens
        await asyncio.open_connection("127.0.0.1", port)


async def test_calibration_tells_what_the_generator_can_do() -> None:
    found = await calibrate(means_of(Quiet(), StopSignal()))
    assert found.requests == 3000
    assert found.requests_per_second > 0
    assert 0 < found.p50_ms <= found.p99_ms
