"""`goldfinch quarantine`, and what the list does to `compare` and `check`, from a person's hands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.quarantine_file import read_quarantine, write_quarantine
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.cli.app import app
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.quarantine.entries import Quarantine, Quarantined
from goldfinch.core.results.manifest import Revision
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_results import scripted_results
from tests.check_repository import cases as golden
from tests.check_repository import check, committed, evaluated, git, repository, settings
from tests.quarantine_samples import entry
from tests.unit.cli.test_compare import stored

FILE = Path("evaluation/quarantine.yaml")
SECRET = "sk-abcdefghijklmnopqrstuvwxyz123456"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_BASE_REF", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ACTIONS", "GITHUB_ACTOR"):
        monkeypatch.delenv(name, raising=False)


def goldfinch(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(done.exception, GoldfinchError):
        return int(done.exception.exit_code), done.stdout, f"error {done.exception.code}: {done.exception}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def a_run(name: str, flaky: int, *, day: int = 1, failing: int = 0, cases: int = 20, base_sha: str | None = None) -> Path:
    """Five trials a case. Of `case-000`, which is critical, `flaky` pass; the first `failing` of all cases fail."""
    outcomes: dict[str, list[bool | float | None]] = {f"case-{number:03d}": [number >= failing] * 5 for number in range(cases)}
    outcomes["case-000"] = [trial < flaky for trial in range(5)]
    results = scripted_results(name, outcomes, tags={"case-000": ("critical",)})
    revision = Revision(head_sha="a" * 40, base_sha=base_sha)
    manifest = replace(results.stored, started_at=f"2026-11-{day:02d}T08:00:00.000Z", revision=revision)
    return stored(Path("runs", name), replace(results, stored=manifest))


def three_flaky_runs() -> None:
    for day, passed in enumerate((3, 4, 2), 1):
        a_run(f"main-{day}", passed, day=day)


def far(case_id: str = "case-000", *, owner: str = "ana", case_hash: str = "") -> Quarantined:
    """An entry that ends long after this test runs."""
    expires = datetime.now(UTC).date() + timedelta(days=60)
    return entry(case_id, owner=owner, case_hash=case_hash, expires=expires.isoformat())


def quarantined(*entries: Quarantined) -> None:
    write_quarantine(FILE, Quarantine({one.case_id: one for one in entries}))


def test_three_flaky_runs_write_a_file_that_people_can_review() -> None:
    three_flaky_runs()
    code, out, _ = goldfinch("quarantine", "update", "runs", "--owner", "ana")
    assert code == 0
    assert out.startswith(
        "quarantined case-000\n3 runs: wrote evaluation/quarantine.yaml\ncase-000 · owner ana · flaky in 3 runs (rate 0.96)"
    )
    text = FILE.read_text()
    assert "- case: case-000" in text
    assert "  owner: ana" in text
    assert (
        "  - run: main-2\n    started_at: 2026-11-02T08:00:00.000Z\n    passed: 4\n    trials: 5\n    flake_rate: 0.64\n"
        in text.replace("'", "")
    )
    again = FILE.read_bytes()
    code, out, _ = goldfinch("quarantine", "update", "runs")
    assert "3 runs: nothing changes" in out
    assert FILE.read_bytes() == again


def test_a_dry_run_writes_nothing() -> None:
    three_flaky_runs()
    code, out, _ = goldfinch("quarantine", "update", "runs", "--dry-run")
    assert (code, FILE.exists()) == (0, False)
    assert "quarantined case-000\n3 runs: would write evaluation/quarantine.yaml" in out
    assert "! quarantined case case-000 has no owner (NOBODY)" in out


def test_the_owner_is_the_one_that_the_case_names() -> None:
    golden(count=1)
    case = {"id": "c0", "input": "q", "expected": {"must_include": ["yes"]}, "metadata": {"owner": "cy"}}
    Path("golden/cases.jsonl").write_text(json.dumps(case) + "\n")
    settings()
    for number, right in enumerate((2, 1, 2)):
        answers = [{"case_id": "c0", "trial": trial, "text": "yes" if trial < right else "no"} for trial in range(3)]
        Path("answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
        code, _, err = goldfinch(
            "evaluate", "--dataset", "golden", "--agent", "recorded:answers.jsonl", "--trials", "3", "--output-dir", f"results/{number}"
        )
        assert code in (0, 1), err
    code, out, _ = goldfinch("quarantine", "update", "results", "--output", "json")
    assert code == 0
    document = json.loads(out)
    assert (document["added"], document["cases"][0]["owner"], document["written"]) == (["c0"], "cy", True)


def test_runs_of_pull_requests_are_left_out_and_counted() -> None:
    for day in (1, 2, 3):
        a_run(f"pr-{day}", 3, day=day, base_sha="b" * 40)
    code, _, err = goldfinch("quarantine", "update", "runs")
    assert code == 2
    assert "error E2474: runs: no run with three or more trials a case (left out: 3 of pull requests)" in err


def test_a_case_is_released_with_a_name_and_a_reason_and_does_not_come_back_by_old_runs() -> None:
    three_flaky_runs()
    goldfinch("quarantine", "update", "runs", "--owner", "ana")
    assert goldfinch("quarantine", "release", "case-000", "--by", "bo")[2].startswith("error E2473: --reason: ")
    assert goldfinch("quarantine", "release", "other", "--reason", "x")[2].startswith("error E2472: evaluation/quarantine.yaml: case other")
    code, out, _ = goldfinch("quarantine", "release", "case-000", "--reason", f"mended, {SECRET} is out", "--by", "bo")
    assert (code, out) == (0, "released case-000; it counts again\n")
    left = read_quarantine(FILE).released["case-000"]
    assert "sk-" not in FILE.read_text()
    assert (left.by, left.reason.partition(",")[0]) == ("bo", "mended")
    assert "3 runs: nothing changes" in goldfinch("quarantine", "update", "runs")[1]
    assert goldfinch("quarantine", "list")[1] == "no case is in quarantine\n"


def test_the_list_is_shown_as_text_and_as_json() -> None:
    quarantined(far(), far("case-001", owner=""))
    code, out, _ = goldfinch("quarantine", "list")
    assert code == 0
    assert "case-001 · owner NOBODY · flaky in 3 runs" in out
    assert "! quarantined case case-001 has no owner" in out
    found = json.loads(goldfinch("quarantine", "list", "--output", "json")[1])
    assert [(case["case_id"], case["owner"]) for case in found] == [("case-001", ""), ("case-000", "ana")]


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_hostile_text_in_the_file_acts_nowhere(text: str) -> None:
    before, after = a_run("base", 5), a_run("now", 0, day=2)
    try:
        quarantined(far(owner=f"ana{text}"))
    except InfrastructureError:  # what no file can hold
        return
    code, out, err = goldfinch("quarantine", "list")
    if code:
        assert "error E2470" in err  # too long, or a character that YAML refuses
        return
    shown = out + goldfinch("compare", before, after)[1] + goldfinch("compare", before, after, "--format", "markdown")[1]
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert "<img" not in goldfinch("compare", before, after, "--format", "markdown")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("update", "nowhere"), "error E2474: nowhere: no run with three or more trials a case"),
        (("update", "runs", "--window", "3"), "error E2475: --window 3 holds fewer runs than are asked for; give at least 5"),
        (("list", "--file", "broken.yaml"), "error E2470: broken.yaml: is no quarantine file"),
    ],
)
def test_wrong_input_is_one_line(arguments: tuple[str, ...], told: str) -> None:
    Path("broken.yaml").write_text("cases: []\n")
    code, out, err = goldfinch("quarantine", *arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_compare_lists_the_case_with_its_owner_everywhere_and_does_not_fail_on_it() -> None:
    before, after = a_run("base", 5), a_run("now", 0, day=2)
    assert goldfinch("compare", before, after, "--fail-on-regression")[0] == 1
    quarantined(far())
    code, out, err = goldfinch("compare", before, after, "--fail-on-regression", "--report", "page.html", "--output", "report.json")
    assert code == 0, out + err
    assert "quarantined, in every mean, fails nothing alone:\n  case-000 · owner ana · flaky in 3 runs" in out
    assert "case-000  5/5 → 0/5, critical, regressed, quarantined" in out
    assert json.loads(Path("report.json").read_text())["quarantined"][0]["owner"] == "ana"
    page = Path("page.html").read_text()
    assert "Quarantined, fails nothing alone (1)" in page
    assert "owner ana" in page
    assert '"quarantined":true' in page
    assert "case-000 · owner ana" in goldfinch("compare", before, after, "--format", "markdown")[1].replace("\\", "")


def in_repository() -> None:
    """On `main`, without a quarantine; the branch `change` is checked out."""
    repository()
    with Path(".gitignore").open("a") as file:
        file.write("runs\n")
    committed()


def test_a_change_cannot_quarantine_the_case_that_it_breaks() -> None:
    in_repository()
    quarantined(far())
    committed("quarantine what this change breaks")
    before, after = a_run("base", 5), a_run("now", 0, day=2)
    arguments = ("compare", before, after, "--fail-on-regression")
    assert goldfinch(*arguments)[0] == 0, "by its own quarantine it would pass"
    code, out, _ = goldfinch(*arguments, "--base", "main")
    assert code == 1
    assert "note: this change quarantines case-000: that holds once it is on main" in out
    git("rm", "-q", "--cached", str(FILE))
    code, _, _ = goldfinch(*arguments, "--base", "main")
    assert code == 1, "nor by a file that git does not know"
    FILE.rename("other.yaml")
    assert goldfinch(*arguments, "--base", "main", "--quarantine", "other.yaml")[0] == 1, "nor by another file"


def test_the_base_of_the_pull_request_is_taken_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    in_repository()
    quarantined(far())
    committed("quarantine what this change breaks")
    before, after = a_run("base", 5), a_run("now", 0, day=2)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert goldfinch("compare", before, after, "--fail-on-regression")[0] == 1
    monkeypatch.setenv("GITHUB_BASE_REF", "not-fetched")
    code, out, _ = goldfinch("compare", before, after, "--fail-on-regression")
    assert code == 1, "where the base cannot be read, nobody is excused"
    assert "note: no case is excused: not-fetched: the base branch cannot be read" in out


def test_the_base_branchs_quarantine_holds_although_the_change_removes_it() -> None:
    in_repository()
    git("checkout", "-q", "main")
    quarantined(far())
    committed("quarantine")
    git("checkout", "-q", "-B", "change")
    FILE.unlink()
    committed("release it")
    before, after = a_run("base", 5), a_run("now", 0, day=2)
    code, out, _ = goldfinch("compare", before, after, "--fail-on-regression", "--base", "main")
    assert code == 0
    assert "note: this change releases case-000 from quarantine: that holds once it is on main" in out


def test_check_flags_a_change_of_the_quarantine_and_shows_that_of_the_base_branch(capsys: pytest.CaptureFixture[str]) -> None:
    in_repository()
    git("checkout", "-q", "main")
    quarantined(far("c1"))
    committed("quarantine")
    git("checkout", "-q", "-B", "change")
    quarantined(far("c1"), far("c2"))
    committed("one more")
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run", "--base", "main", "--output", "verdict.json")
    assert code == 0
    assert "quarantine-changed\n  this change quarantines c2: that holds once it is on main" in out
    assert "quarantined, in every figure, fails nothing alone\n  c1 · owner ana" in out
    verdict = json.loads(Path("verdict.json").read_text())
    assert verdict["flags"] == ["quarantine-changed"]
    assert [case["case_id"] for case in verdict["quarantined"]] == ["c1"]


def test_an_unsafe_answer_fails_the_check_although_its_case_is_in_quarantine(capsys: pytest.CaptureFixture[str]) -> None:
    golden()
    unsafe = {"id": "c0", "input": "question 0", "safety": {"canaries": ["yes"]}}
    rest = Path("golden/cases.jsonl").read_text().splitlines()[1:]
    Path("golden/cases.jsonl").write_text("\n".join([json.dumps(unsafe), *rest]) + "\n")
    settings()
    Path("goldfinch.yaml").write_text(
        Path("goldfinch.yaml")
        .read_text()
        .replace("scorers: [must_include]", "scorers: [must_include, safety]")
        .replace(", safety: null", "")
    )
    case_hash = next(record.case_hash for record in RunDirectory(evaluated(40)).scores() if record.case_id == "c0")
    quarantined(far("c0", case_hash=case_hash))
    code, out, _ = check(capsys, "-r", "run")
    assert code == 1
    assert "1 unsafe case: c0" in out
    assert "c0 · owner ana" in out


def test_a_damaged_quarantine_decides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    golden()
    settings()
    evaluated(40)
    FILE.parent.mkdir()
    FILE.write_text("kind: quarantine\nschema_version: 1\ncases: [{case: c0}]\n")
    code, out, err = check(capsys, "-r", "run")
    assert (code, out) == (2, "")
    assert "error E2470: evaluation/quarantine.yaml: cases[0]: has no list of `runs`" in err


def test_a_comparison_without_a_quarantine_says_nothing_of_it() -> None:
    code, out, _ = goldfinch("compare", a_run("base", 5), a_run("now", 5, day=2), "--format", "json")
    assert code == 0
    assert json.loads(out)["quarantined"] == []
    assert Comparison.__dataclass_fields__["quarantined"].default == ()
    assert "quarantin" not in goldfinch("compare", "runs/base", "runs/now")[1]
