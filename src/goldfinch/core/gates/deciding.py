"""One value against its threshold: the rule that all gates share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

from goldfinch.core.gates.evidence import Measured
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import Policy
from goldfinch.core.verdict import Verdict

OPEN = "inconclusive: "
"""Stands before every breach that the evidence does not carry (DESIGN, conventions)."""
ROUNDING = 1e-9
"""A sum of floats may miss its threshold by this much and still meet it: ten weights of 0.1 do not add up to 1 (C24)."""

TrialsToDecide = Callable[[Measured, float], int | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How strictly one gate judges: by the plain rule, and whether it must have evidence."""

    strict: bool
    required: bool

    @classmethod
    def of(cls, policy: Policy, gate: GateName, *, strict: bool) -> Terms:
        return cls(strict, gate in policy.required)

    def absent(self, name: str, what: str, *, advice: str = "") -> Finding:
        """Nothing was measured: open where the gate must have evidence, a failure by the plain rule, without a say else."""
        if not self.required:
            return Finding(name, Verdict.NEUTRAL, f"{what}: not measured", advice=advice)
        return self.open(Finding(name, Verdict.PASS, f"{what}: no data", advice=advice))

    def open(self, finding: Finding) -> Finding:
        """`finding` as a breach that the evidence does not carry; by the plain rule it fails."""
        if self.strict:
            return replace(finding, verdict=Verdict.FAIL)
        return replace(finding, verdict=Verdict.INCONCLUSIVE, text=f"{OPEN}{finding.text}")

    def unmeasured(self, gate: GateName) -> GateOutcome:
        """The outcome of a gate for which there is no evidence at all."""
        finding = Finding(gate.value, Verdict.NEUTRAL, f"{gate.shown.removesuffix(' Gate')}: not measured")
        return GateOutcome(gate, (self.open(finding) if self.required else finding,))


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, and the words for keeping and for missing it. `share`: the value lies between 0 and 1, or is none."""

    name: str
    what: str
    threshold: float
    breach: str
    holds: str
    at_least: bool = True
    share: bool = False
    where: str = ""

    def is_met(self, value: float) -> bool:
        """`not (x >= t)` and never `x < t`: of NaN both are false (C23)."""
        return value >= self.threshold - ROUNDING if self.at_least else value <= self.threshold + ROUNDING * max(1.0, abs(self.threshold))

    def is_missed_for_certain(self, measured: Measured) -> bool:
        """The whole interval is on the wrong side."""
        bound = measured.high if self.at_least else measured.low
        return bound is not None and isfinite(bound) and not self.is_met(bound)


def judge_value(limit: Limit, measured: Measured, terms: Terms, trials: TrialsToDecide | None = None, *, advice: str = "") -> Finding:
    """PASS at or beyond the threshold; FAIL where the whole interval misses it, or by the plain rule; else INCONCLUSIVE."""
    value = measured.value
    if value is None or not isfinite(value) or measured.count == 0:
        return terms.absent(limit.name, limit.what, advice=advice)
    finding = _described(limit, measured)
    if value < 0 or (limit.share and value > 1):
        words = f"{limit.what}: {value} is no {'share between 0 and 1' if limit.share else 'amount from 0'}"
        return terms.open(replace(finding, text=words))
    if limit.is_met(value):
        return finding
    if terms.strict or limit.is_missed_for_certain(measured):
        return replace(finding, verdict=Verdict.FAIL, text=limit.breach)
    more = None if trials is None else trials(measured, limit.threshold)
    return terms.open(replace(finding, text=limit.breach, more_trials=more, advice=_what_decides(more, measured)))


def judge_count(limit: Limit, value: float, terms: Terms) -> Finding:
    """Of a figure that was counted, not sampled: there is no chance in it, so a breach fails, and no interval is shown."""
    return replace(judge_value(limit, Measured(value, low=value, high=value), terms), low=None, high=None)


def neutral(finding: Finding) -> Finding:
    """The same without a say."""
    return replace(finding, verdict=Verdict.NEUTRAL, text=finding.text.removeprefix(OPEN), more_trials=None)


def _described(limit: Limit, measured: Measured) -> Finding:
    return Finding(
        limit.name,
        Verdict.PASS,
        limit.holds,
        value=measured.value,
        threshold=limit.threshold,
        low=measured.low,
        high=measured.high,
        count=measured.count,
        where=limit.where,
    )


def _what_decides(more: int | None, measured: Measured) -> str:
    if more is not None:
        return f"about {more} more trial{'' if more == 1 else 's'} would decide, if the value stays as it is"
    if measured.low is None:
        return "there is no interval: repeat it"
    return "too close to the threshold for trials to decide"
