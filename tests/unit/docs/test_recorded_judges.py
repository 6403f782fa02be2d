"""The recorded judges of LLMBar's MT-Bench pairs: our figures against a calculation that shares no code with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from goldfinch.adapters.files.labels import read_judgements, read_labels
from goldfinch.core.calibration.calibrate import Calibration, calibrate
from goldfinch.core.calibration.figures import Figure
from tools.recorded_judges import convert

JUDGES = ["ChatGPT/Vanilla_NoRules", "GPT-4/Vanilla_NoRules", "LLaMA2/Vanilla_NoRules", "PaLM2/Vanilla_NoRules"]


@pytest.fixture(scope="module")
def source(shared_data: Path) -> Path:
    return shared_data / "human_labels" / "llmbar_mtbench.jsonl"


def calibrated(source: Path, folder: Path, judge: str) -> Calibration:
    labels, judgements = convert(source, folder)
    items = read_labels(labels)
    recorded = [judgement for judgement in read_judgements(judgements, items) if judgement.judge == judge]
    return calibrate(items, recorded, samples=200)


def kappa(human: Any, judge: Any) -> float:
    table = np.histogram2d(human, judge, bins=2)[0] / len(human)
    by_chance = float(table.sum(axis=1) @ table.sum(axis=0))
    return float((np.trace(table) - by_chance) / (1 - by_chance))


def require(figure: Figure | None, hits: Any) -> None:
    """That `figure` is the share of `hits`, with scipy's Wilson interval."""
    assert figure is not None
    expected = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    assert figure.count == len(hits)
    assert figure.value == pytest.approx(hits.mean())
    assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("judge", JUDGES)
def test_the_figures_of_a_recorded_judge_are_those_of_an_independent_calculation(source: Path, tmp_path: Path, judge: str) -> None:
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    said = [(row["human_preferred"], row["judges"][judge]["winner"], row["judges"][judge]["winner_swapped"]) for row in rows]
    given = np.array([(human, first) for human, first, _ in said if first is not None])
    swapped = np.array([(human, second) for human, _, second in said if second is not None])
    both = np.array([entry for entry in said if None not in entry])
    decided = both[both[:, 1] == both[:, 2]]
    opposite = both[both[:, 1] != both[:, 2]]

    found = calibrated(source, tmp_path, judge)
    figures = found.figures
    require(figures.agreement, given[:, 0] == given[:, 1])
    require(figures.agreement_swapped, swapped[:, 0] == swapped[:, 1])
    require(figures.position_consistency, both[:, 1] == both[:, 2])
    require(figures.agreement_when_decided, decided[:, 0] == decided[:, 1])
    require(figures.first_shown, opposite[:, 1] == 1)
    require(figures.class_rates["a"], given[given[:, 0] == 1][:, 1] == 1)
    require(figures.class_rates["b"], given[given[:, 0] == 2][:, 1] == 2)
    assert figures.kappa.value == pytest.approx(kappa(given[:, 0], given[:, 1]))
    assert figures.kappa_swapped is not None
    assert figures.kappa_swapped.value == pytest.approx(kappa(swapped[:, 0], swapped[:, 1]))
    assert found.counts.failed == 200 - len(given)
    assert not found.may_gate


def test_asking_in_both_orders_makes_every_judge_better_on_what_it_decides(source: Path, tmp_path: Path) -> None:
    for judge in JUDGES:
        figures = calibrated(source, tmp_path, judge).figures
        assert figures.agreement_when_decided is not None
        assert (figures.agreement_when_decided.value or 0) > (figures.agreement.value or 0)


def test_the_table_of_the_guide_is_the_one_that_the_data_gives(root: Path, source: Path) -> None:
    page = (root / "docs/guides/judge-calibration.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- recorded judges: begin -->")[2].partition("<!-- recorded judges: end -->")[0].strip()
    made = subprocess.run([sys.executable, root / "tools/recorded_judges.py", "table", source], capture_output=True, text=True, check=True)
    assert shown == made.stdout.strip(), "run: tools/recorded_judges.py table DATA, and put it into the guide"
