"""Benchmark results, comparisons and raw samples as files: written whole or not at all, read within limits and checked."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import msgspec

from goldfinch.adapters.files.atomic import atomic_file, atomic_text_file, write_atomically
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.load import codes, saturation
from goldfinch.core.load.quantiles import Quantile
from goldfinch.core.load.result import KIND, SCHEMA_VERSION, BenchmarkResult, Distribution, ScenarioResult
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.saturation import Saturation

MAX_BYTES = 32 * 2**20
"""A result takes some kilobytes a scenario; a thousand iterations of a hundred scenarios stay below this."""
MAX_REQUESTS = 10**11
Read = TypeVar("Read")
_AGAIN = "make it with 'goldfinch bench run --output FILE'"


class _Head(msgspec.Struct):
    schema_version: int = 0
    kind: str = ""


class _Format(NamedTuple):
    """A kind of file: its `kind`, the newest version that is read, its name in messages, and the command that makes it."""

    kind: str
    version: int
    name: str
    again: str


def read_benchmark(path: Path) -> BenchmarkResult:
    """The result in a file. Raises `ConfigurationError`: E2505 unreadable or contradicting itself, E2506 newer."""
    result = _decoded(path, BenchmarkResult, _Format(KIND, SCHEMA_VERSION, "benchmark result", _AGAIN))
    for problem in contradictions(result):
        raise _unreadable(path, f"contradicts itself: {problem}")
    return result


def read_saturation(path: Path) -> Saturation:
    """What `goldfinch bench saturate` wrote. Raises `ConfigurationError` as `read_benchmark` does."""
    again = "make it with 'goldfinch bench saturate --output FILE'"
    found = _decoded(path, Saturation, _Format(saturation.KIND, saturation.SCHEMA_VERSION, "result of a saturation search", again))
    rates = [probe.rate_per_s for probe in found.probes]
    if found.rate_per_s is not None:
        rates.append(found.rate_per_s)
        if not any(probe.holds and probe.rate_per_s == found.rate_per_s for probe in found.probes):
            raise _unreadable(path, "contradicts itself: no probe held at the rate that was found", again)
    if not all(rate > 0 and isfinite(rate) for rate in rates):
        raise _unreadable(path, "contradicts itself: a rate is no amount", again)
    return found


def _decoded(path: Path, kind: type[Read], form: _Format) -> Read:
    content = _content(path, form.again)
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.kind != form.kind:
            raise _unreadable(path, f"is no {form.name}", form.again)
        if head.schema_version > form.version:
            what = f"written by a newer Goldfinch (schema_version {head.schema_version}, this one reads up to {form.version})"
            raise ConfigurationError(what, where=str(path), hint="upgrade goldfinch-ci", code=codes.NEWER_RESULT)
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(path, f"damaged: {error}".replace("\n", " ")[:300], form.again) from error


def contradictions(result: BenchmarkResult) -> Iterator[str]:
    """What cannot be true of any benchmark: it was edited or is the work of another program."""
    names = [scenario.name for scenario in result.scenarios]
    if len(names) != len(set(names)):
        yield "two scenarios have one name"
    for scenario in result.scenarios:
        yield from (f"scenario {scenario.name[:100]!r}: {problem}" for problem in _scenario_contradictions(scenario))


def _scenario_contradictions(scenario: ScenarioResult) -> Iterator[str]:
    if not 0 <= scenario.answered <= scenario.requests <= MAX_REQUESTS:
        yield "more requests were answered than sent, or more sent than can be"
    if scenario.is_valid and not (scenario.answered and scenario.latency is not None and scenario.iterations):
        yield "it is valid and nothing was answered"
    if min(scenario.errors.values(), default=0) < 0 or scenario.answered + sum(scenario.errors.values()) != scenario.requests:
        yield "answered requests and errors do not add up"
    if sum(one.requests for one in scenario.iterations) != scenario.requests:
        yield "the iterations do not add up"
    if sum(one.answered for one in scenario.iterations) != scenario.answered:
        yield "the iterations do not add up"
    if not _is_amount(scenario.throughput.value):
        yield "the throughput is no amount"
    if scenario.latency is not None and not scenario.answered <= scenario.latency.count <= scenario.requests:
        yield "latencies do not fit the requests"
    named = ("latency", "service", "first_token", "gaps", "provider", "overhead")
    for name in named:
        found: Distribution | None = getattr(scenario, name)
        if found is not None and not _is_ordered(found):
            yield f"the percentiles of {name} are no percentiles"


def _is_ordered(found: Distribution) -> bool:
    quantiles = (found.p50, found.p90, found.p95, found.p99)
    values = [one.value for one in quantiles]
    bounded = all(map(_is_bounded, quantiles))
    return bounded and found.count > 0 and values == sorted(values) and values[-1] <= found.max and _is_amount(found.max, signed=True)


def _is_bounded(one: Quantile) -> bool:
    return (one.low is None or one.low <= one.value) and (one.high is None or one.high >= one.value) and isfinite(one.value)


def _is_amount(value: float, *, signed: bool = False) -> bool:
    return isfinite(value) and (signed or value >= 0)


def write_json(path: Path, value: Any) -> None:
    """Write or replace a result as JSON, folders on the way included. Raises `InfrastructureError` (E2507)."""
    content = msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise _not_written(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write or replace a report. Raises `InfrastructureError` (E2507)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as out:
            out.write(text)
    except OSError as error:
        raise _not_written(path, error) from error


class SamplesFile:
    """Raw samples, JSON Lines, a line for each iteration of a scenario. Takes the place of `path` when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._context: Any = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> SamplesFile:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._context = atomic_file(self._path)
            self._file = self._context.__enter__()
        except OSError as error:
            raise _not_written(self._path, error) from error
        return self

    def keep(self, scenario: str, iteration: int, samples: Samples) -> None:
        """Times are rounded to microseconds."""
        assert self._file is not None
        columns = {
            "scenario": scenario,
            "iteration": iteration,
            "intended_ms": _rounded(samples.intended_ms),
            "sent_ms": _rounded(samples.sent_ms),
            "done_ms": _rounded(samples.done_ms),
            "outcomes": samples.outcomes,
            "first_token_ms": _rounded(samples.first_token_ms),
            "provider_ms": _rounded(samples.provider_ms),
            "cost_usd": samples.cost_usd,
            "gaps_ms": _rounded(samples.gaps_ms),
            "lag_ms": _rounded(samples.lag_ms),
        }
        try:
            self._file.write(msgspec.json.encode(columns) + b"\n")
        except OSError as error:
            raise _not_written(self._path, error) from error

    def __exit__(self, *raised: Any) -> None:
        try:
            self._context.__exit__(*raised)
        except OSError as error:
            raise _not_written(self._path, error) from error


def benchmark_schemas(others: dict[str, tuple[type, str]]) -> dict[str, dict[str, Any]]:
    """JSON Schemas (draft 2020-12) of a benchmark result and of `others`, by name."""
    words = "A benchmark result of `goldfinch bench run`: every scenario with percentiles, intervals, errors, and whether it is valid."
    kinds = {"benchmark": (BenchmarkResult, words), **others}
    return {name: schema_of(kind, text, version=SCHEMA_VERSION) for name, (kind, text) in kinds.items()}


def _rounded(values: list[Any]) -> list[Any]:
    return [None if value is None else round(value, 3) for value in values]


def _content(path: Path, again: str) -> bytes:
    try:
        with SourceFile(path, str(path)).open() as file:
            content = file.read(MAX_BYTES + 1)
    except Unreadable as error:
        raise ConfigurationError(error.what, where=str(path), hint=again, code=codes.UNREADABLE_RESULT) from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror or error})", again) from error
    if len(content) > MAX_BYTES:
        raise _unreadable(path, f"is longer than {MAX_BYTES} bytes: no benchmark result", again)
    return content


def _unreadable(path: Path, what: str, again: str = _AGAIN) -> ConfigurationError:
    return ConfigurationError(what, where=str(path), hint=again, code=codes.UNREADABLE_RESULT)


def _not_written(path: Path, error: OSError) -> InfrastructureError:
    return InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE)
