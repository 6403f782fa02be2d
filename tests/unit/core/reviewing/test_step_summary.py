from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.outcome import GateName
from goldfinch.core.review import CaseEvidence, Review
from goldfinch.core.reviewing.shedding import Section, fitted
from goldfinch.core.reviewing.step_summary import LIMIT_BYTES, render_step_summary
from tests.review_samples import blocked_review, case_change, comparison, metric

DETAILS, SLICES, FIXED, REGRESSED = "Cases in full", "#### Tag ", "#### Fixed cases", "#### Regressed cases"
LOOKED_AT, METRICS, BREACHES = "#### Everything that the gates looked at", "#### Metrics against", "#### Breaches"
SHED_ORDER = (DETAILS, SLICES, FIXED, REGRESSED, LOOKED_AT, METRICS, BREACHES)


def large_review(cases: int) -> Review:
    found = tuple(case_change(f"case-{number:05}", regressed=number % 2 == 0) for number in range(cases))
    evidence = tuple(CaseEvidence(case.case_id, "input " * 50, "expected", "was " * 300, "now " * 300, "why") for case in found[:50])
    compared = replace(
        comparison(*found, metrics=(metric("accuracy"), metric("pass_rate"))), slices={f"tag-{n}": (metric("accuracy"),) for n in range(50)}
    )
    return replace(blocked_review(), comparison=compared, cases=evidence)


def test_it_says_what_the_comment_says_and_more() -> None:
    page = render_step_summary(blocked_review(), heading="AI Evaluation Results")
    assert page.startswith("## AI Evaluation Results\n### ❌ Evaluation: blocked — 2 regressed cases (1 critical)")
    assert all(gate.shown in page for gate in GateName)
    assert "| accuracy | regressed | 0.933 | 0.883 | −0.050 (95 % CI −0.091 to −0.012, n 60) | 0.050 | 0.040 | 0.012 | paired t |" in page
    assert "| refund-eu-017 | 3/3 | 0/3 | stable pass → stable fail |" in page
    assert "- No, only within 14 days." not in page
    assert "+ No, only within 14 days." in page
    assert "<!-- goldfinch:report" not in page, "only the comment is found again by its mark"


def test_a_page_that_github_would_drop_is_never_made() -> None:
    page = render_step_summary(large_review(40_000))
    assert 800_000 < len(page.encode()) <= LIMIT_BYTES
    assert "more cases." in page
    assert all(gate.shown in page for gate in GateName)
    assert page.startswith("### ❌ Evaluation: blocked — 20,000 regressed cases")


def test_sections_are_shed_in_the_stated_order() -> None:
    whole = len(render_step_summary(large_review(120)).encode())
    shed: list[str] = []
    for limit in range(whole + 2_100, 4_000, -1_500):
        page = render_step_summary(large_review(120), limit)
        assert len(page.encode()) <= limit
        gone = [title for title in SHED_ORDER if title not in page]
        assert set(shed) <= set(gone)
        shed += [title for title in gone if title not in shed]
    assert shed == [title for title in SHED_ORDER if title in shed]
    assert shed[:3] == [DETAILS, SLICES, FIXED]


def test_a_section_counts_what_it_leaves_out() -> None:
    sections = [Section(1, "head\n", tuple(f"row {number}\n" for number in range(100)), "foot\n", "rows"), Section(0, "top\n", ("",))]
    page = fitted(sections, 200)
    assert len(page.encode()) <= 200
    shown = page.count("row ")
    assert f"… and {100 - shown} more rows.\nfoot\n" in page
    assert page.endswith("top\n")
    assert fitted(sections, 50) == "top\n"


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        render_step_summary(blocked_review(), 100)
