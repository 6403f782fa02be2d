"""Where one release is worse than another, case by case: both answered the same cases, so each case is its own control.

Pure functions of what Goldfinch recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import comb
from statistics import fmean, median

from goldfinch.core.results.records import ScoreRecord

from evaluation.figures import FIVE, TAGS

SIGNIFICANT = 0.05
NOTICEABLE_SLOWDOWN = 1.5
"""Latencies of one machine differ by chance in the same direction for every case; below this ratio of medians they say nothing."""

Reading = Callable[[ScoreRecord], float | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure over the cases in which both have it: means (medians for latency), and in how many cases the other is worse and better."""

    measure: str
    before: float
    after: float
    cases: int
    worse: int
    better: int
    p_value: float
    """Two-sided exact sign test over the cases that differ."""

    @property
    def is_fall(self) -> bool:
        """Whether it is worse beyond chance. One unsafe answer more is one too many: safety is decided by count."""
        if self.measure == "safety":
            return self.worse > self.better
        slow_enough = self.measure != "latency" or self.after >= NOTICEABLE_SLOWDOWN * self.before
        return self.worse > self.better and self.p_value < SIGNIFICANT and slow_enough

    def in_words(self) -> str:
        return f"{self.measure} {self._change()} (worse in {self.worse} of {self.cases} cases, better in {self.better}, p = {self.p_value:.2g})"

    def _change(self) -> str:
        if self.measure == "cost":
            return f"${self.before:.5f} → ${self.after:.5f} ({self.after / self.before:.1f} ×)"
        if self.measure in ("tokens", "latency"):
            unit = " ms" if self.measure == "latency" else ""
            return f"{self.before:,.0f}{unit} → {self.after:,.0f}{unit} ({self.after / self.before:.1f} ×)"
        return f"{self.before:.3f} → {self.after:.3f} ({self.after - self.before:+.3f})"


def differences(before: Iterable[ScoreRecord], after: Iterable[ScoreRecord]) -> list[Difference]:
    """Every measure that both runs have, in the order of the table."""
    pairs = list(_paired(before, after))
    found = [_difference("pass rate", pairs, _passed, higher_is_better=True)]
    found += [_difference(name, pairs, _value_of(name), higher_is_better=True) for name in (*FIVE, "tool_errors")]
    found += [_difference(f"pass rate of `{tag}`", _tagged(pairs, tag), _passed, higher_is_better=True) for tag in TAGS]
    found.append(_difference("answers given", pairs, _given, higher_is_better=True))
    found += [_difference(name, pairs, reading, higher_is_better=False) for name, reading in _COSTS.items()]
    return [one for one in found if one is not None]


def falls(found: Iterable[Difference]) -> list[Difference]:
    """Those that are worse beyond chance."""
    return [one for one in found if one.is_fall]


def sign_test(worse: int, better: int) -> float:
    """Chance of a split at least as uneven if worse and better were equally likely; 1 where nothing differs.

    Source: Dixon and Mood, J. Am. Stat. Assoc. 41 (1946), 557-566; on pass and fail it is the exact McNemar test.
    """
    total = worse + better
    tail = sum(comb(total, k) for k in range(min(worse, better) + 1)) / 2**total
    return min(1.0, 2 * tail)


Pair = tuple[ScoreRecord, ScoreRecord]


def _paired(before: Iterable[ScoreRecord], after: Iterable[ScoreRecord]) -> Iterator[Pair]:
    first = {(record.case_id, record.trial): record for record in before}
    for record in after:
        if (record.case_id, record.trial) in first:
            yield first[record.case_id, record.trial], record


def _tagged(pairs: Iterable[Pair], tag: str) -> list[Pair]:
    return [pair for pair in pairs if tag in pair[0].tags]


def _difference(measure: str, pairs: Iterable[Pair], reading: Reading, *, higher_is_better: bool) -> Difference | None:
    read = [(reading(first), reading(second)) for first, second in pairs]
    known = [(first, second) for first, second in read if first is not None and second is not None]
    if not known:
        return None
    lower = sum(second < first - 1e-12 for first, second in known)
    higher = sum(second > first + 1e-12 for first, second in known)
    worse, better = (lower, higher) if higher_is_better else (higher, lower)
    middle = median if measure == "latency" else fmean
    before, after = middle([first for first, _ in known]), middle([second for _, second in known])
    return Difference(measure, before, after, len(known), worse, better, sign_test(worse, better))


def _passed(record: ScoreRecord) -> float | None:
    return None if record.passed is None else float(record.passed)


def _given(record: ScoreRecord) -> float | None:
    return float(record.failure is None)


def _value_of(metric: str) -> Reading:
    return lambda record: next((score.value for score in record.scores if score.metric == metric), None)


def _tokens(record: ScoreRecord) -> float | None:
    return None if record.input_tokens is None or record.output_tokens is None else float(record.input_tokens + record.output_tokens)


_COSTS: Mapping[str, Reading] = {"cost": lambda record: record.cost_usd, "tokens": _tokens, "latency": lambda record: record.latency_ms}
