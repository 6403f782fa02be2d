from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import goldfinch
from goldfinch.cli.app import main

SETTINGS = """
dataset: golden.jsonl
scorers: [exact]
gates:
  ai_quality:
    metrics: {relevance: null, accuracy: null, completeness: null, coherence: null, safety: null}
"""


@dataclass
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_REF_TYPE", "GITHUB_REF_NAME", "GITHUB_ACTOR", "CI_COMMIT_BRANCH"):
        monkeypatch.delenv(name, raising=False)
    Path("goldfinch.yaml").write_text(SETTINGS)
    lines = [{"id": f"c{number}", "input": "q", "expected": {"answer": "hi"}} for number in range(12)]
    Path("golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Path(".gitignore").write_text("results/\n")
    answers("hi")
    git("init", "-q", "-b", "main")
    git("config", "user.name", "Ada")
    git("config", "user.email", "ada@example.com")
    commit()


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", "-A")
    git("commit", "-qm", "more")


def answers(text: str) -> None:
    Path("answers.jsonl").write_text("".join(json.dumps({"case_id": f"c{number}", "text": text}) + "\n" for number in range(12)))


def evaluated(name: str = "a") -> Path:
    goldfinch.evaluate("golden.jsonl", "recorded:answers.jsonl", ["exact"], output_dir=f"results/{name}")
    return Path("results", name)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def called(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["goldfinch", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return called


def test_a_run_that_passed_becomes_the_baseline_of_the_branch(run: Run) -> None:
    evaluated()
    ended = run("baseline", "promote", "results/a")
    assert ended.code == 0
    assert ended.out.splitlines()[0].split() == ["branch", "main"]
    shown = json.loads(run("baseline", "show", "--output", "json").out)
    assert (shown["branch"], shown["promoted_by"], shown["passed_by"]) == ("main", "Ada", "AI Quality Gate")
    assert shown["pass_rate"]["mean"] == 1.0
    assert shown["metrics"] == {"exact": {"mean": 1.0, "count": 12}}
    assert 0 <= shown["age_s"] < 3600
    assert Path("evaluation/baselines/main").is_dir()


def test_each_branch_has_its_own(run: Run) -> None:
    evaluated()
    run("baseline", "promote", "results/a")
    run("baseline", "promote", "results/a", "--branch", "../x", "--without-outputs")
    every = json.loads(run("baseline", "show", "--all", "--output", "json").out)
    assert [(one["branch"], one["has_outputs"]) for one in every] == [("main", True), ("../x", False)]
    assert [Path(one["path"]).parent for one in every] == [Path("evaluation/baselines")] * 2
    assert not Path("evaluation/x").exists()


def test_a_run_that_did_not_pass_is_refused_and_the_baseline_stays(run: Run) -> None:
    evaluated()
    run("baseline", "promote", "results/a")
    before = json.loads(run("baseline", "show", "--output", "json").out)["run_id"]
    answers("no")
    commit()
    evaluated("bad")
    ended = run("baseline", "promote", "results/bad")
    assert ended.code == 2
    assert ended.err.startswith("error E2402: results/bad: AI Quality Gate: Pass rate 0.00% < 85%")
    assert json.loads(run("baseline", "show", "--output", "json").out)["run_id"] == before


def test_a_run_of_a_dirty_tree_is_refused_unless_it_is_allowed(run: Run) -> None:
    Path("goldfinch.yaml").write_text(SETTINGS + "# edited\n")
    evaluated()
    ended = run("baseline", "promote", "results/a")
    assert (ended.code, ended.err.split(":")[0]) == (2, "error E2403")
    assert run("baseline", "promote", "results/a", "--allow-dirty").code == 0


def test_an_incomplete_run_and_a_part_of_the_dataset_are_refused(run: Run) -> None:
    folder = evaluated()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"status": "incomplete", "reason": "interrupted"}))
    ended = run("baseline", "promote", "results/a")
    assert ended.err.startswith("error E2401: results/a: the run is incomplete: interrupted")
    (folder / "manifest.json").write_text(json.dumps(manifest | {"status": "replayed", "replayed_from": "9f2e"}))
    assert run("baseline", "promote", "results/a").err.startswith("error E2401")


def test_a_run_whose_scores_were_cut_is_refused(run: Run) -> None:
    folder = evaluated()
    lines = (folder / "results.jsonl").read_text().splitlines(keepends=True)
    (folder / "results.jsonl").write_text("".join(lines[:-2]))
    ended = run("baseline", "promote", "results/a")
    assert (ended.code, ended.err.split(":")[0]) == (2, "error E2304")


def test_the_verdict_of_a_check_decides_where_it_is_given(run: Run) -> None:
    folder = evaluated()
    run_id = json.loads((folder / "manifest.json").read_text())["run_id"]
    verdict = {"kind": "gate_verdict", "verdict": "pass", "run": {"run_id": run_id}, "is_replayed": False}
    for changed, code in (
        ({"verdict": "fail"}, "E2402"),
        ({"verdict": "neutral"}, "E2402"),
        ({"run": {"run_id": "x"}}, "E2409"),
        ({"kind": "run"}, "E2409"),
    ):
        Path("verdict.json").write_text(json.dumps(verdict | changed))
        ended = run("baseline", "promote", "results/a", "--verdict", "verdict.json")
        assert (ended.code, ended.err.split(":")[0]) == (2, f"error {code}")
    Path("verdict.json").write_text(json.dumps(verdict))
    ended = run("baseline", "promote", "results/a", "--verdict", "verdict.json")
    assert (ended.code, "goldfinch check" in ended.out) == (0, True)


def test_what_a_check_really_wrote_is_taken_as_its_verdict(run: Run) -> None:
    evaluated()
    assert run("check", "--results-dir", "results/a", "--gate", "ai_quality", "--output", "verdict.json").code == 0
    ended = run("baseline", "promote", "results/a", "--verdict", "verdict.json")
    assert (ended.code, "goldfinch check" in ended.out) == (0, True), ended.err


def test_a_bootstrap_is_neutral_and_gives_way_to_a_run_but_never_replaces_one(run: Run) -> None:
    evaluated()
    assert run("baseline", "show").err.startswith("error E2408: evaluation/baselines: branch main has no baseline")
    assert run("baseline", "bootstrap").code == 0
    compared = run("compare", "results/a", "--fail-on-regression")
    assert compared.code == 0
    assert compared.out.startswith("neutral: the baseline is a bootstrap")
    assert run("baseline", "promote", "results/a").code == 0
    assert json.loads(run("baseline", "show", "--output", "json").out)["previous_run_id"] is None
    assert run("baseline", "bootstrap").err.startswith("error E2401")


def test_compare_finds_the_baseline_of_the_branch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated()
    neutral = run("compare", "results/a")
    assert (neutral.code, neutral.out.splitlines()[0]) == (0, "neutral: there is no baseline yet")
    run("baseline", "promote", "results/a")
    answers("no")
    evaluated("bad")
    ended = run("compare", "results/bad", "--fail-on-regression")
    assert (ended.code, ended.err.splitlines()[0]) == (1, "compared with the baseline in evaluation/baselines/main")
    git("checkout", "-qb", "feature/x")
    assert run("compare", "results/bad", "--fail-on-regression").code == 1  # a branch without one has that of the default branch
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    assert run("compare", "results/bad").out.startswith("neutral: there is no baseline yet")
    assert run("compare", "results/bad", "--branch", "main", "--fail-on-regression").code == 1
    assert run("compare", "results/a", "results/bad", "--branch", "main").code == 2


def test_a_mixed_up_baseline_is_one_clear_error(run: Run) -> None:
    evaluated()
    run("baseline", "promote", "results/a")
    promotion = Path("evaluation/baselines/main/baseline.json")
    promotion.write_text(promotion.read_text().replace('"run_id": "', '"run_id": "other-'))
    for command in (["baseline", "show"], ["compare", "results/a"]):
        ended = run(*command)
        assert (ended.code, ended.err.split(":")[0]) == (2, "error E2406")


def test_a_detached_commit_has_no_branch(run: Run) -> None:
    git("checkout", "-q", "--detach")
    ended = run("baseline", "show")
    assert (ended.code, ended.err.split(":")[0]) == (2, "error E2404")
