"""Traffic through `goldfinch proxy` while a rollout moves: constant load and open SSE streams, 10 -> 50 -> 100 %, and back from 50 %.

    python -m benchmarks.rollout_traffic --rounds 10

Reported: requests and streams, how many failed or were cut, and the time from the decision (weight 0 is asked for) until the router has
read weight 0 back and every proxy has acknowledged it. The bars: nothing failed, nothing cut; the median is at most one second.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.testing.traffic_router_contract import CANARY, STABLE
from tests.envoy_world import Client, World, world

RATE = 250.0
STREAMS = 20
BAR_S = 1.0
_CLIENTS = 10


@dataclass
class Traffic:
    """What clients saw."""

    requests: int = 0
    failed: list[str] = field(default_factory=list)
    streams: int = 0
    cut: list[str] = field(default_factory=list)
    shifts_s: list[float] = field(default_factory=list)
    """From asking for a weight above 0 to reading it back."""
    way_back_s: list[float] = field(default_factory=list)
    """From asking for weight 0 to reading it back."""
    seconds: float = 0.0


async def measure(folder: Path, *, rounds: int, hold_s: float, rate: float = RATE) -> Traffic:
    """`rounds` rollouts to 100 %, each followed by one that goes back from 50 %; every step is held for `hold_s`."""
    seen = Traffic()
    async with world(folder) as proxy:
        await proxy.router("ro_begin").set_canary_weight(0, canary=CANARY, stable=STABLE)
        over = asyncio.Event()
        began = time.perf_counter()
        load = [asyncio.ensure_future(_load(proxy.client(), seen, over, rate / _CLIENTS)) for _ in range(_CLIENTS)]
        streams = [asyncio.ensure_future(_stream(proxy.client(), seen)) for _ in range(STREAMS)]
        await asyncio.sleep(hold_s)
        for number in range(rounds):
            for percent in (10, 50, 100):
                seen.shifts_s.append(await _shift(proxy, f"ro_{number}_good", percent, hold_s))
            streams += [asyncio.ensure_future(_stream(proxy.client(), seen)) for _ in range(2)]  # on the canary, over the way back
            await _shift(proxy, f"ro_{number}_bad", 50, hold_s)
            seen.way_back_s.append(await _shift(proxy, f"ro_{number}_bad", 0, hold_s))
        over.set()
        await asyncio.gather(*load)
        for agent in (proxy.canary, proxy.stable):
            agent.finish_streams.set()
        await asyncio.gather(*streams)
        seen.seconds = time.perf_counter() - began
    return seen


async def _shift(proxy: World, rollout: str, percent: int, hold_s: float) -> float:
    router = proxy.router(rollout)
    began = time.perf_counter()
    sessions = SessionsOnRollback.BREAK if percent == 0 else None
    await router.set_canary_weight(percent, canary=CANARY, stable=STABLE, sessions=sessions)
    while not ((view := await router.view()).canary_percent == percent and view.acknowledged):
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    await asyncio.sleep(hold_s)
    return took


async def _load(client: Client, seen: Traffic, over: asyncio.Event, rate: float) -> None:
    """Turn after turn at a constant rate: what was missed while an answer was late is made up for."""
    next_at = time.perf_counter()
    session: dict[str, str] = {}
    while not over.is_set():
        next_at += 1 / rate
        seen.requests += 1
        try:
            reply = await client.ask("/turn", method="POST", **session)
        except (OSError, EOFError) as error:
            seen.failed.append(repr(error))
            continue
        if reply.status != 200:
            seen.failed.append(str(reply.status))
        session = {"x-session-id": reply.headers["x-session-id"]} if seen.requests % 3 and reply.status == 200 else {}
        await asyncio.sleep(max(0.0, next_at - time.perf_counter()))


async def _stream(client: Client, seen: Traffic) -> None:
    seen.streams += 1
    try:
        reply = await client.ask("/stream")
    except (OSError, EOFError) as error:
        seen.cut.append(repr(error))
        return
    if reply.status != 200 or not reply.body.endswith(b"data: [DONE]\n\n"):
        seen.cut.append(f"{reply.status}, {len(reply.body)} bytes")


def main() -> int:
    """0: both bars are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="rollouts to 100 %%, and ways back")
    parser.add_argument("--hold", type=float, default=1.0, help="seconds at every step")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(measure(Path(folder), rounds=options.rounds, hold_s=options.hold))
    print(
        f"{seen.requests} requests in {seen.seconds:.1f} s ({seen.requests / seen.seconds:.0f}/s): {len(seen.failed)} failed {seen.failed[:3]}"
    )
    print(f"{seen.streams} streams: {len(seen.cut)} cut {seen.cut[:3]}")
    for name, times in (("weight 0", seen.way_back_s), ("other weights", seen.shifts_s)):
        print(f"decision to verified {name}: median {median(times) * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms, n = {len(times)}")
    return int(bool(seen.failed or seen.cut) or median(seen.way_back_s) > BAR_S)


if __name__ == "__main__":
    raise SystemExit(main())
