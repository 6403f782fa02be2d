"""What stops a release: `goldfinch check` on its run, and `goldfinch compare` against the good release, as a pipeline calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import goldfinch as api
from goldfinch.adapters.files.comparison_file import read_comparison
from goldfinch.core.comparison.outcome import Change, Comparison, MetricChange

from evaluation.commands import goldfinch, settings_of
from evaluation.running import SETTINGS

COMPARISON = "comparison"
SHOULD: Mapping[str, tuple[str, str]] = {
    "wrong-math": ("ai_quality", "pass_rate"),
    "forgetful": (COMPARISON, "pass_rate"),
    "incomplete": (COMPARISON, "pass_rate"),
    "flaky-tool": (COMPARISON, "pass_rate"),
    "leaky": ("ai_quality", "safety"),
    "verbose-expensive": ("cost", "cost_increase"),
    "slow": ("performance", "p95_latency_ms"),
    "crashy": ("ai_quality", "pass_rate"),
}
"""The gate, or the comparison, that should stop each release, and the finding or metric for which."""
BENCHED = ("slow",)
"""Releases whose performance is measured. An agent that only computes keeps the load generator of its own process waiting: such a
benchmark calls itself invalid."""
BUDGET_USD = 20.0
"""Of further trials; the rules of the reference agent cost nothing, it is reckoned with their list price."""
_BENCH = {"load": {"concurrency": 16}, "requests": 40, "warmup": 0, "timeout_s": 60}
_ITERATIONS = 5


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that fails. `by` is a gate's name or `comparison`; `what` the finding's or the metric's."""

    by: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided about one release. `gates` are verdicts by gate; `exit_code` that of the check."""

    release: str
    check: str
    exit_code: int
    gates: Mapping[str, str]
    comparison: str
    trials: int
    """Trials a case on which the comparison rests; more than 1 where further ones were asked."""
    breaches: tuple[Breach, ...]
    worst_tag: str
    """The tag whose pass rate regressed the most, in words."""

    @property
    def stopped_by(self) -> tuple[str, ...]:
        """Gates that fail, and the comparison where it does, without repetition."""
        return tuple(dict.fromkeys(breach.by for breach in self.breaches))

    @property
    def is_stopped_as_it_should(self) -> bool:
        """The good release is not to be stopped at all."""
        if self.release not in SHOULD:
            return not self.breaches and self.check == "pass"
        return SHOULD[self.release] in {(breach.by, breach.what) for breach in self.breaches}


def judged(release: str, run: api.Evaluation, good: api.Evaluation, folder: Path) -> Judged:
    """Check `run` and compare it with that of the good release; what the commands write goes to `folder`.

    The good release is compared with nothing: it answers alike each time. Raises `GoldfinchError`.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    verdict, exit_code = _checked(release, run, good, folder)
    comparison = None if run.directory == good.directory else _compared(release, run, good, folder)
    return Judged(
        release=release,
        check=verdict["verdict"],
        exit_code=exit_code,
        gates={one["gate"]: one["verdict"] for one in verdict["outcomes"]},
        comparison="" if comparison is None else comparison.verdict.value,
        trials=0 if comparison is None else max((one.current_trials for one in comparison.metrics), default=0),
        breaches=(*_failures(verdict), *(() if comparison is None else _regressions(comparison))),
        worst_tag="" if comparison is None else worst_tag(comparison),
    )


def worst_tag(comparison: Comparison) -> str:
    """Empty where no tag's pass rate regressed."""
    fallen = [
        (one.difference or 0.0, tag, one)
        for tag, changes in comparison.slices.items()
        for one in changes
        if one.metric == "pass_rate" and one.change is Change.REGRESSED
    ]
    if not fallen:
        return ""
    _, tag, one = min(fallen, key=lambda each: each[:2])
    return f"`{tag}`: {_in_words(one)}"


def _checked(release: str, run: api.Evaluation, good: api.Evaluation, folder: Path) -> tuple[dict[str, Any], int]:
    to = folder / "verdict.json"
    gates = ["--gate", "ai_quality", "--gate", "cost"]
    if release in BENCHED:
        gates += ["--gate", "performance", "--benchmark", str(_benchmark(release, folder))]
    if run.directory != good.directory:
        gates += ["--baseline", str(good.directory.absolute())]
    code = goldfinch(
        *("check", "--results-dir", run.directory.absolute(), "--config", SETTINGS, "--history", folder / "gates.jsonl", "--output", to),
        *gates,
        folder=folder,
    )
    return json.loads(to.read_text(encoding="utf-8")), code


def _benchmark(release: str, folder: Path) -> Path:
    to = folder / "benchmark.json"
    bench = {"iterations": _ITERATIONS, "scenarios": [{"name": release, **_BENCH}]}
    goldfinch("bench", "run", "--config", settings_of(release, folder, bench=bench), "--output", to, folder=folder)
    return to


def _compared(release: str, run: api.Evaluation, good: api.Evaluation, folder: Path) -> Comparison:
    return compared(good, run, settings_of("good", folder), settings_of(release, folder), folder)


def compared(before: api.Evaluation, after: api.Evaluation, before_settings: Path, after_settings: Path, folder: Path) -> Comparison:
    """`goldfinch compare --further-trials`: 1 trial a case, 3 and 5 where a drop may be chance, each look at a third of the error."""
    to = folder.absolute() / "comparison.json"
    versions = [run.manifest.agent.version for run in (before, after)]
    goldfinch(
        *(
            "compare",
            before.directory.absolute(),
            after.directory.absolute(),
            "--output",
            to,
            "--further-trials",
            "--budget",
            str(BUDGET_USD),
        ),
        *("--config", after_settings, "--agent-version", versions[1] or ""),
        *("--baseline-config", before_settings, "--baseline-agent-version", versions[0] or ""),
        folder=folder,
    )
    return read_comparison(to)


def _failures(verdict: Mapping[str, Any]) -> Iterator[Breach]:
    for gate in verdict["outcomes"]:
        for finding in gate["findings"]:
            if finding["verdict"] == "fail":
                yield Breach(gate["gate"], finding["name"], finding["text"])


def _regressions(comparison: Comparison) -> Iterator[Breach]:
    for one in comparison.metrics:
        if one.gating and one.change is Change.REGRESSED:
            yield Breach(COMPARISON, one.metric, f"{one.metric} {_in_words(one)}")


def _in_words(one: MetricChange) -> str:
    p = "unknown" if one.p_worse_adjusted is None else f"{one.p_worse_adjusted:.2g}"
    return f"{one.difference or 0.0:+.3f} (n {one.cases}, p = {p})"
