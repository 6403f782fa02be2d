"""The arithmetic and the checks of the benchmarks. No job is run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from benchmarks.bars import BARS, Bar, ratio, scale_rss, share_of_limit
from benchmarks.harness import Job, JobFailed, Sample, Scenario, check, finish
from benchmarks.load_check import LoadCheck
from benchmarks.report import FIGURES_BEGIN, FIGURES_END, markdown, publish
from benchmarks.results import Figure, Measurement, ScenarioResult
from benchmarks.spans import spans_in

JOB = Job("ours", "ours", durable=True)
SCENARIO = Scenario("http-0ms", "two cases", 2, 1, (JOB,), latency_ms=0.0)


def sample(job: str, *, eval_s: float = 1.0, eval_cpu_s: float | None = 1.0, peak_rss_mb: float = 50.0) -> Sample:
    return Sample(job, 0, eval_s, eval_s, eval_s, eval_cpu_s, peak_rss_mb, load=0.0)


def measurement(name: str, cases: int, *samples: Sample) -> Measurement:
    machine = {"cpu": "a cpu", "cores": 2, "memory_gb": 8, "python": "3.11"}
    return Measurement("2026-01-01", machine, 1, 0.0, {name: ScenarioResult("title", cases, list(samples))})


def run_directory(folder: Path, *, lines: int, status: str = "complete") -> Path:
    run = folder / "run"
    run.mkdir()
    for name in ("outputs.jsonl", "results.jsonl"):
        (run / name).write_text("{}\n" * lines)
    (run / "manifest.json").write_text(json.dumps({"status": status}))
    return folder


def test_a_comparison_is_the_median_of_the_ratios_within_each_round() -> None:
    rounds = [sample("peer", eval_s=10), sample("ours", eval_s=1), sample("peer", eval_s=30), sample("ours", eval_s=10)]
    figure = ratio("http-0ms", "peer", "ours", lambda one: one.eval_s)(measurement("http-0ms", 2, *rounds))
    assert figure == Figure(median=6.5, low=3.0, high=10.0, count=2)


def test_a_comparison_without_its_peer_is_not_measured() -> None:
    assert ratio("http-0ms", "peer", "ours", lambda one: one.eval_s)(measurement("http-0ms", 2, sample("ours"))) is None


@pytest.mark.parametrize(("floor_s", "needed_per_s"), [(1.7, 1088.0), (2.5, 0.95 * 2000 / 2.5)])
def test_at_200_ms_a_busy_machine_is_judged_by_what_the_bare_loop_reaches(floor_s: float, needed_per_s: float) -> None:
    found = measurement("http-200ms", 2000, sample("ours", eval_s=2000 / needed_per_s), sample("floor", eval_s=floor_s))
    figure = share_of_limit("ours", "floor")(found)
    assert figure is not None
    assert figure.median == pytest.approx(1.0)


def test_memory_a_case_is_what_the_largest_run_takes_beyond_the_smallest() -> None:
    found = measurement("scale-10000", 10_000, sample("goldfinch", peak_rss_mb=50))
    found.scenarios["scale-1000000"] = ScenarioResult("title", 1_000_000, [sample("goldfinch", peak_rss_mb=100)])
    figure = scale_rss(found)
    assert figure is not None
    assert figure.median == pytest.approx(50 * 2**20 / 1e6)


@pytest.mark.parametrize(("at_least", "figure", "met"), [(True, 2.0, True), (True, 1.9, False), (False, 2.0, True), (False, 2.1, False)])
def test_a_bar_is_met_on_its_own_side_of_the_target(at_least: bool, figure: float, met: bool) -> None:
    bar = Bar("a bar", "", 2.0, at_least, lambda _: None)
    assert bar.met(Figure.of([figure])) is met


def test_every_bar_is_in_the_report_even_when_nothing_was_measured() -> None:
    text = markdown(Measurement("2026-01-01", {"cpu": "", "cores": 1, "memory_gb": 1, "python": "3.11"}, 5, 0.0))
    assert text.count("not measured") == len(BARS)


def test_a_run_counts_when_every_case_passed_once_and_is_on_disk(tmp_path: Path) -> None:
    check(JOB, SCENARIO, {"passed": 2}, {"requests": 2}, run_directory(tmp_path, lines=2))


@pytest.mark.parametrize(
    ("counted", "written", "complaint"),
    [
        ((1, 2), (2, "complete"), "1 of 2 cases passed"),
        ((2, 3), (2, "complete"), "3 requests for 2 cases"),
        ((2, 2), (1, "complete"), "1 lines in outputs.jsonl"),
        ((2, 2), (2, "running"), "the manifest says 'running'"),
    ],
)
def test_a_run_that_did_not_do_the_whole_work_is_refused(
    tmp_path: Path, counted: tuple[int, int], written: tuple[int, str], complaint: str
) -> None:
    passed, requests = counted
    lines, status = written
    with pytest.raises(JobFailed, match=complaint):
        check(JOB, SCENARIO, {"passed": passed}, {"requests": requests}, run_directory(tmp_path, lines=lines, status=status))


def test_a_job_that_ends_badly_is_reported_with_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="no such luck"):
        finish([sys.executable, "-c", "raise SystemExit('no such luck')"], {}, tmp_path)


def test_a_finished_job_is_measured_by_the_kernel(tmp_path: Path) -> None:
    finished = finish([sys.executable, "-c", "print('noise'); print('{\"passed\": 2}')"], {}, tmp_path)
    assert finished.result == {"passed": 2}
    assert finished.cpu_s > 0
    assert finished.max_rss_mb > 1


def test_figures_are_published_between_their_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before {FIGURES_BEGIN}stale{FIGURES_END} after")
    publish(measurement("http-0ms", 2, sample("ours")), page)
    text = page.read_text()
    assert text.startswith(f"before {FIGURES_BEGIN}\n\nMeasured 2026-01-01")
    assert text.endswith(f"\n{FIGURES_END} after")
    assert "stale" not in text


def test_a_measurement_survives_its_file(tmp_path: Path) -> None:
    found = measurement("http-0ms", 2, sample("ours"))
    found.write(tmp_path / "found.json")
    assert Measurement.read(tmp_path / "found.json") == found


def test_the_collector_counts_spans_as_opentelemetry_does() -> None:
    span = Span(trace_id=b"t" * 16, span_id=b"s" * 8, name="x" * 300)
    scopes = [ScopeSpans(spans=[span] * 3), ScopeSpans(spans=[span])]
    request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=Resource(), scope_spans=scopes)] * 2)
    assert spans_in(request.SerializeToString()) == 8


def test_a_traced_job_that_loses_a_span_is_worth_nothing(tmp_path: Path) -> None:
    job = Job("traced", "traced", traced=True)
    check(job, SCENARIO, {"passed": 2}, {"requests": 2, "spans": 3}, tmp_path)
    with pytest.raises(JobFailed, match="saw 2 spans"):
        check(job, SCENARIO, {"passed": 2}, {"requests": 2, "spans": 2}, tmp_path)


def test_the_load_generator_agrees_with_h2load_within_the_larger_of_five_percent_and_a_millisecond() -> None:
    near = LoadCheck(9000.0, 110.0, 190.0, 188.0, 105.0, 2000)
    assert near.p95_apart == pytest.approx(5 / 5.25)
    assert LoadCheck(9000.0, 6.0, 190.0, 188.0, 5.0, 2000).p95_apart == 1.0
    assert LoadCheck(9000.0, 110.0, 190.0, 188.0, None, 2000).p95_apart is None
    assert near.stall_seen == pytest.approx(190 / 188)
