"""What Prometheus reads: requests, how long they took, what they cost, which tools failed. Every series carries the release."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector  # type: ignore[no-untyped-call, unused-ignore]

from src.domain import Result

FIRST_BUCKET_S, LAST_BUCKET_S, BUCKETS = 0.001, 10.0, 37


def latency_buckets() -> tuple[float, ...]:
    """37 bounds from 1 ms to 10 s, each 1.29 times the one before: a quantile read from them is at most 29 % too high."""
    ratio = (LAST_BUCKET_S / FIRST_BUCKET_S) ** (1 / (BUCKETS - 1))
    return tuple(round(FIRST_BUCKET_S * ratio**place, 6) for place in range(BUCKETS))


class Metrics:
    """The series of one application, in a registry of its own."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, release_id: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call, unused-ignore]  # a series beside each counter that says when it began; nobody reads them
        self._release = release_id
        self.registry = CollectorRegistry()
        registry = self.registry
        requests = Counter("marketing_agent_requests", "Requests answered.", ["release", "route", "status"], registry=registry)
        durations = Histogram(
            "marketing_agent_request_duration_seconds",
            "From the request's arrival to the end of its answer.",
            ["release", "route"],
            buckets=latency_buckets(),
            registry=registry,
        )
        tokens = Counter("marketing_agent_tokens", "Tokens of models.", ["release", "direction"], registry=registry)
        tools = Counter("marketing_agent_tool_calls", "Calls of tools.", ["release", "tool", "outcome"], registry=registry)
        tool_errors = Counter("marketing_agent_tool_errors", "Calls of tools that failed.", ["release", "tool"], registry=registry)
        self._requests, self._durations, self._tokens, self._tools, self._tool_errors = requests, durations, tokens, tools, tool_errors
        self._cost = Counter("marketing_agent_cost_usd", "US dollars that tasks cost.", ["release"], registry=registry).labels(release_id)
        self._tasks = Counter("marketing_agent_tasks", "Tasks by how they ended.", ["release", "outcome"], registry=registry)
        self._in_flight = Gauge(
            "marketing_agent_in_flight", "Tasks at work now.", ["release"], registry=registry, multiprocess_mode="livesum"
        ).labels(release_id)

    def request_ended(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(self._release, route, str(status)).inc()
        self._durations.labels(self._release, route).observe(seconds)

    def task_started(self) -> None:
        self._in_flight.inc()

    def task_ended(self, outcome: str) -> None:
        self._in_flight.dec()
        self._tasks.labels(self._release, outcome).inc()

    def answered(self, result: Result) -> None:
        """Count what a finished task took, and how its tools fared."""
        self._tokens.labels(self._release, "input").inc(result.usage.input_tokens)
        self._tokens.labels(self._release, "output").inc(result.usage.output_tokens)
        self._cost.inc(result.total_cost)
        for step in result.reasoning_steps:
            if step.observation is not None:
                failed = step.observation.error is not None
                self._tools.labels(self._release, step.observation.tool, "error" if failed else "ok").inc()
                if failed:
                    self._tool_errors.labels(self._release, step.observation.tool).inc()

    def page(self) -> bytes:
        """The text that Prometheus scrapes; with several worker processes, the sum over all of them."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call, unused-ignore]
        return generate_latest(together)
