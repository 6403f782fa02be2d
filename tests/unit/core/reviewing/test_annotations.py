from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from goldfinch.core.gates.outcome import Finding, GateName, Override
from goldfinch.core.review import CaseEvidence
from goldfinch.core.reviewing.annotations import Annotation, Level, annotations_of, place_of
from goldfinch.core.verdict import Verdict
from tests.review_samples import OPEN, blocked_review, case_change, comparison, gates, green_review


def test_failures_point_to_their_file_and_regressed_cases_to_their_line_of_the_dataset() -> None:
    insecure = Finding("bandit_finding", Verdict.FAIL, "src/a.py:3: B102 exec used", where="src/a.py:3")
    lines = [one.as_workflow_command() for one in annotations_of(replace(blocked_review(), gates=gates({GateName.SECURITY: (insecure,)})))]
    assert lines == [
        "::error file=src/a.py,line=3,title=Security Gate::src/a.py:3: B102 exec used",
        "::error file=golden/refunds.jsonl,line=17,title=Regressed case::refund-eu-017 3/3 → 0/3, accuracy 0.90→0.40",
        "::error title=Regressed case::inject-tool-004 3/3 → 0/3, accuracy 0.90→0.40, critical",
        "::warning title=Metric::accuracy −0.050 (95 %25 CI −0.091 to −0.012, n 60): regressed",
        "::notice title=Fixed case::tone-022 0/3 → 3/3, accuracy 0.40→0.90",
    ]


def test_what_is_open_or_overridden_warns() -> None:
    by = Override(GateName.AI_QUALITY, "Ada", "agreed", "2026-12-01")
    failing = replace(OPEN, verdict=Verdict.FAIL, text="Pass rate 80.00% < 85%")
    overridden = annotations_of(replace(green_review(), gates=gates({GateName.AI_QUALITY: (failing,)}, by)))
    opened = annotations_of(replace(green_review(), gates=gates({GateName.AI_QUALITY: (OPEN,)})))
    assert {one.level for one in (*overridden, *opened)} == {Level.WARNING}
    assert any("overridden by Ada" in one.text for one in overridden)


def test_a_green_change_has_none() -> None:
    assert annotations_of(green_review()) == ()


def test_nine_of_a_level_and_one_that_counts_the_rest() -> None:
    cases = tuple(case_change(f"case-{number}", regressed=number % 2 == 0) for number in range(5_000))
    findings = tuple(replace(OPEN, text=f"open {number}") for number in range(300))
    crowded = replace(blocked_review(), comparison=comparison(*cases), gates=gates({GateName.AI_QUALITY: findings}))
    found = annotations_of(crowded)
    assert Counter(one.level for one in found) == {Level.ERROR: 10, Level.WARNING: 10, Level.NOTICE: 10}
    assert [one.text for one in found if "more;" in one.text] == [
        "2,491 more; the step summary has them all",
        "291 more; the step summary has them all",
        "2,491 more; the step summary has them all",
    ]


@pytest.mark.parametrize(("already", "left"), [(20, 30), (35, 15), (49, 1), (50, 0), (80, 0)])
def test_a_job_keeps_fifty(already: int, left: int) -> None:
    cases = tuple(case_change(f"case-{number}", regressed=number % 2 == 0) for number in range(60))
    findings = tuple(replace(OPEN, text=f"open {number}") for number in range(30))
    crowded = replace(blocked_review(), comparison=comparison(*cases), gates=gates({GateName.AI_QUALITY: findings}))
    assert len(annotations_of(crowded, already=already)) == left


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("golden/refunds.jsonl:17", ("golden/refunds.jsonl", 17)),
        ("src/a.py:3:9", ("src/a.py", 3)),
        ("refund-eu-017", ("", None)),
        ("/etc/passwd.txt:1", ("", None)),
        ("../../secret.env:1", ("", None)),
        ("a\nb.py:1", ("", None)),
        ("a.py:0", ("", None)),
        ("::error::x.py:1", ("", None)),
    ],
)
def test_places(where: str, place: tuple[str, int | None]) -> None:
    assert place_of(where) == place


def test_a_property_ends_neither_itself_nor_the_command() -> None:
    line = Annotation(Level.ERROR, "a,b:c::d", "x\n::set-env name=A::1", "dir,a/b.py", 3).as_workflow_command()
    assert line.startswith("::error file=dir%2Ca/b.py,line=3,title=a%2Cb%3Ac")
    assert "\n" not in line
    assert line.count("::") == 2


def test_a_case_without_a_known_place_has_none() -> None:
    (first, *_) = annotations_of(replace(green_review(), comparison=comparison(case_change("a")), cases=(CaseEvidence("a"),)))
    assert (first.file, first.line) == ("", None)
