"""Every hostile text in every field, in a real browser: nothing runs, nothing is loaded, nothing is built from data (T1, T2, T4, T5)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from goldfinch.core.datasets.case import Case, Expected, NumberExpectation, ToolExpectation
from goldfinch.core.escaping import for_terminal
from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreStatus
from goldfinch.testing.hostile_text import HOSTILE_TEXTS, HTML_TEXTS
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

from .conftest import Watched, watch, write_page

pytestmark = pytest.mark.needs("chromium", package="chromium")

ELEMENTS = (
    "html head meta title style body a div span svg circle path button main section h1 h2 h3 h4 p ul ol li i dl dt dd header footer table "
    "thead tbody tr th td line rect text form input fieldset legend select option output aside noscript dialog kbd script pre code strong "
    "details summary ins del mark"
)
OURS = set(ELEMENTS.split())
EXPLORE = (Path(__file__).parent / "explore.js").read_text(encoding="utf-8")


def hostile_run(text: str) -> InMemoryRun:
    """A run with `text` in every field that can hold it."""
    run = InMemoryRun(sample_manifest(RunStatus.INCOMPLETE, cases=9, trials=2, text=text), location=f"runs/{text}")
    timeout = Failure(FailureKind.TIMEOUT, f"late{text}")
    limited = Failure(FailureKind.RATE_LIMITED, f"429{text}", 429)
    twice = [
        sample_record("twice", trial, trial=trial, trials=2, text=text, tags=(text, f"tag{text}"), critical=True) for trial in range(2)
    ]
    run.score_lines = [
        sample_record("low", 0.1, text=text, tags=(text,)),
        sample_record("late", 0.0, failure=timeout, text=text, cost_usd=None),
        sample_record("limited", failure=limited, text=text, latency_ms=None),
        *twice,
    ]
    evidence = MetricScore(f"more{text}", text, ScoreStatus.SCORED, 0.5, False, text, {text: text, "list": [text, {text: [text]}]})
    crashed = MetricScore(f"crash{text}", text, ScoreStatus.ERROR, None, None, text)
    run.score_lines = [
        replace(record, case_id=_writable(record.case_id), scores=(*record.scores, evidence, crashed)) for record in run.score_lines
    ]
    run.output_lines = [_answer(record.case_id, record.case_hash, record.trial, text) for record in run.score_lines]
    run.output_lines[1] = replace(sample_output("late", "", text=text, failure=timeout), case_id=run.score_lines[1].case_id)
    return run


def hostile_cases(run: InMemoryRun, text: str) -> list[Case]:
    expected = Expected(
        answer=(text, f"{text} {text}"),
        must_include=(text,),
        must_not_include=(text[:3] or "x",),
        numbers=(NumberExpectation(1.0, label=text),),
        json={text: [text]},
        tools=(ToolExpectation(text, {text: text}), ToolExpectation(f"tool{text}")),
        rubric=text,
    )
    return [Case(record.case_id, {text: text, "again": text}, context=[text], expected=expected) for record in run.score_lines]


def _answer(case_id: str, case_hash: str, trial: int, text: str) -> OutputRecord:
    steps = (
        Step("system", text),
        Step("user", f"{text}\n{text}"),
        Step("reasoning", text),
        Step("assistant", None, (ToolCall(text, {text: text}, text), ToolCall(f"tool{text}", {"a": text}, {text: text}, text))),
        Step("tool", text),
        Step("assistant", f"{text} " * 40),
    )
    data = {text: text} if trial else None
    output = Output(
        text=None if trial else f"answer {text}", data=data, trajectory=steps, model=text, finish_reason=text, reported={text: 1.0}
    )
    return OutputRecord(case_id, case_hash, trial, text, output, attempts=3)


def _writable(case_id: str) -> str:
    """Records are UTF-8: no lone surrogate gets into one."""
    return case_id.encode("utf-8", "backslashreplace").decode()


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Watched]:
    """One page for all payloads: what an earlier one left behind would be found with a later one."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield watch(context)
    context.close()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_nothing_runs_nothing_loads_and_no_element_is_made_of_data(text: str, tmp_path: Path, one_page: Watched) -> None:
    run = hostile_run(text)
    run.score_lines = [replace(record, case_hash=f"hash-of-{record.case_id}") for record in run.score_lines]
    run.output_lines = [replace(record, case_hash=f"hash-of-{record.case_id}") for record in run.output_lines]
    page = write_page(run, tmp_path / "report.html", *hostile_cases(run, text))
    one_page.requests.clear()
    one_page.page.goto(page.as_uri())
    one_page.page.wait_for_selector("#cases[data-ready]")
    census: dict[str, Any] = one_page.page.evaluate(EXPLORE)
    assert (one_page.dialogs(), one_page.requests, one_page.violations(), one_page.errors) == ([], [page.as_uri()], [], [])
    assert census["cases"] == 4
    assert set(census["tags"]) <= OURS
    assert (census["handlers"], census["addresses"]) == ([], [])
    assert census["tags"]["script"] % 4 == 0  # three islands and the page's own, at every count
    shown = " ".join(for_terminal(text[:60]).split())
    assert shown in " ".join(census["text"].split())


def test_the_corpus_has_the_sizes_that_are_promised() -> None:
    assert len(HTML_TEXTS) >= 40


def test_a_search_for_a_payload_only_searches(tmp_path: Path, open_page: Callable[..., Watched]) -> None:
    run = InMemoryRun(sample_manifest(cases=1))
    run.score_lines = [sample_record("a", 0.0, text="<img src=x onerror=alert(1)>")]
    page = write_page(run, tmp_path / "report.html")
    watched = open_page(page, "#q=<img src=x onerror=alert(1)>&tag=<svg onload=alert(1)>&case=</script><script>alert(1)</script>")
    assert (watched.dialogs(), watched.requests[1:], watched.errors) == ([], [], [])
    assert watched.page.locator("#list img, #detail img, #filters svg").count() == 0
    assert "not in the page" in watched.page.locator("#detail").inner_text()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A folder behind HTTP: its address, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_server_of_the_page_is_asked_for_the_page_alone(
    tmp_path: Path, served: tuple[str, list[str]], open_page: Callable[..., Watched]
) -> None:
    address, asked = served
    write_page(hostile_run('"><img src=/beacon.png>'), tmp_path / "report.html")
    watched = open_page(f"{address}/report.html")
    watched.page.evaluate(EXPLORE)
    assert asked == ["/report.html"]
    assert watched.violations() == []
