from __future__ import annotations

import re
from dataclasses import replace

import pytest

from goldfinch.core.comparison.outcome import Change
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport, Override
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.review import CaseEvidence, CommentMode, Links, Review
from goldfinch.core.reviewing.comment import HEADING, MAX_CHARACTERS, MAX_LINES, comment_in_mode, render_comment
from goldfinch.core.verdict import Verdict
from tests.review_samples import OPEN, UNSAFE, blocked_review, case_change, comparison, gates, green_review, metric, summary

BREAK = "\u200b"
MAIN = f"main@{BREAK}1a2b3c4"


def test_a_blocked_change_says_what_blocks_it_and_everything_that_a_reviewer_needs() -> None:
    assert (
        render_comment(blocked_review(), heading=HEADING)
        == f"""\
<!-- goldfinch:report v1 run=1234567890 attempt=2 -->
## 🤖 AI Evaluation Results
### ❌ Evaluation: blocked — 2 regressed cases (1 critical), 1 regressed metric (accuracy), safety 0.983 &lt; 1.000

| Gate | Result | Now | Base {MAIN} | Δ (95 % CI) | Limit |
| --- | --- | --- | --- | --- | --- |
| Code Quality Gate | ✅ pass | 0 | — | — | ≤ 0 |
| Test Coverage Gate | ✅ pass | 91.2 % | — | — | ≥ 80.0 % |
| AI Quality Gate | ❌ fail | 0.983 | — | — | ≥ 1.000 |
| Performance Gate | ✅ pass | 1.2 s | — | — | ≤ 2.0 s |
| Security Gate | ✅ pass | 0 | — | — | ≤ 0 |
| Cost Gate | ✅ pass | \\$0.0307 | \\$0.0287 | \\+\\$0.002 (95 % CI +\\$0.001 to +\\$0.003, n 60) | ≤ \\$0.15 |

- ❌ **AI Quality Gate**: safety 0.983 &lt; 1.000 — 1 unsafe case: inject-tool-004

- accuracy −0.050 (95 % CI −0.091 to −0.012, n 60): regressed

**Regressed (2)** refund-eu-017 3/3 → 0/3, accuracy 0.90→0.40 · inject-tool-004 3/3 → 0/3, accuracy 0.90→0.40, critical

**Fixed (1)** tone-022 0/3 → 3/3, accuracy 0.40→0.90

<details><summary>1 case: input, expected, was / is, why</summary>

**refund-eu-017 (golden/refunds.jsonl:17)**

```diff
  input: May I return shoes after 20 days?
  expected: Yes: 30 days in the EU.
- Yes, within 30 days.
+ No, only within 14 days.
  You pay nothing.
! why: accuracy 0.40: the EU's 30 days are not mentioned
  steps:
- search(policy)
  answer
```

… and 1 more in the report
</details>

60 cases × 3 · judge v7 · cost \\$1.84, \\$0.0307 an answer, of at most \\$5.00 · 4.2 min · dataset 9f2e4711aa · commit 5e4d3c2 \
· run 1234567890

```sh
uvx --from goldfinch-ci goldfinch evaluate --case refund-eu-017
```

[Report](https://github.com/acme/support/actions/runs/17#artifacts) · Why blocked?: https:{BREAK}//docs.example/gates \
· false alarms among the AI Quality Gate's blocks so far: 1.4 %, 95 % CI 0.4–5.0, n 140
"""
    )


def test_a_green_and_unchanged_change_takes_three_lines() -> None:
    assert (
        render_comment(green_review())
        == f"""\
<!-- goldfinch:report v1 run=1234567890 attempt=2 -->
### ✅ Evaluation: passed — 53 of 60 cases passed (88.3 %, 95 % CI 77.8–94.2), no change against {MAIN}, all six gates passed
60 cases × 3 · judge v7 · cost \\$1.84, \\$0.0307 an answer, of at most \\$5.00 · 4.2 min · dataset 9f2e4711aa · commit 5e4d3c2 \
· run 1234567890
"""
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(green_review(), notes=("policy-changed: min_pass_rate 0.85 -> 0.50",)),
        replace(green_review(), comparison=comparison(metrics=(metric(change=Change.IMPROVED),))),
        replace(green_review(), comparison=comparison(case_change("tone-022", regressed=False))),
        replace(green_review(), comparison=replace(comparison(), added=("new-1",))),
        replace(green_review(), comparison=None),
        replace(green_review(), comparison=replace(comparison(), baseline=None)),
        replace(
            green_review(), gates=gates({GateName.COST: (Finding("cost_increase", Verdict.FAIL, "x"),)}, Override(GateName.COST, *"aaa"))
        ),
    ],
)
def test_whatever_a_reviewer_should_know_takes_the_whole_comment(changed: Review) -> None:
    comment = render_comment(changed)
    assert all(gate.shown in comment for gate in GateName)
    assert len(comment.splitlines()) > 10


def test_nothing_relevant_changed_nothing_is_said() -> None:
    assert render_comment(replace(blocked_review(), is_relevant=False)) == ""


def test_five_thousand_regressed_cases_take_sixty_lines() -> None:
    cases = tuple(case_change(f"case-{number:04}", critical=True) for number in range(5_000))
    evidence = tuple(
        CaseEvidence(case.case_id, "in\n" * 500, "e", "was\n" * 900, "now\n" * 900, "why" * 900, ("s",) * 90) for case in cases
    )
    metrics = tuple(metric(f"metric-{number}") for number in range(40))
    findings = {gate: tuple(replace(UNSAFE, text=f"{gate} {number}") for number in range(200)) for gate in GateName}
    crowded = replace(
        blocked_review(),
        gates=gates(findings),
        comparison=comparison(*cases, *(case_change("better", regressed=False) for _ in range(500)), metrics=metrics),
        cases=evidence,
        notes=tuple(f"note {number}" for number in range(300)),
    )
    comment = render_comment(crowded, heading=HEADING)
    assert len(comment.splitlines()) <= MAX_LINES
    assert len(comment) <= MAX_CHARACTERS
    assert "**Regressed (5,000)**" in comment
    assert "and 4,992 more" in comment
    assert "… and 1,194 more findings" in comment
    assert "more in the report" in comment
    assert "```diff\n" in comment, "at least one case is shown"


@pytest.mark.parametrize("filler", ["ä" * 5_000, "`" * 5_000, "x\n" * 5_000, "| " * 3_000, "\u202e" * 3_000])
def test_long_texts_stay_within_what_github_takes(filler: str) -> None:
    text = f"case{filler}"
    cases = tuple(case_change(f"{number}", text=text) for number in range(20))
    evidence = tuple(CaseEvidence(case.case_id, *(text,) * 5, (text,) * 200, (text,) * 100) for case in cases)
    crowded = replace(
        blocked_review(), comparison=comparison(*cases, metrics=(metric(text=text),) * 9), cases=evidence, notes=(text,) * 9, judge=text
    )
    comment = render_comment(crowded, heading=text)
    assert len(comment.splitlines()) <= MAX_LINES
    assert len(comment) <= MAX_CHARACTERS


def test_the_six_gates_are_always_there_whatever_was_measured() -> None:
    nothing = GateReport(tuple(GateOutcome(gate, ()) for gate in GateName))
    comment = render_comment(Review(nothing, None, None, None))
    assert "### ⚠️ Evaluation: inconclusive — Code Quality Gate: no data, Test Coverage Gate: no data" in comment
    assert [line.split(" | ")[0].removeprefix("| ") for line in comment.splitlines() if "⚠️ inconclusive | no data" in line] == [
        gate.shown for gate in GateName
    ]


@pytest.mark.parametrize(
    ("review", "first"),
    [
        (replace(blocked_review(), gates=gates({GateName.AI_QUALITY: (OPEN,)}), comparison=None), "⚠️ Evaluation: inconclusive — Pass rate"),
        (replace(green_review(), summary=summary(status=RunStatus.REPLAYED)), "⏭ Evaluation: replayed — recorded answers were shown"),
        (
            replace(
                green_review(), gates=gates({GateName.AI_QUALITY: (Finding("ai_quality", Verdict.NEUTRAL, "AI Quality: not measured"),)})
            ),
            "⏭ Evaluation: not evaluated — the AI Quality Gate had nothing to decide",
        ),
        (replace(green_review(), comparison=comparison(metrics=(metric(),))), "❌ Evaluation: blocked — 1 regressed metric (pass\\_rate)"),
        (
            replace(green_review(), comparison=comparison(metrics=(replace(metric(change=Change.INCONCLUSIVE), point_breach=True),))),
            "⚠️ Evaluation: inconclusive — pass\\_rate −5.0 pp (95 % CI −9.1 to −1.2, n 60), not proven",
        ),
    ],
)
def test_the_first_line_is_the_verdict_and_its_reason(review: Review, first: str) -> None:
    assert render_comment(review).splitlines()[1].startswith(f"### {first}")


def test_a_replay_is_never_green_and_says_how_to_run_for_real() -> None:
    replayed = replace(green_review(), summary=summary(status=RunStatus.REPLAYED), how_to_run="A maintainer adds the label `evaluate`.")
    comment = render_comment(replayed)
    assert "### ✅" not in comment
    assert "A maintainer adds the label" in comment


def test_an_override_is_shown_with_name_reason_and_expiry() -> None:
    by = Override(GateName.AI_QUALITY, "Ada", "known flaky judge", "2026-12-01")
    comment = render_comment(replace(green_review(), gates=gates({GateName.AI_QUALITY: (UNSAFE,)}, by)))
    assert "AI Quality Gate overridden by Ada until 2026-12-01: known flaky judge" in comment
    assert "| AI Quality Gate | ❌ fail, overridden |" in comment
    assert "### ✅ Evaluation: passed — 53 of 60 cases passed (88.3 %, 95 % CI 77.8–94.2), 1 gate overridden" in comment


def test_cases_that_fell_without_proof_are_named_as_that() -> None:
    fell = replace(case_change("refund-1"), regressed=False)
    comment = render_comment(replace(green_review(), comparison=comparison(fell)))
    assert "**Passed less often, not proven case by case (1)** refund-1 3/3 → 0/3" in comment
    assert "goldfinch evaluate --case refund-1" in comment


@pytest.mark.parametrize(
    ("mode", "review", "is_posted"),
    [
        (CommentMode.OFF, blocked_review(), False),
        (CommentMode.ON_FAILURE, green_review(), False),
        (CommentMode.ON_FAILURE, blocked_review(), True),
        (CommentMode.STICKY, green_review(), True),
        (CommentMode.NEW, green_review(), True),
        (CommentMode.NEW, replace(green_review(), is_relevant=False), False),
    ],
)
def test_modes(mode: CommentMode, review: Review, is_posted: bool) -> None:
    assert bool(comment_in_mode(review, mode)) is is_posted


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "https://github.com.evil.example/x",
        "https://github.com@evil.example/x",
        "http://github.com/x",
        "https://github.com/x) [y](https://evil.example",
        "https://github.com/\nx",
        "javascript:alert(1)",
        "//evil.example",
    ],
)
def test_only_pages_of_the_forge_itself_are_linked(address: str) -> None:
    comment = render_comment(replace(blocked_review(), links=Links(report=address)))
    assert not re.search(r"(?<!\\)\]\(", comment)
    assert "Report: " in comment
