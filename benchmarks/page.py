"""The HTML report of a large run: time to write it, its size, and how soon a browser has it ready, beside an empty page."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CASES = 5_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
READY = "performance.getEntriesByName('goldfinch-ready')[0].startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
SEARCH = """() => new Promise((done) => {
  const field = document.querySelector('input[type=search]');
  const counted = document.querySelector('.count');
  const before = counted.textContent;
  const started = performance.now();
  const look = () => { if (counted.textContent !== before) done(performance.now() - started); };
  new MutationObserver(look).observe(counted, { childList: true });
  field.value = 'question 4999';
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
})"""


@dataclass(frozen=True, slots=True)
class PageTimes:
    """Per round, in turns. `ready_ms` and `empty_ms` count from the navigation's start; `search_ms` is the first search of all texts."""

    cases: int
    shown: int
    file_mb: float
    write_s: tuple[float, ...]
    ready_ms: tuple[float, ...]
    empty_ms: tuple[float, ...]
    search_ms: tuple[float, ...]

    @classmethod
    def read(cls, stored: dict[str, Any]) -> PageTimes:
        fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
        return cls(**fields)


def measure_page(rounds: int) -> PageTimes | None:
    """None where there is no chromium."""
    program = shutil.which("chromium")
    if program is None:
        return None
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        page, empty = Path(folder, "report.html"), Path(folder, "empty.html")
        empty.write_text("<!doctype html><title>empty</title><p>nothing</p>")
        _evaluate(Path(folder, "run"))
        playwright = opened.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        write_s, ready, nothing, search = [], [], [], []
        for number in range(rounds + 1):
            write_s.append(_write(Path(folder, "run"), page))
            nothing.append(_opened(browser, empty, LOADED)[0])
            ready_ms, search_ms, shown = _opened(browser, page, READY)
            ready.append(ready_ms)
            search.append(search_ms)
            if number == 0:  # the first of each warms caches
                write_s, ready, nothing, search = [], [], [], []
        browser.close()
        return PageTimes(CASES, shown, page.stat().st_size / 1e6, tuple(write_s), tuple(ready), tuple(nothing), tuple(search))


def _evaluate(folder: Path) -> None:
    """A run of ordinary size: a question of a sentence, an answer of a paragraph, a tool call, three metrics, one case in ten fails."""
    import goldfinch
    from goldfinch.core.output import Output, Step, ToolCall

    def answer(question: str) -> Output:
        number = int(question.split()[1])
        text = f"The answer to {question}: " + ("it can be returned within 14 days. " * 8 if number % 10 else "please call us.")
        call = ToolCall("look_up", {"number": number, "topic": "returns"}, f"policy {number}: fourteen days, unworn, with its label")
        return Output(text, trajectory=(Step("user", question), Step("assistant", None, (call,)), Step("assistant", text)), cost_usd=0.001)

    cases = [
        goldfinch.Case(f"case-{number:04}", f"question {number} of a customer who wants to return a jacket",
                       expected=goldfinch.Expected(must_include=("14 days",)), tags=(f"group-{number % 7}",))
        for number in range(CASES)
    ]  # fmt: skip
    goldfinch.evaluate(dataset=cases, agent=answer, scorers=["must_include", "loops", "tool_errors"], output_dir=folder, fresh=True)


def _write(run: Path, page: Path) -> float:
    from goldfinch.bootstrap.reports import load_reporter, open_run, write_report_file
    from goldfinch.operations.report import RunRecords, build_report

    started = time.perf_counter()
    reader = open_run(run)
    records = RunRecords(reader)
    write_report_file(load_reporter("html"), build_report(reader, records), records.cases, page)
    return time.perf_counter() - started


def _opened(browser: Browser, file: Path, moment: str) -> tuple[float, float, int]:
    """Milliseconds until `moment`, of the first search, and the number of cases in the page (0 where it is no report)."""
    page = browser.new_page()
    page.goto(file.as_uri())
    took = float(page.evaluate(moment))
    is_report = bool(page.query_selector("#rows"))
    search = float(page.evaluate(SEARCH)) if is_report else 0.0
    shown = int(page.evaluate("JSON.parse(document.getElementById('rows').textContent).length")) if is_report else 0
    page.close()
    return took, search, shown
