"""What tests spent, in words and as JSON: the dearest first, unknown never 0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from goldfinch.bootstrap.spending_report import FILE, spending_schema, summary_lines, write_report

TESTS: dict[str, dict[str, Any]] = {
    "t.py::cheap": {"outcome": "passed", "calls": 1, "replayed": 1, "tokens": 20, "cost_usd": 0.000012, "paid_usd": 0.0},
    "t.py::dear": {"outcome": "failed", "calls": 12, "replayed": 0, "tokens": 12_000, "cost_usd": 1.25, "paid_usd": 1.25},
    "t.py::idle": {"outcome": "passed", "calls": 0, "replayed": 0, "tokens": 0, "cost_usd": 0.0, "paid_usd": 0.0},
}
UNKNOWN = {"outcome": "passed", "calls": 1, "replayed": 0, "tokens": None, "cost_usd": None, "paid_usd": None}


def test_shows_the_dearest_first_and_leaves_out_who_asked_nobody() -> None:
    assert list(summary_lines(TESTS, 5.0, shown=10)) == [
        "    $1.25   12,000 tokens   12 calls  t.py::dear",
        " $1.2e-05       20 tokens    1 call (1 replayed)  t.py::cheap",
        "    $1.25   12,020 tokens   13 calls (1 replayed)  in 2 tests; paid now: $1.25 of $5",
    ]


def test_what_is_unknown_comes_first_and_makes_the_sum_unknown() -> None:
    first, *_, last = summary_lines({**TESTS, "t.py::odd\x1b[2J": UNKNOWN}, None, shown=1)
    assert first.startswith("  unknown  unknown tokens    1 call  t.py::odd")
    assert "\x1b" not in first
    assert last.endswith("in 3 tests; paid now: an unknown amount")


@pytest.mark.parametrize("target", ["out.json", "folder"])
def test_the_file_follows_its_schema(tmp_path: Path, target: str) -> None:
    write_report({**TESTS, "t.py::odd": UNKNOWN}, None, tmp_path / "deep" / target)
    written = tmp_path / "deep" / target
    document = json.loads((written / FILE if target == "folder" else written).read_text())
    Draft202012Validator(spending_schema()).validate(document)
    assert document["total"] == {"calls": 14, "replayed": 1, "tokens": None, "cost_usd": None, "paid_usd": None}
    assert [test["test"] for test in document["tests"]] == ["t.py::cheap", "t.py::dear", "t.py::idle", "t.py::odd"]
