from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from goldfinch.adapters.reports.calibration import calibration_markdown, calibration_text
from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.calibration.record import CalibrationRecord, JudgeIdentity, JudgingCost, record_of
from goldfinch.testing.hostile_text import HOSTILE_TEXTS


def record(
    *, judge: str = "j", metric: str | None = "m", count: int = 120, wrong: int = 6, cost: JudgingCost | None = None
) -> CalibrationRecord:
    """A judge of pairs that takes the answer shown first where it is wrong."""
    items = [LabelledItem(f"i{n}", LabelKind.PAIRWISE, float(n % 2), answer_a="x" * (n % 5), answer_b="y") for n in range(count)]
    judgements = []
    for n, item in enumerate(items):
        for swapped in (False, True):
            value = float(not swapped) if n < wrong else item.label
            judgements += [RecordedJudgement(item.id, judge, value, swapped=swapped, repeat=repeat) for repeat in range(2)]
    identity = JudgeIdentity(judge, judge, metric)
    found = calibrate(items, judgements, samples=50)
    return record_of(found, identity, labels_fingerprint="abc", seed=0, created_at="2026-11-24T08:00:00Z", cost=cost)


def test_the_verdict_comes_first_then_why_then_every_figure_with_its_count() -> None:
    lines = calibration_text(record()).splitlines()
    assert lines[0] == "judge j on m"
    assert lines[1].startswith("may gate comparisons: the judge prefers as people do")
    assert "  - agreement is 0.975; the lower end of its 95 % interval, 0.929, reaches 0.75" in lines
    assert re.search(r"^agreement with people +0\.975 +0\.929–0\.\d{3}  120$", "\n".join(lines), re.MULTILINE)
    assert re.search(r"^same verdict in both orders +0\.950 +0\.\d{3}–0\.\d{3}  120$", "\n".join(lines), re.MULTILINE)


def test_a_judge_that_may_not_gate_is_told_apart_from_one_with_too_few_labels() -> None:
    assert calibration_text(record(wrong=60)).splitlines()[1].startswith("advisory only")
    assert calibration_text(record(count=40)).splitlines()[1].startswith("inconclusive: there are too few labels")
    assert "note: where the order decides, the judge mostly takes the answer shown first" in calibration_text(record(wrong=60))


def test_what_is_not_known_is_a_dash() -> None:
    shown = calibration_text(record(count=3, wrong=0))
    assert re.search(r"^correlation with length +— +— +0$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (JudgingCost(0.5, 240), "asking the judge cost $0.5 in 240 calls"),
        (JudgingCost(0.5, 240, 3), "asking the judge cost at least $0.5 in 240 calls (3 calls have no known price)"),
        (JudgingCost(0.0, 240, 240), "asking the judge took 240 calls; their price is not known"),
    ],
)
def test_an_unknown_price_is_not_nothing(cost: JudgingCost, words: str) -> None:
    assert words in calibration_text(record(cost=cost))


def test_markdown_is_a_table_that_a_forge_can_show() -> None:
    shown = calibration_markdown(record())
    assert re.match(r"\*\*may gate comparisons: .*\*\*\n\njudge j on m\n", shown)
    assert "| agreement with people | 0.975 | 0.929–0.991 | 120 |\n" in shown
    html = MarkdownIt("commonmark").enable("table").render(shown)
    assert html.count("<table>") == 1
    assert html.count("<tr>") > 10


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_a_hostile_name_is_harmless_in_both(text: str) -> None:
    hostile = record(judge=text, metric=text, count=4)
    for shown in (calibration_text(hostile), calibration_markdown(hostile)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ufeff]", shown)
    markdown = calibration_markdown(hostile)
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|!\[|<script|<img", markdown, re.IGNORECASE)
    tags = set(re.findall(r"<(\w+)", MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)))
    assert tags <= {"p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
