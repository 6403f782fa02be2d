"""A health state as plain JSON values and back, bit for bit; what is not one is refused with one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, TypeVar

from goldfinch.core.health.counts import CountEvidence
from goldfinch.core.health.failures import HealthStateUnreadable
from goldfinch.core.health.fast_path import MAX_KEPT, Check
from goldfinch.core.health.interval import PairCounts
from goldfinch.core.health.mixing import Rows
from goldfinch.core.health.quantiles import Latencies, QuantileEvidence
from goldfinch.core.health.sample_ratio import SampleRatio
from goldfinch.core.health.scores import MAX_WAITING, ScoreEvidence, Sums, Waiting
from goldfinch.core.health.silence import Silence
from goldfinch.core.statistics.histogram import LogHistogram

if TYPE_CHECKING:
    from goldfinch.core.health.state import Evidence, HealthState

VERSION: Final = 1
_HINT = "abort the rollout and start it anew, or go back to the version that wrote it"
T = TypeVar("T")


def to_state(state: HealthState) -> dict[str, Any]:
    """Plain values; numbers are ints and finite floats."""
    return {
        "version": VERSION,
        "starts": list(state.starts),
        "metrics": {name: _evidence(evidence) for name, evidence in state.metrics.items()},
        "limits": {name: _rows(rows) for name, rows in state.limits.items()},
        "first_release": state.first_release,
        "step": state.step,
        "share": state.share,
        "intervals": state.intervals,
        "probe_intervals": state.probe_intervals,
        "measured_until": _moment(state.measured_until),
        "checks": [[check.step, check.end_s, check.canary_sessions, [_pair(pair) for pair in check.counts]] for check in state.checks],
        "silence": [
            state.silence.canary_expected, state.silence.canary_checks, state.silence.stable_expected, _moment(state.silence.stable_since),
        ],
        "sample_ratio": list(astuple(state.sample_ratio)),
        "unknown_since": _moment(state.unknown_since),
        "unknown_reason": state.unknown_reason,
        "safety": list(state.safety),
        "canary_sessions": state.canary_sessions,
        "stable_sessions": state.stable_sessions,
        "unpinned": state.unpinned,
    }  # fmt: skip


def from_state(saved: object) -> dict[str, Any]:
    """The fields of a health state. Raises `HealthStateUnreadable`."""
    if not isinstance(saved, Mapping) or saved.get("version") != VERSION:
        written = saved.get("version") if isinstance(saved, Mapping) else None
        raise HealthStateUnreadable(f"the saved evidence is of version {written!r:.40}, not {VERSION}", hint=_HINT)
    try:
        return _fields(saved)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise HealthStateUnreadable(f"the saved evidence is damaged: {error!r:.120}", hint=_HINT) from error


def _fields(saved: Mapping[str, Any]) -> dict[str, Any]:
    starts = _tuple_of(_count, saved["starts"])
    if not starts or list(starts) != sorted(set(starts)):
        raise ValueError("starts")
    silence, ratio = _list(saved["silence"], 4), _list(saved["sample_ratio"], 4)
    return {
        "starts": starts,
        "metrics": {_text(name): _read_evidence(each, len(starts)) for name, each in saved["metrics"].items()},
        "limits": {_text(name): _read_rows(rows, len(starts) + 1) for name, rows in saved["limits"].items()},
        "first_release": _flag(saved["first_release"]),
        "step": _count(saved["step"]),
        "share": _share(saved["share"]),
        "intervals": _count(saved["intervals"]),
        "probe_intervals": _count(saved["probe_intervals"]),
        "measured_until": _read_moment(saved["measured_until"]),
        "checks": tuple(_read_check(each) for each in _list(saved["checks"])[-MAX_KEPT:]),
        "silence": Silence(_number(silence[0]), _count(silence[1]), _number(silence[2]), _read_moment(silence[3])),
        "sample_ratio": _read_ratio(ratio),
        "unknown_since": _read_moment(saved["unknown_since"]),
        "unknown_reason": _text(saved["unknown_reason"]),
        "safety": _tuple_of(_text, saved["safety"]),
        "canary_sessions": _count(saved["canary_sessions"]),
        "stable_sessions": _count(saved["stable_sessions"]),
        "unpinned": _count(saved["unpinned"]),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    if isinstance(evidence, CountEvidence):
        return {"kind": "count", **_counted(evidence)}
    if isinstance(evidence, QuantileEvidence):
        return {
            "kind": "quantile",
            "rows": _rows(evidence.rows),
            "total": _pair(evidence.total),
            "stage": _pair(evidence.stage),
            "pooled": _both(evidence.pooled),
            "present": None if evidence.present is evidence.pooled else _both(evidence.present),
            "threshold_ms": evidence.threshold_ms,
        }
    return {
        "kind": "score",
        "rows": _rows(evidence.rows),
        "judge_failures": _counted(evidence.judge_failures),
        "total": list(astuple(evidence.total)),
        "stage": list(astuple(evidence.stage)),
        "earlier": [evidence.earlier, evidence.earlier_sum],
        "waiting": [[block.stratum, list(block.canary), list(block.stable)] for block in evidence.waiting],
    }


def _counted(evidence: CountEvidence) -> dict[str, Any]:
    return {"rows": _rows(evidence.rows), "total": _pair(evidence.total), "stage": _pair(evidence.stage)}


def _both(latencies: Latencies) -> list[dict[str, Any]]:
    return [latencies.canary.to_state(), latencies.stable.to_state()]


def _rows(rows: Rows) -> list[list[float]]:
    return [list(row) for row in rows]


def _pair(pair: PairCounts) -> list[int]:
    return [pair.canary_units, pair.canary_bad, pair.stable_units, pair.stable_bad]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_evidence(saved: Mapping[str, Any], starts: int) -> Evidence:
    kind = saved["kind"]
    if kind == "count":
        return _read_counted(saved, starts)
    if kind == "quantile":
        pooled = _read_latencies(saved["pooled"])
        return QuantileEvidence(
            _read_rows(saved["rows"], starts),
            _read_pair(saved["total"]),
            _read_pair(saved["stage"]),
            pooled,
            pooled if saved["present"] is None else _read_latencies(saved["present"]),
            None if saved["threshold_ms"] is None else _number(saved["threshold_ms"]),
        )
    if kind == "score":
        return _read_scored(saved, starts)
    raise ValueError(f"kind {kind!r:.40}")


def _read_scored(saved: Mapping[str, Any], starts: int) -> ScoreEvidence:
    earlier = _list(saved["earlier"], 2)
    return ScoreEvidence(
        _read_rows(saved["rows"], starts),
        _read_counted(saved["judge_failures"], starts),
        _read_sums(saved["total"]),
        _read_sums(saved["stage"]),
        max(1, _count(earlier[0])),
        _number(earlier[1]),
        tuple(_read_waiting(each) for each in _list(saved["waiting"])),
    )


def _read_counted(saved: Mapping[str, Any], starts: int) -> CountEvidence:
    return CountEvidence(_read_rows(saved["rows"], starts), _read_pair(saved["total"]), _read_pair(saved["stage"]))


def _read_rows(saved: Any, starts: int) -> Rows:
    rows = tuple(tuple(_finite(entry) for entry in _list(row)) for row in _list(saved, starts))
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError("rows of different lengths")
    return rows


def _read_pair(saved: Any) -> PairCounts:
    pair = PairCounts(*(_count(entry) for entry in _list(saved, 4)))
    if pair.canary_bad > pair.canary_units or pair.stable_bad > pair.stable_units:
        raise ValueError("more bad units than units")
    return pair


def _read_latencies(saved: Any) -> Latencies:
    canary, stable = _list(saved, 2)
    return Latencies(_read_histogram(canary), _read_histogram(stable))


def _read_histogram(saved: Mapping[str, Any]) -> LogHistogram:
    buckets = {_text(bucket): _count(count) for bucket, count in saved["buckets"].items()}
    if buckets and not 0 <= _number(saved["min"]) <= _number(saved["max"]):
        raise ValueError("the range of a histogram")
    if buckets:
        _number(saved["sum"])
    return LogHistogram.from_state({**saved, "buckets": buckets})


def _read_sums(saved: Any) -> Sums:
    canary, canary_sum, stable, stable_sum = _list(saved, 4)
    return Sums(_count(canary), _number(canary_sum), _count(stable), _number(stable_sum))


def _read_waiting(saved: Any) -> Waiting:
    stratum, canary, stable = _list(saved, 3)
    return Waiting(_count(stratum), _tuple_of(_share, canary)[:MAX_WAITING], _tuple_of(_share, stable)[:MAX_WAITING])


def _read_check(saved: Any) -> Check:
    step, end_s, sessions, pairs = _list(saved, 4)
    return Check(_count(step), _number(end_s), _count(sessions), _tuple_of(_read_pair, pairs))


def _read_ratio(saved: list[Any]) -> SampleRatio:
    ratio = SampleRatio(_count(saved[0]), _share(saved[1]), _count(saved[2]), _count(saved[3]))
    if ratio.canary > ratio.sessions:
        raise ValueError("more canary sessions than sessions")
    return ratio


def _read_moment(saved: Any) -> datetime | None:
    if saved is None:
        return None
    moment = datetime.fromisoformat(_text(saved))
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment


def _list(value: Any, length: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise ValueError(f"{value!r:.60} is no list of the right length")
    return value


def _tuple_of(read: Callable[[Any], T], saved: Sequence[Any]) -> tuple[T, ...]:
    return tuple(read(each) for each in _list(saved))


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r:.60} is no finite number")
    return float(value)


def _number(value: Any) -> float:
    if _finite(value) < 0:
        raise ValueError(f"{value!r:.60} is negative")
    return float(value)


def _share(value: Any) -> float:
    if _number(value) > 1:
        raise ValueError(f"{value!r:.60} is more than 1")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r:.60} is no count")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.60} is neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.60} is no text")
    return value
