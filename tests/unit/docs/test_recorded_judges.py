"""The recorded judges of LLMBar's MT-Bench pairs: our figures against a calculation that shares no code with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from goldfinch.adapters.files.labels import read_judgements, read_labels
from goldfinch.core.calibration.calibrate import Calibration, calibrate
from goldfinch.core.calibration.figures import Figure
from goldfinch.core.calibration.items import LabelKind
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


def graded_dialogues(shared_data: Path, folder: Path, judge: str) -> tuple[Path, Path]:
    """People's `engagingness` of 180 answers to 30 dialogues as labels; another of their grades, or the length, stands in for a judge."""
    rows = [json.loads(line) for line in (shared_data / "human_labels" / "topical_chat.jsonl").read_text().splitlines()]
    labels, judged = folder / "labels.jsonl", folder / "judged.jsonl"
    longest = max(len(row["response"]) for row in rows)
    with labels.open("w") as label_file, judged.open("w") as judge_file:
        for number, row in enumerate(rows):
            label = {"id": str(number), "input": row["dialogue_history"], "answer": row["response"], "cluster": row["item_id"]}
            label_file.write(
                json.dumps(label | {"label": row["human"]["engagingness"], "scale": [1, 3], "system": row["system_id"]}) + "\n"
            )
            said = (len(row["response"]), [0, longest]) if judge == "length" else (row["human"][judge], [1, 5])
            judge_file.write(json.dumps({"id": str(number), "judge": judge, "verdict": said[0], "scale": said[1]}) + "\n")
    return labels, judged


@pytest.mark.parametrize("judge", ["overall", "length"])
def test_grades_of_people_give_the_figures_of_an_independent_calculation(shared_data: Path, tmp_path: Path, judge: str) -> None:
    labels, judged = graded_dialogues(shared_data, tmp_path, judge)
    items = read_labels(labels)
    recorded = read_judgements(judged, items)
    found = calibrate(items, recorded, samples=200)
    human, score = np.array([item.label for item in items]), np.array([one.value for one in recorded], dtype=float)
    assert found.kind is LabelKind.ORDINAL
    assert (found.counts.judged, found.counts.clusters) == (180, 30)
    kappa, rank = found.figures.weighted_kappa, found.figures.spearman
    assert kappa is not None
    assert rank is not None
    chance = ((human[:, None] - score[None, :]) ** 2).mean()
    assert kappa.value == pytest.approx(1 - ((human - score) ** 2).mean() / chance)
    assert rank.value == pytest.approx(spearmanr(human, score).statistic)
    assert None not in (kappa.low, kappa.high, rank.low, rank.high)
    assert not found.may_gate


def test_length_as_a_judge_of_engagingness_is_found_out(shared_data: Path, tmp_path: Path) -> None:
    """It orders answers a good deal as people do, and follows nothing but length within every grade."""
    labels, judged = graded_dialogues(shared_data, tmp_path, "length")
    items = read_labels(labels)
    figures = calibrate(items, read_judgements(judged, items), samples=200).figures
    assert figures.spearman is not None
    assert figures.spearman.value is not None
    assert 0.4 < figures.spearman.value < 0.6
    assert figures.length_correlation.value == pytest.approx(1.0)
