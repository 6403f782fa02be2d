"""The page of a comparison in a real browser: hostile text everywhere, was and is, keyboard, deep links, many cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from goldfinch.adapters.reports.html.comparison import write_comparison_page
from goldfinch.core.comparison.outcome import CaseChange, CaseState, Change, Comparison, MetricChange, RunReference
from goldfinch.core.datasets.case import Case
from goldfinch.core.escaping import for_terminal
from goldfinch.core.output import Output, Step, ToolCall
from goldfinch.core.redaction import Redactor
from goldfinch.operations.comparison_page import evidence_of
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

from .conftest import ListedCases, Watched, watch
from .test_payloads import EXPLORE, OURS, hostile_cases, hostile_run

pytestmark = pytest.mark.needs("chromium", package="chromium")

Opened = Callable[..., Watched]


def metric(name: str, change: Change = Change.REGRESSED, text: str = "") -> MetricChange:
    return MetricChange(
        metric=f"{name}{text}",
        higher_is_better=True,
        gating=True,
        change=change,
        baseline=0.9,
        current=0.7,
        difference=-0.2,
        low=-0.3,
        high=-0.1,
        cases=4,
        baseline_trials=1,
        current_trials=1,
        p_worse=0.001,
        p_better=0.999,
        p_worse_adjusted=0.001,
        p_better_adjusted=1.0,
        margin=0.045,
        mde=0.1,
        trials_to_decide=None,
        method="paired t",
        reason=text,
    )


def change(case_id: str, *, lost: bool = True, text: str = "", **more: Any) -> CaseChange:
    passed = (1, 0) if lost else (0, 1)
    facts: dict[str, Any] = {"tags": (text,) if text else (), "critical": False, "regressed": False, "fixed": False} | more
    return CaseChange(
        case_id,
        baseline_passed=passed[0],
        baseline_trials=1,
        current_passed=passed[1],
        current_trials=1,
        baseline_state=CaseState.UNDECIDED,
        current_state=CaseState.UNDECIDED,
        metrics={"accuracy": (1.0, 0.2), text or "tone": (0.5, None)},
        **facts,
    )


def comparison(cases: list[CaseChange], text: str = "") -> Comparison:
    run = RunReference(f"run{text}", f"2026-11-23T09:00:00Z{text}", f"agent{text}", f"abc{text}", "9f2e", f"runs/{text}")
    return Comparison(
        baseline=run,
        current=run,
        metrics=(metric("pass_rate", text=text), metric("accuracy", Change.INCONCLUSIVE, text)),
        slices={f"tag{text}": (metric("pass_rate", text=text),)},
        cases=tuple(cases),
        unchanged=3,
        added=(f"added{text}",),
        removed=(f"removed{text}",),
        edited=(f"edited{text}",),
        flaky=(f"flaky{text}",),
        notes=(f"note {text}",),
    )


def write(path: Path, compared: Comparison, was: InMemoryRun, now: InMemoryRun, *cases: Case) -> Path:
    sides = [[evidence_of(run, ListedCases(*cases), Redactor())] for run in (was, now)]
    with path.open("w", encoding="utf-8") as out:
        write_comparison_page(compared, sides[0], sides[1], out)
    return path


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield watch(context)
    context.close()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_nothing_runs_nothing_loads_and_no_element_is_made_of_data(text: str, tmp_path: Path, one_page: Watched) -> None:
    was, now = hostile_run(text), hostile_run(text)
    for run in (was, now):
        run.score_lines = [replace(record, case_hash=f"hash-of-{record.case_id}") for record in run.score_lines]
        run.output_lines = [replace(record, case_hash=f"hash-of-{record.case_id}") for record in run.output_lines]
    ids = list(dict.fromkeys(record.case_id for record in now.score_lines))
    changes = [change(case_id, text=text, critical=True, regressed=number == 0) for number, case_id in enumerate(ids)]
    page = write(tmp_path / "comparison.html", comparison(changes, text), was, now, *hostile_cases(now, text))
    one_page.requests.clear()
    one_page.page.goto(page.as_uri())
    one_page.page.wait_for_selector("#cases[data-ready]")
    census: dict[str, Any] = one_page.page.evaluate(EXPLORE.replace("row.verdicts.length", "1"))
    assert (one_page.dialogs(), one_page.requests, one_page.violations(), one_page.errors) == ([], [page.as_uri()], [], [])
    assert census["cases"] == len(ids)
    assert set(census["tags"]) <= OURS | {"b"}
    assert (census["handlers"], census["addresses"]) == ([], [])
    assert census["tags"]["script"] % 4 == 0  # three islands and the page's own, at every count
    shown = " ".join(for_terminal(text[:60]).split())
    assert shown in " ".join(census["text"].split())


WAS = Output(
    text="We refund within 30 days.",
    trajectory=(
        Step("user", "How long?"),
        Step("assistant", None, (ToolCall("look_up", {"topic": "refund"}, "30 days"),)),
        Step("assistant", "We refund within 30 days."),
    ),
)
NOW = Output(
    text="We refund within 14 days.",
    trajectory=(
        Step("user", "How long?"),
        Step("assistant", None, (ToolCall("look_up", {"topic": "return"}, "14 days"),)),
        Step("assistant", None, (ToolCall("ask_human", {}, None, "nobody there"),)),
        Step("assistant", "We refund within 14 days."),
    ),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    was, now = InMemoryRun(sample_manifest(cases=3)), InMemoryRun(sample_manifest(cases=3))
    was.score_lines = [sample_record("refund"), sample_record("greet", 0.1), sample_record("price")]
    now.score_lines = [sample_record("refund", 0.2), sample_record("greet"), sample_record("price", 0.1)]
    was.output_lines = [replace(sample_output("refund", ""), output=WAS), sample_output("greet", "hm")]
    now.output_lines = [replace(sample_output("refund", ""), output=NOW), sample_output("greet", "hello"), sample_output("price", "5 €")]
    changes = [change("refund", regressed=True, critical=True), change("price", tags=("money",)), change("greet", lost=False, fixed=True)]
    return write(tmp_path_factory.mktemp("shop") / "c.html", comparison(changes), was, now, Case("refund", "How long?"))


def test_was_and_is_stand_side_by_side_with_what_differs_marked(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=refund").page
    detail = page.locator("#detail")
    answer = detail.locator("section", has=page.locator("h3", has_text="Answer"))
    expect(answer.locator("del")).to_have_text("30")
    expect(answer.locator("ins")).to_have_text("14")
    steps = detail.locator(".steps > li")
    expect(steps).to_have_count(4)
    expect(steps.nth(0)).to_have_class("equal")
    expect(steps.nth(1).locator("del")).to_contain_text(["refund", "30"])
    expect(steps.nth(2).locator(".none")).to_have_text("no such step before")
    expect(detail.locator(".scores tbody tr").first).to_contain_text("1.00")


def test_a_side_without_an_answer_says_so(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=price").page
    expect(page.locator("#detail")).to_contain_text("the baseline was kept without its outputs")
    expect(page.locator("#detail")).to_contain_text("5 €")


def test_links_filters_and_keys(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#outcome=regressed").page
    expect(page.locator("#list li")).to_have_count(1)
    page.locator("#filters button", has_text="Clear").click()
    expect(page.locator("#list li")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text("price")
    assert page.url.endswith("#case=price")
    page.keyboard.press("k")
    expect(page.locator("#detail h2")).to_have_text("refund")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("14 days")
    expect(page.locator("#list li")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") in ("light", "dark")


def test_the_page_tells_metrics_without_script(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, ready=False, java_script_enabled=False).page
    expect(page.locator("h1")).to_have_text("regressed: pass_rate")
    expect(page.locator("tbody tr").first).to_contain_text("-0.300 … -0.100")
    assert "--format markdown" in page.content()


def test_a_phone_shows_one_side_above_the_other(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=refund", viewport={"width": 390, "height": 800}).page
    tops = page.eval_on_selector_all("#detail .compare > div", "sides => sides.map((side) => side.getBoundingClientRect().top)")
    assert tops[0] < tops[1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_five_thousand_cases_put_a_few_rows_into_the_document(tmp_path: Path, open_page: Opened) -> None:
    was, now = InMemoryRun(sample_manifest(cases=5_000)), InMemoryRun(sample_manifest(cases=5_000))
    for number in range(5_000):
        was.score_lines.append(sample_record(f"c{number}"))
        now.score_lines.append(sample_record(f"c{number}", 0.0))
        was.output_lines.append(sample_output(f"c{number}", "was " * 40))
        now.output_lines.append(sample_output(f"c{number}", "is " * 40))
    path = write(tmp_path / "c.html", comparison([change(f"c{number}") for number in range(5_000)]), was, now)
    assert path.stat().st_size < 11_000_000
    page = open_page(path).page
    assert page.locator("#list li").count() < 60
    opened_ms = page.evaluate("performance.getEntriesByName('goldfinch-ready')[0].startTime")
    assert opened_ms > 0
    shown = page.locator("output.count").inner_text()
    page.evaluate("location.hash = '#case=c2500'")
    expect(page.locator("#detail h2")).to_have_text("c2500")
    assert page.locator("#list li").count() < 60
    print(f"opened in {opened_ms:.0f} ms, {path.stat().st_size:,} bytes, {shown}")
