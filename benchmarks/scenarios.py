"""The comparisons: which jobs run side by side, on how many cases, at which latency and concurrency."""

from __future__ import annotations

from benchmarks.harness import Job, Scenario

RAW = Job("raw asyncio streams (uvloop)", "floor_raw_streams", loop="uvloop")
AIOHTTP = Job("bare aiohttp", "floor_aiohttp")
AIOHTTP_UVLOOP = Job("bare aiohttp (uvloop)", "floor_aiohttp", loop="uvloop")
SDK = Job("bare openai SDK", "floor_openai_sdk")
WORKERS = Job("bare asyncio workers", "floor_workers")
GOLDFINCH = Job("goldfinch", "goldfinch_openai", durable=True)
GOLDFINCH_UVLOOP = Job("goldfinch (uvloop)", "goldfinch_openai", loop="uvloop", durable=True)
GOLDFINCH_TRACED = Job("goldfinch, traced", "goldfinch_traced", durable=True, traced=True)
GOLDFINCH_TRACED_UVLOOP = Job("goldfinch, traced (uvloop)", "goldfinch_traced", loop="uvloop", durable=True, traced=True)
GOLDFINCH_SDK = Job("goldfinch + openai SDK", "goldfinch_sdk", durable=True)
GOLDFINCH_CALLABLE = Job("goldfinch", "goldfinch_callable", durable=True)
PYDANTIC_EVALS = Job("pydantic-evals", "peer_pydantic_evals")
PROMPTFOO = Job("promptfoo", "peer_promptfoo")
INSPECT = Job("Inspect AI", "peer_inspect", slow=True)
DEEPEVAL = Job("DeepEval", "peer_deepeval", slow=True)

FLOORS = (RAW, AIOHTTP, AIOHTTP_UVLOOP)
OURS = (GOLDFINCH, GOLDFINCH_UVLOOP)
TRACED = (GOLDFINCH, GOLDFINCH_TRACED, GOLDFINCH_TRACED_UVLOOP, GOLDFINCH_UVLOOP)
PAIRED_ROUNDS = 16
"""Two runs of one and the same job differ by 8 % (standard deviation of their ratio): the median of 16 is within about 2.5 %."""
SLOW_PEERS = (DEEPEVAL, INSPECT)


def scenarios(*, ours: bool, peers: bool, promptfoo: bool, slow_peers: bool) -> tuple[Scenario, ...]:
    """Every comparison, with the contenders asked for. The floors always run."""
    http = FLOORS + OURS * ours + (PYDANTIC_EVALS,) * peers + (PROMPTFOO,) * promptfoo + SLOW_PEERS * slow_peers
    in_process = (WORKERS, *(GOLDFINCH_CALLABLE,) * ours, *(PYDANTIC_EVALS,) * peers)
    return (
        Scenario("http-0ms", "2,000 cases over HTTP, 0 ms, concurrency 64", 2_000, 64, http, latency_ms=0.0),
        Scenario("http-200ms", "2,000 cases over HTTP, 200 ms, concurrency 256", 2_000, 256, http, latency_ms=200.0),
        *(on_top() if ours else ()),
        Scenario("in-process", "10,000 cases, async function in the process, concurrency 64", 10_000, 64, in_process),
        *(scale(10**exponent) for exponent in (4, 5, 6) if ours),
    )


def on_top() -> tuple[Scenario, ...]:
    """What something costs on top of something else, in pairs."""
    return (
        Scenario(
            "with-sdk", "the same with the openai SDK", 2_000, 256, (SDK, GOLDFINCH_SDK), latency_ms=200.0, least_rounds=PAIRED_ROUNDS
        ),
        Scenario("with-tracing", "0 ms, with a collector and without", 2_000, 64, TRACED, latency_ms=0.0, least_rounds=PAIRED_ROUNDS),
    )


def scale(cases: int) -> Scenario:
    return Scenario(f"scale-{cases}", f"{cases:,} cases, async function in the process, concurrency 64", cases, 64, (GOLDFINCH_CALLABLE,))


SCALE = tuple(scale(10**exponent).name for exponent in (4, 5, 6))
