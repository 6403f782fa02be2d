"""Find the highest rate at which a target keeps its objective."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.errors import InfrastructureError, UsageError
from goldfinch.core.load.codes import BAD_OPTION, NOTHING_MEASURED
from goldfinch.core.load.quantiles import LEAST_REQUESTS, quantile
from goldfinch.core.load.result import Calibration
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.saturation import Saturation, Search
from goldfinch.core.load.scenario import Arrivals, OpenLoop, Scenario
from goldfinch.core.load.summary import summarise
from goldfinch.operations.bench import Aimed, Means, measure
from goldfinch.ports.load_target import LoadTarget

MOST_ERRORS = 0.01
"""Share of failed requests beyond which a rate does not hold."""


async def find_saturation(
    scenario: Scenario, target: LoadTarget, *, lowest: float, highest: float, seconds: float, means: Means, calibration: Calibration
) -> Saturation:
    """Probe rates with an open loop, each for `seconds` and at least 200 requests; ends early where the generator is the limit."""
    objective = scenario.objective.p95_ms
    if objective is None:
        raise UsageError("there is no objective to hold", hint="give --p95-ms, or objective.p95_ms", code=BAD_OPTION)
    search, problems = Search(lowest, highest), tuple[str, ...]()
    async with target:
        while (rate := search.next_rate) is not None and not problems:
            probe = _at(scenario, rate, seconds)
            samples = await measure(Aimed(probe, target), len(search.probes), means, len(search.probes) + 1)
            if means.stop.requested:
                raise InfrastructureError("interrupted before the search was over", where=scenario.name, code=NOTHING_MEASURED)
            why_not = _why_not(samples, objective)
            if why_not is None or "errors" not in why_not:
                problems = summarise(probe, target.name, [samples], calibration).problems
            search = search.after(why_not is None, why_not or f"p95 {_p95(samples):,.1f} ms")
            means.progress.note(f"{rate:,.1f}/s {'holds' if why_not is None else 'does not hold'}: {search.probes[-1].reason}")
    found = None if problems else search.found
    return Saturation(
        scenario.name,
        target.name,
        objective,
        found,
        search.at_limit and not problems,
        search.probes,
        LEAST_REQUESTS[0.95],
        problems,
    )


def _at(scenario: Scenario, rate: float, seconds: float) -> Scenario:
    load = scenario.load
    arrivals = load.arrivals if isinstance(load, OpenLoop) else Arrivals.POISSON
    most = load.max_in_flight if isinstance(load, OpenLoop) else 512
    requests = max(LEAST_REQUESTS[0.95], round(rate * seconds))
    return replace(scenario, load=OpenLoop(rate, arrivals, max_in_flight=most), requests=requests)


def _why_not(samples: Samples, objective: float) -> str | None:
    """Why the rate does not hold; None where it does."""
    failed = len(samples) - samples.answered
    if failed > MOST_ERRORS * len(samples):
        return f"{failed} of {len(samples)} requests ended in errors"
    p95 = _p95(samples)
    if p95 > objective:
        return f"p95 {p95:,.1f} ms is above {objective:g} ms"
    return None


def _p95(samples: Samples) -> float:
    ordered = sorted(samples.latencies_ms)
    return quantile(ordered, 0.95) if ordered else float("inf")
