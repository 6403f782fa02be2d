"""Comparisons of recorded runs of real agents, held against an independent bootstrap over cases (100,000 samples).

The runs ship in `examples/recorded_runs`, converted from the shared data by `convert.py`.
"""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from goldfinch.bootstrap.comparing import RunAt, compare_folders
from goldfinch.cli.evaluate import app as evaluate
from goldfinch.core.comparison.outcome import Change, Comparison, MetricChange

SAMPLES = 100_000
LEAST_CASES = 50
Column = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name in ("goldfinch", "finetuned", "airline"):
        config = root / "examples" / "recorded_runs" / f"{name}.yaml"
        result = CliRunner().invoke(evaluate, ["--config", str(config), "--output-dir", str(folder / name)])
        assert result.exit_code == 0, result.output
    return folder


def by_case(run: Path, metric: str) -> dict[str, float]:
    """A figure of a run with one trial, read without our reader."""
    figures: dict[str, float] = {}
    for line in (run / "results.jsonl").read_text().splitlines():
        record = json.loads(line)
        scores = {score["metric"]: score["value"] for score in record["scores"]}
        known = {
            **scores,
            "pass_rate": record["passed"],
            "cost_usd": record["cost_usd"],
            "latency_ms": record["latency_ms"],
            "token_count": None if record["input_tokens"] is None else record["input_tokens"] + record["output_tokens"],
            "step_count": record["steps"],
        }
        if known.get(metric) is not None:
            figures[record["case_id"]] = float(known[metric])
    return figures


def interval(values: Column, seed: int) -> tuple[float, float]:
    """99 % percentile interval of the mean."""
    drawn = np.random.default_rng(seed).integers(0, len(values), size=(SAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.005, 0.995])
    return float(low), float(high)


def by_bootstrap(before: dict[str, float], after: dict[str, float], *, higher_is_better: bool) -> Change | None:
    """The verdict that a bootstrap is sure of; None where its interval holds a boundary."""
    common = sorted(before.keys() & after.keys())
    first, second = (np.array([figures[case] for case in common]) for figures in (before, after))
    better = second - first if higher_is_better else first - second
    low, high = interval(better, 1)
    if high < 0 and better.mean() <= -0.05 * abs(first.mean()):
        return Change.REGRESSED
    if low > 0:
        return Change.IMPROVED
    above_margin, _ = interval(better + 0.05 * first, 2)
    return Change.NO_CHANGE if above_margin > 0 and high > 0 > low else None


@pytest.mark.parametrize(("first", "second"), [("goldfinch", "finetuned"), ("finetuned", "goldfinch")])
def test_verdicts_on_real_agents_agree_with_a_bootstrap_wherever_it_is_sure(runs: Path, first: str, second: str) -> None:
    found = compare_folders(RunAt(runs / first), RunAt(runs / second))
    agreed = [one.metric for one in found.metrics if is_borne_out(one, runs / first, runs / second)]
    assert {"latency_ms", "loops", "steps", "step_count", "token_count", "tool_errors"} & set(agreed)
    assert len(agreed) >= 4


def is_borne_out(one: MetricChange, first: Path, second: Path) -> bool:
    """Whether the bootstrap is sure; where it is, it must say the same."""
    if one.cases < LEAST_CASES:
        return False
    sure = by_bootstrap(by_case(first, one.metric), by_case(second, one.metric), higher_is_better=one.higher_is_better)
    assert sure in (None, one.change), f"{one.metric}: {one.change}, by bootstrap {sure}"
    return sure is not None


def single_trial(run: Path, trial: int, folder: Path) -> Path:
    """One of the trials of a run, as a run."""
    folder.mkdir()
    manifest = json.loads((run / "manifest.json").read_text()) | {"run_id": f"trial-{trial}", "trials": 1}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    records = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    chosen = [record | {"trial": 0, "trials": 1} for record in records if record["trial"] == trial]
    (folder / "results.jsonl").write_text("".join(json.dumps(record) + "\n" for record in chosen))
    return folder


def test_trials_of_one_and_the_same_agent_are_never_regressed_against_each_other(runs: Path, tmp_path: Path) -> None:
    trials = [single_trial(runs / "airline", trial, tmp_path / f"trial-{trial}") for trial in range(4)]
    found = [compare_folders(RunAt(first), RunAt(second)) for first, second in permutations(trials, 2)]
    assert len(found) == 12
    assert sum(bool(one.regressed) for one in found) == 0
    assert sum(is_worse_by_the_plain_rule(one) for one in found) == 5


def is_worse_by_the_plain_rule(comparison: Comparison) -> bool:
    one = comparison.metrics[0]
    assert one.difference is not None
    assert one.baseline is not None
    return one.difference < -0.05 * one.baseline
