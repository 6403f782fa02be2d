"""The recorded judges of LLMBar's MT-Bench pairs, held against people.

`python tools/recorded_judges.py convert llmbar_mtbench.jsonl FOLDER` writes labels.jsonl and judgements.jsonl for `goldfinch judge
calibrate`; `python tools/recorded_judges.py table llmbar_mtbench.jsonl` prints the table of docs/guides/judge-calibration.md. The data
(princeton-nlp/LLMBar, Dataset/Processed/MT-Bench) is not part of this repository.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goldfinch.adapters.files.labels import read_judgements, read_labels
from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.figures import Figure
from goldfinch.core.calibration.items import Half

_PREFERRED = {1: "a", 2: "b", None: None}


def convert(source: Path, folder: Path) -> tuple[Path, Path]:
    """Write the labels and the judgements of all recorded judges into `folder`; return both paths."""
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    labels, judgements = folder / "labels.jsonl", folder / "judgements.jsonl"
    labels.write_text("".join(f"{json.dumps(_label(row))}\n" for row in rows), encoding="utf-8")
    judgements.write_text("".join(f"{json.dumps(line)}\n" for row in rows for line in _judgements(row)), encoding="utf-8")
    return labels, judgements


def _label(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["item_id"],
        "input": row["instruction"],
        "answer_a": row["output_1"],
        "answer_b": row["output_2"],
        "preferred": _PREFERRED[row["human_preferred"]],
        "cluster": row["instruction"],
    }


def _judgements(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for judge, said in row["judges"].items():
        for key, swapped in (("winner", False), ("winner_swapped", True)):
            yield {"id": row["item_id"], "judge": judge, "verdict": _PREFERRED[said[key]], "swapped": swapped}


def table(source: Path) -> Iterator[str]:
    """A Markdown table, a line for each judge and each choice of labels."""
    yield "| Judge | Pairs | Agreement | Kappa | Same in both orders | One winner in both orders: agreement |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with TemporaryDirectory() as folder:
        labels, judgements = convert(source, Path(folder))
        items = read_labels(labels)
        recorded = read_judgements(judgements, items)
    for judge in sorted({judgement.judge for judgement in recorded}):
        for half in (Half.ALL, Half.REPORT):
            found = calibrate(items, [judgement for judgement in recorded if judgement.judge == judge], half=half)
            figures = found.figures
            assert figures.agreement_swapped is not None
            assert figures.kappa_swapped is not None
            cells = (
                judge.partition("/")[0],
                f"{half.value}, {found.counts.judged}",
                f"{_both(figures.agreement, figures.agreement_swapped)}",
                f"{_both(figures.kappa, figures.kappa_swapped)}",
                _with_interval(figures.position_consistency),
                _with_interval(figures.agreement_when_decided),
            )
            yield f"| {' | '.join(cells)} |"


def _both(given: Figure, swapped: Figure) -> str:
    return f"{_with_interval(given)}; swapped {_with_interval(swapped)}"


def _with_interval(figure: Figure | None) -> str:
    assert figure is not None
    assert figure.value is not None
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})"


if __name__ == "__main__":
    if sys.argv[1] == "convert":
        convert(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print("\n".join(table(Path(sys.argv[2]))))
