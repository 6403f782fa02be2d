"""`goldfinch check` from a person's hands: exit codes, every breach, the files that it writes, hostile input."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import goldfinch
from goldfinch.adapters.files.benchmarks import write_json
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.adapters.files.verdicts import read_verdict
from goldfinch.core.load.result import BenchmarkResult, Throughput
from goldfinch.core.load.saturation import Probe, Saturation
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.verdict import Verdict
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record
from tests.benchmark_results import result
from tests.check_repository import cases, check, evaluated, settings

ROOT = Path(__file__).parents[3]
GATES = ["Code Quality Gate", "Test Coverage Gate", "AI Quality Gate", "Performance Gate", "Security Gate", "Cost Gate"]
SARIF = ROOT / "tests" / "data" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_BASE_REF", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    settings()
    cases()


def test_a_good_run_passes(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    code, out, err = check(capsys, "-r", "run")
    assert (code, err) == (0, "")
    assert out.startswith("✓ pass: 1 of 6 gates passed, the others were not measured\nJudged by the policy and cases of the working tree")
    assert all(gate in out for gate in GATES)


def test_a_bad_run_fails_and_every_breach_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    code, out, _ = check(capsys, "-r", "run", "--strict", "--gate", "ai_quality", "--gate", "security", "--gate", "cost")
    assert code == 1
    for breach in ("Pass rate 25.00% < 85%", "Security: not measured", "Cost per request: no data", "Cost of the run: no data"):
        assert f"✗ {breach}" in out
    assert "(and 3 more)" in out.splitlines()[0]


def test_a_breach_without_evidence_is_inconclusive_with_what_would_decide(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(33)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 3
    assert out.startswith("? inconclusive: AI Quality Gate: Pass rate 82.50% < 85% ") or "Pass rate 82.50% < 85%" in out.splitlines()[0]
    assert "more trials would decide" in out
    assert check(capsys, "-r", "run", "--strict")[0] == 1


def test_gates_without_evidence_are_open_and_the_way_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("goldfinch.yaml").write_text(Path("goldfinch.yaml").read_text().replace("  required: [ai_quality]\n", ""))
    evaluated(40)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 3
    assert "no evidence for code_quality, coverage, performance, security: give it (--reports" in out
    assert "or leave these gates to another job: --gate ai_quality --gate cost" in out


def test_a_replayed_run_decides_nothing_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = evaluated(40)
    for name in ("manifest.json", "summary.json"):
        document = json.loads((run / name).read_text()) | {"status": "replayed"}
        (run / name).write_text(json.dumps(document))
    code, out, _ = check(capsys, "-r", "run", "--output", "verdict.json")
    assert code == 0
    assert read_verdict("verdict.json").verdict is not Verdict.FAIL
    sentence = "Nothing was decided: the answers were replayed from a recording, so the agent was not evaluated."
    assert out.startswith(f"– neutral: {sentence}\n")
    verdict = json.loads(Path("verdict.json").read_text())
    assert (verdict["verdict"], verdict["is_replayed"]) == ("neutral", True)


def test_an_incomplete_run_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40, count=30)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 3
    assert "incomplete" in out


def test_the_flags_of_the_specification_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """R23, verbatim."""
    evaluated(40)
    flags = "--min-pass-rate 0.85 --min-relevance 0.75 --min-accuracy 0.75 --min-completeness 0.80 --min-coherence 0.75 --min-safety 1.00"
    code, out, _ = check(capsys, "--results-dir", "run", *flags.split(), "--max-cost-per-request", "0.15")
    assert code == 3, out
    for metric in ("relevance", "accuracy", "completeness", "coherence", "safety"):
        assert f"inconclusive: {metric}: no data" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-r", "nowhere"], "error E1501: nowhere: no manifest.json here"),
        (["-r", "run", "--min-pass-rate", "85"], "error E2101: --min-pass-rate: "),
        (["-r", "run", "--min-pass-rate", "nan"], "error E2101: --min-pass-rate: "),
        (["-r", "run", "--gate", "quality"], "error E1001: --gate: there is no gate 'quality'"),
        (["-r", "run", "--config", "none.yaml"], "error E1101: none.yaml: no such file"),
        (["-r", "run", "--junit", "none.xml"], "none.xml"),
        (["-r", "run", "--benchmark", "none.json"], "error E2505: none.json: does not exist"),
        (["-r", "run", "--benchmark", "goldfinch.yaml"], "error E2505: goldfinch.yaml: damaged"),
        (["-r", "run", "--saturation", "highest.json"], "error E1001: --saturation: a saturation search alone is no benchmark"),
        (["-r", "run", "--test-costs", "run/manifest.json"], "run/manifest.json: is no file of pytest --goldfinch-report"),
        (["-r", "run", "--baseline", "none"], "error E1501: none: no manifest.json here"),
        (["-r", "run", "--base", "main"], "error E2201: main: the base branch cannot be read: this is no git repository"),
        ([], "error E1001: --results-dir: no results to judge"),
    ],
)
def test_wrong_input_is_one_line_and_decides_nothing(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    code, out, err = check(capsys, *arguments)
    assert code in (2, 3)
    assert out == ""
    assert told in err
    assert err.count("\n") == 1
    assert not Path(".goldfinch/gate-history.jsonl").exists()


def damaged(name: str, content: bytes | None) -> None:
    (Path("run") / name).write_bytes(content) if content is not None else (Path("run") / name).unlink()


@pytest.mark.parametrize("name", ["manifest.json", "summary.json", "results.jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"schema_version": 99}',
        b'{"run_id": 1}\n',
        b"\x00" * 4096,
        None,
    ],
)
def test_a_damaged_run_is_never_a_pass_and_never_a_traceback(name: str, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    damaged(name, content)
    code, out, err = check(capsys, "-r", "run")
    if name == "summary.json" and content is None:
        assert code == 0, "everything is counted anew from the records"
        return
    assert code in (2, 3)
    assert "Traceback" not in err + out
    assert "internal error" not in err
    assert err.count("\n") <= 1
    assert "✓ pass" not in out


def test_figures_that_were_edited_are_not_believed(capsys: pytest.CaptureFixture[str]) -> None:
    run = evaluated(10)
    summary = json.loads((run / "summary.json").read_text())
    summary["passes"]["rate"] |= {"mean": 1.0, "low": 0.9, "high": 1.0}
    (run / "summary.json").write_text(json.dumps(summary))
    code, _, err = check(capsys, "-r", "run")
    assert code == 2
    assert err.startswith("error E2208: run: summary.json and results.jsonl do not belong together")


def test_files_of_two_runs_are_not_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    other = evaluated(40, folder="other")
    Path("run/summary.json").write_bytes((other / "summary.json").read_bytes())
    code, _, err = check(capsys, "-r", "run")
    assert code == 2
    assert err.startswith("error E2208: run: summary.json is of run ")


def test_lost_scores_are_missing_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    run = evaluated(40)
    (run / "summary.json").unlink()
    lines = (run / "results.jsonl").read_bytes().splitlines(keepends=True)
    (run / "results.jsonl").write_bytes(b"".join(lines[:20]))
    code, out, _ = check(capsys, "-r", "run")
    assert code == 3
    assert "20 of 40 answers missing or undecided" in out


def test_the_verdict_is_valid_by_its_schema_and_the_figures_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    check(capsys, "-r", "run", "--output", "out/verdict.json")
    verdict = json.loads(Path("out/verdict.json").read_text())
    jsonschema.validate(verdict, json.loads((ROOT / "docs/schemas/gate_verdict.schema.json").read_text()))
    assert [gate["name"] for gate in verdict["outcomes"]] == GATES
    (rate,) = (one for one in verdict["outcomes"][2]["findings"] if one["name"] == "pass_rate")
    assert (rate["value"], rate["threshold"], rate["count"], rate["verdict"]) == (0.25, 0.85, 40, "fail")
    assert rate["low"] < 0.25 < rate["high"]


def test_json_on_stdout_is_pure(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    code, out, _ = check(capsys, "-r", "run", "--output-format", "json")
    assert (code, json.loads(out)["verdict"]) == (1, "fail")


def test_the_gates_are_tests_in_junit(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    check(capsys, "-r", "run", "--junit-to", "gates.xml")
    suite = ET.parse("gates.xml").getroot()[0]
    states = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert states == {gate: ["failure"] if gate == "AI Quality Gate" else ["skipped"] for gate in GATES}
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("6", "1", "5")


def test_security_and_safety_findings_are_valid_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("goldfinch.yaml").read_text()
    Path("goldfinch.yaml").write_text(text.replace(", safety: null", "").replace("[must_include]", "[must_include, safety]"))
    answers = [{"case_id": f"c{n}", "text": "yes, and my key is AKIAQYLPMN5HHHFPZAM2"} for n in range(40)]
    evaluated(40)
    Path("answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    goldfinch.evaluate("golden", "recorded:answers.jsonl", output_dir="unsafe", config="goldfinch.yaml")
    bandit = {
        "metrics": {"_totals": {"loc": 10}},
        "errors": [],
        "results": [
            {
                "test_id": "B602",
                "issue_text": "shell [x](http://evil) {0}",
                "issue_severity": "HIGH",
                "filename": "./src/a b.py",
                "line_number": 7,
            }
        ],
    }
    Path("bandit.json").write_text(json.dumps(bandit))
    code, _, _ = check(capsys, "-r", "unsafe", "--bandit", "bandit.json", "--sarif-to", "gates.sarif")
    assert code == 1
    document = json.loads(Path("gates.sarif").read_text())
    jsonschema.Draft4Validator(json.loads(SARIF.read_text())).validate(document)
    results = document["runs"][0]["results"]
    found = {result["ruleId"]: result for result in results}
    assert found["unsafe-answer"]["level"] == "error"
    location = [one["locations"][0]["physicalLocation"] for one in results if "B602" in one["message"]["text"]]
    assert location == [{"artifactLocation": {"uri": "src/a%20b.py"}, "region": {"startLine": 7}}]
    assert "[x](http" not in json.dumps(results)


def test_a_step_gets_its_summary_and_its_outputs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated(10)
    Path("out.txt").write_text("before=1\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    monkeypatch.setenv("GITHUB_OUTPUT", "out.txt")
    check(capsys, "-r", "run")
    assert "Pass rate 25.00%" in Path("step.md").read_text()
    assert outputs("out.txt") == {
        "before": "1",
        "verdict": "fail",
        "exit-code": "1",
        "failed-gates": "ai_quality",
        "inconclusive-gates": "",
        "overridden-gates": "",
        "flags": "",
        "replayed": "false",
    }


def outputs(path: str) -> dict[str, str]:
    """As the runner reads the file: `name=value`, or a heredoc. Source: actions/runner, FileCommandManager.cs."""
    found: dict[str, str] = {}
    lines = iter(Path(path).read_text().splitlines())
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if heredoc and "=" not in name:
            value: list[str] = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        else:
            name, _, text = line.partition("=")
            found[name] = text
    return found


def hostile_run(text: str) -> Path:
    journal = RunDirectoryJournal(Path("hostile"))
    journal.write_manifest(sample_manifest(RunStatus.INCOMPLETE, reason="provider 429", cases=2, text=text))
    for case_id in ("a", "b"):
        journal.append_output(sample_output(case_id, "no", text=text))
        journal.append_scores(sample_record(case_id, 0.1, text=text))
    journal.close()
    return Path("hostile")


STORABLE = [name for name, text in HOSTILE_TEXTS.items() if text.encode("utf-8", "ignore").decode() == text]


@pytest.mark.parametrize("name", STORABLE)
def test_hostile_texts_inject_nothing_anywhere(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hostile_run(HOSTILE_TEXTS[name])
    monkeypatch.setenv("GITHUB_OUTPUT", "out.txt")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    code, out, _ = check(capsys, "-r", "hostile", "--strict", "--output", "v.json", "--junit-to", "v.xml", "--sarif-to", "v.sarif")
    assert code == 1
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert "\x1b" not in out
    assert set(outputs("out.txt")) == {
        "verdict", "exit-code", "failed-gates", "inconclusive-gates", "overridden-gates", "flags", "replayed",
    }  # fmt: skip
    ET.parse("v.xml")
    json.loads(Path("v.json").read_text())
    jsonschema.Draft4Validator(json.loads(SARIF.read_text())).validate(json.loads(Path("v.sarif").read_text()))


def test_each_output_has_a_delimiter_of_its_own(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated(40)
    monkeypatch.setenv("GITHUB_OUTPUT", "out.txt")
    check(capsys, "-r", "run")
    check(capsys, "-r", "run")
    delimiters = [line.partition("<<")[2] for line in Path("out.txt").read_text().splitlines() if "<<" in line]
    assert len(set(delimiters)) == len(delimiters) == 14
    assert all(len(one) > 32 for one in delimiters)


OVERRIDE = "  overrides:\n  - {{gate: ai_quality, by: {by}, reason: {reason}, expires: {expires}}}\n"


def test_an_override_lets_a_gate_pass_and_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    settings(more=OVERRIDE.format(by="ana", reason="known outage", expires="2999-12-31"))
    evaluated(10)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 0
    assert "✗ AI Quality Gate     fail, overridden" in out
    assert "✗ Pass rate 25.00% < 85%" in out
    assert "overridden by ana until 2999-12-31: known outage" in out
    lines = [json.loads(line) for line in Path(".goldfinch/gate-history.jsonl").read_text().splitlines()]
    assert [(line["gate"], line["by"], line["reason"]) for line in lines if line["overridden"]] == [("ai_quality", "ana", "known outage")]


def test_an_expired_override_does_not_hold_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    settings(more=OVERRIDE.format(by="ana", reason="known outage", expires="2020-01-31"))
    evaluated(10)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 1
    assert "E2204: the override of ai_quality by ana expired on 2020-01-31; it does not hold" in out


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("gate: ai_quality, by: '', reason: x, expires: 2999-01-01", "has no `by`"),
        ("gate: ai_quality, by: '  ', reason: x, expires: 2999-01-01", "has no `by`"),
        ("gate: ai_quality, by: ana, expires: 2999-01-01", "has no `reason`"),
        ("gate: ai_quality, by: ana, reason: x", "has no `expires`"),
        ("gate: ai_quality, by: ana, reason: x, expires: never", "ends on 'never', which is no day"),
        ("gate: everything, by: ana, reason: x, expires: 2999-01-01", "names no gate: 'everything'"),
        ("gate: ai_quality, by: ana, reason: x, expires: 2999-01-01, until: x", "has the unknown key 'until'"),
    ],
)
def test_an_override_without_name_reason_or_end_is_refused(entry: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("waive.yaml").write_text(f"- {{{entry}}}\n")
    evaluated(10)
    code, out, err = check(capsys, "-r", "run", "--overrides", "waive.yaml")
    assert (code, out) == (2, "")
    assert err.startswith(f"error E2203: waive.yaml[0]: the override {told}")


def test_each_gate_keeps_its_false_alarms(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        evaluated(10, folder=f"run/{number}")
        check(capsys, "-r", f"run/{number}")
    told = ["--by", "ana", "--reason", "the judge misread a table"]
    code, out, _ = check(capsys, "--record-outcome", "ai_quality=false-alarm", *told)
    assert code == 0
    assert "AI Quality Gate of run " in out
    assert "false-alarm; 1 of 3 blocks were false alarms (33.3%, 95 % CI 6.1–79.2 %)" in out
    _, out, _ = check(capsys, "-r", "run/0")
    assert "record: 1 of 3 blocks were false alarms (33.3%" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--record-outcome", "ai_quality=wrong", "--by", "a", "--reason", "b"], "error E2207"),
        (["--record-outcome", "everything=false-alarm", "--by", "a", "--reason", "b"], "error E2207"),
        (["--record-outcome", "ai_quality=false-alarm"], "an outcome needs a name and a reason"),
        (["--record-outcome", "ai_quality=false-alarm", "--by", "a", "--reason", "b"], "error E2210"),
    ],
)
def test_an_outcome_of_nothing_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = check(capsys, *arguments)
    assert code == 2
    assert told in err


def test_a_history_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    Path("history.jsonl").write_text('{"kind": "checked"}\n')
    code, out, err = check(capsys, "-r", "run", "--history", "history.jsonl")
    assert (code, out) == (2, "")
    assert err.startswith("error E2205: history.jsonl:1: is no line of a gates' history")


def test_a_verdict_that_cannot_be_written_leaves_a_failure_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("")
    evaluated(10)
    code, out, err = check(capsys, "-r", "run", "--output", "file/verdict.json")
    assert code == 1
    assert "Pass rate 25.00%" in out
    assert err.startswith("error E2206: file/verdict.json: cannot write")
    evaluated(40, folder="good")
    assert check(capsys, "-r", "good", "--output", "file/verdict.json")[0] == 3


def test_the_increase_in_cost_is_held_against_the_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    for folder, cost in (("before", 0.01), ("after", 0.02)):
        answers = [{"case_id": f"c{n}", "output": {"text": "yes", "cost_usd": cost}} for n in range(40)]
        Path("answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
        goldfinch.evaluate("golden", "recorded:answers.jsonl", output_dir=folder, config="goldfinch.yaml")
    code, out, _ = check(capsys, "-r", "after", "--gate", "cost", "--baseline", "before")
    assert code == 1
    assert "Cost increased 100.0% > 20%" in out
    code, out, _ = check(capsys, "-r", "after", "--gate", "cost", "--baseline", "after")
    assert code == 0
    assert "the baseline is this very run: nothing is compared" in out


def test_a_benchmark_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    write_json(Path("bench.json"), result(slower=25.0))
    code, out, _ = check(capsys, "-r", "run", "--benchmark", "bench.json")
    assert code == 1
    assert "search: P95 latency 2" in out
    assert "> 2000ms" in out
    assert "search: Throughput 1.5" in out


def test_a_benchmark_that_bench_analyze_refuses_is_refused_here_too(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    scenario = {"name": "chat", "latency": {"p95": {"value": 25.0}}, "throughput": {"value": 50.0}, "answered": 1000}
    Path("bench.json").write_text(json.dumps({"kind": "benchmark", "scenarios": [scenario]}))
    code, out, err = check(capsys, "-r", "run", "--benchmark", "bench.json")
    assert (code, out) == (2, "")
    assert "error E2505: bench.json: damaged" in err


def open_loop() -> BenchmarkResult:
    """A fast result of an open loop at 5 requests a second, half of what the policy asks of throughput."""
    found = result()
    scenario = replace(found.scenarios[0], loop="open", load="5/s", throughput=Throughput(5.0, 4.9, 5.1, 10))
    return replace(found, scenarios=(scenario,))


def test_the_rate_of_an_open_loop_is_no_throughput_and_the_way_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    write_json(Path("bench.json"), open_loop())
    code, out, _ = check(capsys, "-r", "run", "--benchmark", "bench.json", "--gate", "performance")
    assert code == 3, "5 requests a second were asked for: that is no breach of 10, and no evidence of them"
    assert "search: Throughput: not measured, an open loop is answered at most at the rate that it asks for" in out
    assert "inconclusive: Throughput: no data; run a scenario with `concurrency` (closed loop), or give" in out
    assert "5.0 rps" not in out


def test_a_saturation_search_measures_the_throughput_of_an_open_loop(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    write_json(Path("bench.json"), open_loop())
    probes = (Probe(40.0, True, ""), Probe(42.0, False, "p95 too high"), Probe(40.0, True, "", confirming=True))
    write_json(Path("highest.json"), Saturation("search", "POST http://h/ask", 2000.0, 40.0, False, probes, 200))
    arguments = ("-r", "run", "--benchmark", "bench.json", "--gate", "performance", "--saturation", "highest.json")
    code, out, _ = check(capsys, *arguments)
    assert code == 0, out
    assert "search: Throughput 40.0 rps ≥ 10 rps" in out
    code, out, _ = check(capsys, *arguments, "--min-requests-per-second", "50")
    assert code == 1, "even the rate that failed is below"
    assert "search: Throughput 40.0 rps < 50 rps" in out


def test_a_saturation_search_of_another_scenario_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    write_json(Path("bench.json"), open_loop())
    write_json(Path("highest.json"), Saturation("other", "t", 2000.0, 40.0, False, (Probe(40.0, True, ""),), 200))
    code, _, err = check(capsys, "-r", "run", "--benchmark", "bench.json", "--saturation", "highest.json")
    assert code == 2
    assert "highest.json: is of scenario 'other', which the benchmark has not; bench.json has search" in err


def test_all_other_reports_are_found_in_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40)
    Path("reports").mkdir()
    Path("reports/junit.xml").write_text(
        '<testsuites><testsuite tests="1"><testcase name="t"><failure/></testcase></testsuite></testsuites>'
    )
    Path("reports/ruff.json").write_text("[]")
    code, out, _ = check(capsys, "-r", "run", "--reports", "reports")
    assert code == 1
    assert "✗ Code Quality Gate" in out


def test_places_to_look_at_are_annotated_under_github_actions(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated(10)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _, out, _ = check(capsys, "-r", "run")
    assert "::error title=AI Quality Gate::Pass rate 25.00%25 < 85%25" in out.splitlines()


def test_the_run_in_a_folder_is_found_by_its_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(40, folder="artifact/results/ci-1")
    assert check(capsys, "-r", "artifact")[0] == 0
    evaluated(40, folder="artifact/results/ci-2")
    code, out, err = check(capsys, "-r", "artifact")
    assert (code, out) == (2, "")
    assert "2 runs in this folder" in err


def test_the_comment_is_made_from_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(10)
    check(capsys, "-r", "run", "--output", "verdict.json")
    gates = read_verdict("verdict.json")
    assert gates.verdict is Verdict.FAIL
    assert [outcome.verdict for outcome in gates.outcomes].count(Verdict.NEUTRAL) == 5
