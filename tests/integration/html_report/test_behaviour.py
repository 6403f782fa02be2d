"""What a reader does with the page: filter, sort, follow links, use the keyboard, compare, print, read it on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall
from goldfinch.core.results.manifest import RunStatus
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

from .conftest import Watched, write_page

pytestmark = pytest.mark.needs("chromium", package="chromium")

Opened = Callable[..., Watched]
TIMEOUT = Failure(FailureKind.TIMEOUT, "no answer within 120 s")
SEARCHED = Output(
    text="We refund within 30 days.",
    trajectory=(
        Step("user", "How long does a refund take?"),
        Step(
            "assistant", None, (ToolCall("look_up", {"topic": "refund"}, '{"days": 14}'), ToolCall("ask_human", {}, None, "nobody there"))
        ),
        Step("tool", '{"days": 14}'),
        Step("assistant", "We refund within 30 days."),
    ),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six cases: a refund told wrongly, a timeout, a flaky one in three trials, three that passed."""
    run = InMemoryRun(sample_manifest(cases=6))
    run.score_lines = [
        sample_record("refund", 0.4, tags=("money",), critical=True, latency_ms=900.0, cost_usd=0.05),
        sample_record("slow", 0.0, failure=TIMEOUT, tags=("shipping",), latency_ms=120_000.0, cost_usd=None),
        *(sample_record("flaky", value, trial=trial, trials=3, tags=("money",)) for trial, value in enumerate([1.0, 0.0, 1.0])),
        sample_record("hello", latency_ms=300.0, cost_usd=0.01),
        sample_record("bye", latency_ms=200.0, cost_usd=0.09),
        sample_record("opening", 0.9, latency_ms=100.0),
    ]
    run.output_lines = [
        replace(sample_output("refund", ""), output=SEARCHED),
        sample_output("slow", "", failure=TIMEOUT),
        *(sample_output("flaky", f"answer number {trial}", trial=trial) for trial in range(3)),
        sample_output("hello", "Good morning, Zoë."),
        sample_output("bye", "Goodbye."),
    ]
    cases = [
        Case("refund", "How long does a refund take?", expected=Expected(answer="We refund within 14 days.", must_include=("14 days",))),
        Case("hello", {"question": "Greet me"}),
    ]
    return write_page(run, tmp_path_factory.mktemp("shop") / "report.html", *cases)


def ids(page: Page) -> list[str]:
    return page.locator("#list .name").evaluate_all("all => all.map((name) => name.firstChild.data)")  # type: ignore[no-any-return]


def test_the_first_line_is_the_verdict_and_its_reason(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    expect(page.locator("h1")).to_have_text("5 of 8 trials of 6 cases passed (61.1 %, 95 % CI 9.6–100.0)")
    expect(page.locator(".verdict .chip")).to_have_text("3 failed")
    expect(page.locator(".why").first).to_have_text(
        "accuracy is below its mark in 3 cases; failures of the agent or its provider: timeout 1"
    )


def test_a_cost_that_is_not_known_is_never_zero(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=slow").page
    expect(page.locator(".figures", has_text="Cost")).to_contain_text("unknown")
    assert "at least" in page.locator(".tile", has_text="Cost").inner_text()
    expect(page.locator("#list li", has_text="slow").locator(".figure").last).to_have_text("—")
    expect(page.locator("#scatter text", has_text="unknown")).to_have_count(1)


def test_cases_are_filtered_by_outcome_metric_tag_and_words(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    assert ids(page)[:3] == ["refund", "slow", "flaky"]
    page.locator(".outcomes button", has_text="passed").click()
    assert sorted(ids(page)) == ["bye", "hello", "opening"]
    expect(page.locator(".count")).to_have_text("3 of 6 cases")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Tag", exact=True).select_option("money")
    assert ids(page) == ["refund", "flaky"]
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Metric", exact=True).select_option("accuracy")
    assert ids(page) == ["refund", "slow", "flaky"]
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Search cases and answers").fill("zoë MORNING")
    expect(page.locator(".count")).to_have_text("1 of 6 cases")
    assert ids(page) == ["hello"]
    page.get_by_label("Search cases and answers").fill("nothing like it")
    expect(page.locator("#empty")).to_have_text("No case matches. Clear a filter to see more.")


def test_cases_are_sorted_and_what_is_not_known_comes_last(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.get_by_label("Order", exact=True).select_option("cost")
    assert ids(page)[:2] == ["bye", "refund"]
    assert ids(page)[-1] == "slow"
    page.get_by_label("Order", exact=True).select_option("id")
    assert ids(page) == sorted(ids(page))
    page.get_by_label("Order", exact=True).select_option("score:accuracy")
    assert ids(page)[:3] == ["slow", "refund", "flaky"]


def test_a_link_shows_the_same_case_trial_and_filters(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.get_by_label("Tag", exact=True).select_option("money")
    page.locator("#list a", has_text="flaky").click()
    page.get_by_role("tab", name="Trial 2").click()
    assert page.evaluate("location.hash") == "#case=flaky&trial=2&tag=money"
    other = open_page(shop, "#case=flaky&trial=2&tag=money").page
    assert ids(other) == ["refund", "flaky"]
    expect(other.locator("#detail h2")).to_have_text("flaky")
    expect(other.get_by_role("tab", name="Trial 2")).to_have_attribute("aria-selected", "true")
    expect(other.locator("#detail")).to_contain_text("answer number 2")


def test_the_first_trial_shown_is_one_that_failed_and_back_closes_the_case(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.locator("#list a", has_text="flaky").click()
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Trial 1")
    page.go_back()
    expect(page.locator("#detail")).to_be_hidden()


def test_everything_works_by_keyboard(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.keyboard.press("j")
    expect(page.locator("#list a:focus .name")).to_have_text("slow")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text("refund")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#detail h2")).to_have_text("flaky")
    page.keyboard.press("]")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Trial 2")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("#list a:focus")).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.type("jk?t")
    expect(page.get_by_label("Search cases and answers")).to_have_value("jk?t")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".count")).to_have_text("6 cases")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_expected_and_got_are_compared_word_by_word(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=refund").page
    expect(page.locator("#detail del")).to_have_text("14")
    expect(page.locator("#detail ins")).to_have_text("30")
    expect(page.locator(".compare pre").first).to_have_text("We refund within 14 days.")
    expect(page.locator(".checks li", has_text="14 days").get_by_role("img")).to_have_attribute("aria-label", "not in the answer")


def test_the_trajectory_shows_calls_with_arguments_results_and_errors(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=refund").page
    roles = page.locator(".timeline .role").all_inner_texts()
    assert roles == ["User", "Agent", "Agent"]  # the tool's message only repeats the result of its call
    first, second = page.locator(".call").all()
    assert [text.strip() for text in first.locator("pre").all_inner_texts()] == ['{\n  "topic": "refund"\n}', '{\n  "days": 14\n}']
    expect(second.locator(".part.fault")).to_have_text("nobody there")


def test_scores_have_reasons_and_what_does_not_apply_is_named(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, "#case=refund").page
    expect(page.locator(".scores tbody tr")).to_have_text("accuracy0.40failedthe refund is not mentioned")
    expect(page.locator("#detail")).to_contain_text("Not applicable: tone.")


def test_names_of_metrics_and_tags_and_points_lead_to_their_cases(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.get_by_role("button", name="money", exact=True).click()
    assert ids(page) == ["refund", "flaky"]
    page.get_by_role("button", name="accuracy", exact=True).click()
    assert ids(page) == ["refund", "slow", "flaky"]
    assert page.locator(".point.dim").count() == 3
    page.locator(".point").first.dispatch_event("click")
    expect(page.locator("#detail h2")).to_have_text("refund")


def test_an_incomplete_run_says_so_on_top_and_its_cases_in_error_are_marked(tmp_path: Path, open_page: Opened) -> None:
    run = InMemoryRun(sample_manifest(RunStatus.INCOMPLETE, reason="provider 429", cases=6))
    limited = Failure(FailureKind.RATE_LIMITED, "429 from the provider", 429)
    run.score_lines = [sample_record("refund-1"), sample_record("crashed", None), sample_record("limited", failure=limited)]
    page = open_page(write_page(run, tmp_path / "report.html"), "#case=limited").page
    expect(page.locator(".verdict .chip")).to_have_text("Incomplete")
    expect(page.locator("h1")).to_contain_text("incomplete: 2/6 cases, provider 429")
    expect(page.locator("#detail")).to_contain_text("No answer. rate limited 429: 429 from the provider")
    page.get_by_role("link", name="crashed").click()
    expect(page.locator("#detail .scores")).to_contain_text("scorer error")


def test_a_run_without_any_record_has_a_page(tmp_path: Path, open_page: Opened) -> None:
    watched = open_page(write_page(InMemoryRun(sample_manifest(RunStatus.RUNNING, cases=6)), tmp_path / "report.html"))
    expect(watched.page.locator("#empty")).to_have_text("This run has no scored case yet.")
    watched.page.keyboard.press("j")
    watched.page.keyboard.press("Enter")
    assert watched.errors == []


def test_a_page_that_cannot_hold_every_case_says_which_it_holds(tmp_path: Path, open_page: Opened) -> None:
    run = InMemoryRun(sample_manifest(cases=300))
    run.score_lines = [sample_record(f"case-{number:03}", 0.0 if number % 30 == 0 else 1.0) for number in range(300)]
    page = open_page(write_page(run, tmp_path / "report.html", island_bytes=60_000)).page
    told = page.locator("#selection").inner_text()
    shown = page.evaluate("JSON.parse(document.getElementById('rows').textContent).length")
    assert (
        told
        == f"Showing {shown} of 300 cases: all 10 that did not pass, and a sample of those that did. The figures above are of all of them."
    )
    assert ids(page)[:10] == [f"case-{number:03}" for number in range(0, 300, 30)]
    expect(page.locator("h1")).to_contain_text("290 of 300 cases passed")


def test_without_javascript_verdict_metrics_and_a_way_on_are_there(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, ready=False, java_script_enabled=False).page
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("td", has_text="accuracy")).to_be_visible()
    expect(page.locator("noscript p")).to_contain_text("needs JavaScript")
    expect(page.locator("#filters")).to_be_hidden()


def background(page: Page, selector: str = "body") -> str:
    return str(page.locator(selector).evaluate("(element) => getComputedStyle(element).backgroundColor"))


def test_dark_follows_the_system_until_somebody_chooses(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, color_scheme="dark").page
    dark = background(page)
    page.emulate_media(color_scheme="light")
    light = background(page)
    assert (dark, light) == ("rgb(19, 19, 17)", "rgb(246, 245, 241)")
    page.get_by_role("button", name="Light or dark").click()
    assert background(page) == dark
    page.reload()
    page.wait_for_selector("#cases[data-ready]")
    assert background(page) == dark
    page.keyboard.press("t")
    assert background(page) == light


def test_on_paper_the_list_is_whole_and_light_without_controls(shop: Path, open_page: Opened) -> None:
    page = open_page(shop, color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert background(page) == "rgb(255, 255, 255)"
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#list li")).to_have_count(6)
    assert page.locator("#list li").first.evaluate("(row) => getComputedStyle(row).position") == "static"


@pytest.mark.parametrize("hash_", ["", "#case=refund", "#case=flaky&trial=1"])
def test_a_phone_needs_no_sideways_scrolling(shop: Path, open_page: Opened, hash_: str) -> None:
    page = open_page(shop, hash_, viewport={"width": 360, "height": 740}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if hash_:
        assert page.locator("#detail").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
        assert page.locator("#detail").evaluate("(panel) => panel.scrollWidth - panel.clientWidth") == 0


SCROLL = """(share) => new Promise((drawn) => {
  const list = document.getElementById('list');
  scrollTo(0, list.offsetTop + list.offsetHeight * share);
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn)));
})"""


def test_five_thousand_cases_keep_few_rows_in_the_document(tmp_path: Path, open_page: Opened) -> None:
    run = InMemoryRun(sample_manifest(cases=5_000))
    run.score_lines = [sample_record(f"case-{number:04}", 0.0 if number % 50 == 0 else 1.0) for number in range(5_000)]
    watched = open_page(write_page(run, tmp_path / "report.html"))
    page = watched.page
    expect(page.locator(".count")).to_have_text("5,000 cases")
    seen: set[str] = set()
    for share in (0.0, 0.25, 0.5, 1.0):
        page.evaluate(SCROLL, share)
        assert page.locator("#list li").count() < 60
        seen |= set(ids(page))
    assert len(seen) > 60
    page.goto(page.url.partition("#")[0] + "#case=case-4321")
    expect(page.locator("#detail h2")).to_have_text("case-4321")
    expect(page.locator("#list a[aria-current=true]")).to_be_in_viewport()
    page.get_by_label("Search cases and answers").fill("case-49")
    expect(page.locator(".count")).to_have_text("100 of 5,000 cases")
    assert watched.errors == []


LUMINANCE = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
UNNAMED = (Path(__file__).parent / "names.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hash_", ["", "#case=refund", "#case=slow&outcome=failed", "#case=flaky&trial=0"])
def test_text_has_contrast_in_both_themes_and_everything_has_a_name(shop: Path, open_page: Opened, scheme: str, hash_: str) -> None:
    page = open_page(shop, hash_, color_scheme=scheme).page
    found: list[Any] = page.evaluate(LUMINANCE)
    assert found == []
    assert page.evaluate(UNNAMED) == []


def test_focus_is_visible(shop: Path, open_page: Opened) -> None:
    page = open_page(shop).page
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "2px"
    expect(page.get_by_role("link", name="Skip to the cases")).to_be_in_viewport()
