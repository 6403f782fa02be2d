"""T9: a change is judged by the policy, cases and baseline of the branch that it goes to, never by its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.check_repository import cases, check, committed, evaluated, git, repository, settings


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_BASE_REF", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    repository()


def test_a_good_change_passes_by_the_base_branch(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 0, out
    assert f"Judged by main at {git('rev-parse', 'main')[:10]}: its policy, cases and baseline." in out
    assert "-changed" not in out


def test_a_threshold_lowered_to_zero_is_judged_by_the_old_one_and_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    settings(rate=0.0)
    committed()
    evaluated(20)
    assert check(capsys, "-r", "run")[0] == 0, "by its own policy it would pass"
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--output", "verdict.json")
    assert code == 1
    assert "Pass rate 50.00% < 85%" in out
    assert "policy-changed\n  ai_quality.min_pass_rate: 0.85 on main, 0.0 in this change, looser; judged by 0.85" in out
    verdict = json.loads(Path("verdict.json").read_text())
    assert (verdict["verdict"], verdict["flags"]) == ("fail", ["policy-changed"])
    assert verdict["basis"]["policy_changes"] == [{"key": "ai_quality.min_pass_rate", "base": "0.85", "proposed": "0.0", "looser": True}]


def test_a_gate_that_is_no_longer_required_is_flagged_as_looser(capsys: pytest.CaptureFixture[str]) -> None:
    Path("goldfinch.yaml").write_text(Path("goldfinch.yaml").read_text().replace("[ai_quality]", "[]"))
    committed()
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 0
    assert 'required: ["ai_quality"] on main, [] in this change, looser' in out


def test_a_flag_looser_than_the_base_branch_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(20)
    assert check(capsys, "-r", "run", "--min-pass-rate", "0.4")[0] == 0
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--min-pass-rate", "0.4")
    assert code == 1
    assert "policy-changed\n  --min-pass-rate 0.4 is looser than 0.85 on main: judged by 0.85" in out


def test_a_flag_tighter_than_the_base_branch_holds(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(36)
    assert check(capsys, "-r", "run", "--base", "main")[0] == 0
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--min-pass-rate", "0.99")
    assert code == 1, out
    assert "Pass rate 90.00% < 99%" in out


def test_rewritten_expected_answers_are_judged_by_the_old_ones_and_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    cases(expected="no")
    committed()
    evaluated(0)
    assert check(capsys, "-r", "run")[0] == 0, "by its own expected answers it would pass"
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--output", "verdict.json")
    assert code == 1
    assert "Pass rate 0.00% < 85%" in out
    assert "dataset-changed\n  40 cases expect something else: judged by what the base branch expects: c0, c1," in out
    assert json.loads(Path("verdict.json").read_text())["flags"] == ["dataset-changed"]


def test_one_edited_case_changes_only_that_case(capsys: pytest.CaptureFixture[str]) -> None:
    cases(c39="no")
    committed()
    evaluated(39)
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 0
    assert "Pass rate 97.50%" in out
    assert "1 case expects something else: judged by what the base branch expects: c39" in out


def test_rewritten_questions_are_no_evidence_for_the_old_ones(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("golden/cases.jsonl").read_text()
    Path("golden/cases.jsonl").write_text(text.replace("question", "easy question"))
    committed()
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 3
    assert "40 cases ask something else: no evidence for the base branch's case" in out
    assert "inconclusive" in out


def test_deleted_cases_are_missing_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    cases(count=20)
    committed()
    evaluated(20, count=20)
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 3
    assert "20 cases of the base branch have no answer in this run: no evidence for them: c20, c21" in out
    assert "20 of 40 answers missing or undecided" in out


def test_new_cases_inform_only(capsys: pytest.CaptureFixture[str]) -> None:
    cases(count=80)
    committed()
    evaluated(40, count=80)
    assert check(capsys, "-r", "run")[0] == 1, "with the new cases it would fail"
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--output", "verdict.json")
    assert code == 0
    assert "new cases: 0.0% of 40 passed; they have no say until they are merged" in out
    verdict = json.loads(Path("verdict.json").read_text())
    assert verdict["flags"] == []
    assert verdict["new_cases"]["count"] == 40


def test_other_scorers_are_flagged_and_the_base_branchs_judge(capsys: pytest.CaptureFixture[str]) -> None:
    Path("goldfinch.yaml").write_text(Path("goldfinch.yaml").read_text().replace("[must_include]", "[answered]"))
    committed()
    evaluated(0)
    assert check(capsys, "-r", "run")[0] == 0, "by its own scorers it would pass"
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 1
    assert "Pass rate 0.00% < 85%" in out
    assert "scorers-changed" in out


def test_uncommitted_changes_are_judged_by_the_base_too(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(20)
    settings(rate=0.0)
    assert check(capsys, "-r", "run", "--base", "main")[0] == 1


def test_the_base_of_githubs_pull_request_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings(rate=0.0)
    committed()
    evaluated(20)
    Path("event.json").write_text(json.dumps({"pull_request": {"base": {"sha": git("rev-parse", "main")}, "head": {"sha": "0" * 40}}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(Path("event.json").absolute()))
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    code, out, _ = check(capsys, "-r", "run")
    assert code == 1
    assert "Judged by main at" in out


def test_a_base_branch_that_is_not_fetched_decides_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    code, out, err = check(capsys, "-r", "run")
    assert (code, out) == (2, "")
    assert err == (
        "error E2201: release: the base branch cannot be read: there is no such commit in this clone; "
        "fetch it (fetch-depth: 0 of actions/checkout)\n"
    )


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-h", "main; touch x", "$(touch x)", ""])
def test_a_hostile_name_of_a_base_branch_is_one_line(ref: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated(40)
    monkeypatch.setenv("GITHUB_BASE_REF", ref)
    code, _, err = check(capsys, "-r", "run")
    assert code == (2 if ref else 0)
    assert err.count("\n") == (1 if ref else 0)
    assert not Path("x").exists()


def test_cases_that_became_a_link_on_the_base_branch_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "-q", "main")
    Path("golden/more.jsonl").symlink_to("/etc/passwd")
    committed()
    git("checkout", "-q", "change")
    evaluated(40)
    code, _, err = check(capsys, "-r", "run", "--base", "main")
    assert code == 2
    assert err.startswith("error E2202: main:golden/more.jsonl: is a link or a submodule, not a plain file")


def test_a_dataset_moved_by_the_change_is_still_that_of_the_base(capsys: pytest.CaptureFixture[str]) -> None:
    git("mv", "golden", "easy")
    Path("goldfinch.yaml").write_text(Path("goldfinch.yaml").read_text().replace("dataset: golden", "dataset: easy"))
    text = Path("easy/cases.jsonl").read_text().replace('"yes"', '"no"')
    Path("easy/cases.jsonl").write_text(text)
    committed()
    evaluated(0, dataset="easy")
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 1
    assert "40 cases expect something else" in out


def test_the_change_that_brings_goldfinch_along_is_judged_by_its_own_cases(capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "-q", "--orphan", "empty")
    git("rm", "-rqf", ".")
    Path("README.md").write_text("x")
    git("add", "README.md")
    git("commit", "-qm", "empty")
    git("checkout", "-q", "change")
    evaluated(40)
    _, out, _ = check(capsys, "-r", "run", "--base", "empty")
    assert "empty has neither settings nor cases yet: judged by those of this change" in out
    assert "Pass rate 100.00%" in out
    assert 'required: ["code_quality"' in out, "and by the specification's policy"


def test_a_change_cannot_override_its_own_gates(capsys: pytest.CaptureFixture[str]) -> None:
    override = "  overrides:\n  - {gate: ai_quality, by: eve, reason: trust me, expires: 2999-01-01}\n"
    settings(more=override)
    committed()
    evaluated(20)
    assert check(capsys, "-r", "run")[0] == 0
    code, out, _ = check(capsys, "-r", "run", "--base", "main")
    assert code == 1
    assert "this change proposes to override ai_quality (by eve): it holds once it is on main" in out


def test_a_file_of_overrides_in_the_change_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    Path("waive.yaml").write_text("- {gate: ai_quality, by: eve, reason: trust me, expires: 2999-01-01}\n")
    evaluated(20)
    assert check(capsys, "-r", "run", "--base", "main", "--overrides", "waive.yaml")[0] == 0, "made by the workflow, not by the change"
    committed()
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--overrides", "waive.yaml")
    assert code == 1
    assert "waive.yaml is new in this change: its overrides do not hold before it is on main" in out


def test_a_baseline_edited_by_the_change_is_that_of_the_base_branch(capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "-q", "main")
    evaluated(40, folder="baseline")
    git("add", "-f", "baseline")
    committed("baseline")
    before = Path("baseline/manifest.json").read_text()
    git("checkout", "-q", "change")
    git("merge", "-q", "main")
    Path("baseline/manifest.json").write_text(before.replace("recorded", "forged"))
    git("add", "-f", "baseline")
    committed()
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--baseline", "baseline")
    assert code == 0
    assert "baseline-changed" in out


def test_the_settings_of_a_subfolder_are_those_of_the_base_branch(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    git("checkout", "-q", "main")
    Path("agent").mkdir()
    for name in ("goldfinch.yaml", "golden"):
        git("mv", name, f"agent/{name}")
    committed()
    git("checkout", "-qb", "in-folder")
    monkeypatch.chdir("agent")
    settings(rate=0.0)
    committed()
    evaluated(20)
    assert check(capsys, "-r", "run", "--base", "main")[0] == 1
