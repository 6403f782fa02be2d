"""The page in Chromium: it shows what is, at once when it changes; a releaser decides on it, and a viewer cannot."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused
from goldfinch.core.rollout.state import Phase
from tests.rollout_page import BAKING, TOKENS, Desk, served

from .conftest import Open

pytestmark = pytest.mark.needs("chromium", package="chromium")
PLACE = f"#/rollouts/{BAKING}"


def change(desk: Desk, **state: Any) -> None:
    row = desk.samples.store.rows[BAKING]
    desk.samples.store.rows[BAKING] = replace(row, state=replace(row.state, **state))


def test_the_first_line_says_state_weight_and_what_is_next(open_page: Open) -> None:
    watched = open_page(Desk(), place=PLACE)
    hero = watched.page.locator(".hero")
    expect(hero).to_contain_text("Progressing(step 2 of 3: Baking)")
    expect(hero.locator("h1")).to_have_text("50 % was verified by the proxy, and the warm-up is over")
    expect(hero.locator(".next")).to_contain_text(re.compile(r"100 % if the measurements up to then pass.*in 12m \d\ds.*UTC"))
    expect(hero.get_by_role("img", name="50 % wanted, 50 % verified")).to_be_visible()
    expect(watched.page).to_have_title(re.compile("^50 % Progressing"))
    assert watched.misdeeds() == []


def test_everything_else_of_the_overview_is_there(open_page: Open) -> None:
    page = open_page(Desk(), place=PLACE).page
    for words in (
        "error_rate", "1,900 of 1,900", "limit ×1.05", "Too few yet", "Still needed", "evaluation_score: 228 of 300 canary sessions",
        "model: gpt-4.1-mini -> gpt-4.1", "Differences within the guards are tolerated", "pinned to the canary", "1,284", "Last rehearsed",
        "approved by Grace Hopper", "Every metric passed with 612 canary sessions", f"goldfinch rollout abort {BAKING} --reason WHY",
    ):  # fmt: skip
        expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("svg.spark")).to_have_count(3)
    page.get_by_text("prompt retention_offer.md").click()
    expect(page.locator("pre .added").last).to_have_text(re.compile("Never promise"))


def test_a_change_appears_by_itself_and_is_said_to_who_cannot_see(open_page: Open) -> None:
    desk = Desk()
    page = open_page(desk, place=PLACE).page
    change(desk, phase=Phase.ROLLING_BACK, part=None, weight_percent=0, reason="error_rate is worse", cause="error_rate is worse")
    expect(page.locator(".hero h1")).to_have_text("error_rate is worse")
    expect(page.locator(".arm.canary strong")).to_have_text("0 %")
    expect(page.get_by_role("status")).to_contain_text("error_rate is worse")


def test_an_opened_diff_and_the_focus_outlive_news(open_page: Open) -> None:
    desk = Desk()
    page = open_page(desk, place=PLACE).page
    page.get_by_text("prompt retention_offer.md").click()
    change(desk, reason="something else")
    expect(page.locator(".hero h1")).to_have_text("Something else")
    expect(page.locator("details")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_countdowns_run_between_two_messages(open_page: Open) -> None:
    page = open_page(Desk(), place=PLACE).page
    before = page.locator(".pill time").inner_text()
    page.wait_for_function("(before) => document.querySelector('.pill time').textContent !== before", arg=before, timeout=5_000)


def test_a_releaser_decides_with_name_and_reason_once(open_page: Open) -> None:
    desk = Desk()
    page = open_page(desk, place=PLACE).page
    page.get_by_role("button", name="Promote", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("recorded as your decision")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_role("button", name="Promote").click()
    expect(dialog).to_be_visible()
    assert not desk.asked, "promoting needs a reason"
    dialog.get_by_label("Why").fill("seen enough")
    dialog.get_by_role("button", name="Promote").click()
    expect(dialog).to_be_hidden()
    assert [(asked.verb, asked.by, asked.reason) for asked in desk.asked] == [(Verb.PROMOTE, "Ada", "seen enough")]
    assert desk.asked[0].id.startswith("page_")


def test_a_refusal_is_shown_in_its_own_words(open_page: Open) -> None:
    desk = Desk()

    def refuse(_: object) -> None:
        raise RequestRefused("abort means nothing now")

    desk.refuse = refuse
    page = open_page(desk, place=PLACE).page
    page.get_by_role("button", name="Abort").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_role("button", name="Abort").click()
    expect(dialog.get_by_role("alert")).to_have_text("abort means nothing now")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_only_what_can_be_asked_is_offered(open_page: Open) -> None:
    desk = Desk()
    page = open_page(desk, place=PLACE).page
    expect(page.locator(".verb")).to_have_text(["Promote", "Promote to 100 %", "Pause", "Abort"])
    change(desk, phase=Phase.SUCCEEDED, part=None)
    expect(page.locator(".verb")).to_have_count(0)


def test_a_viewer_is_offered_nothing_and_gets_nothing_done(open_page: Open) -> None:
    desk = Desk()
    page = open_page(desk, token=TOKENS.viewer, place=PLACE).page
    expect(page.locator("main")).to_contain_text("looking as a viewer")
    expect(page.locator(".verb")).to_have_count(0)
    status = page.evaluate(
        """async (path) => (await fetch(path, {method: "POST", body: '{"by": "Eve"}', headers: {"content-type": "application/json",
        authorization: `Bearer ${sessionStorage.getItem("goldfinch-token")}`}})).status""",
        f"/v1/rollouts/{BAKING}/abort",
    )
    assert status == 403
    assert not desk.asked


def test_without_a_token_the_page_asks_for_one_and_a_wrong_one_is_told(open_page: Open) -> None:
    watched = open_page(Desk(), token="")
    page = watched.page
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("main")).to_contain_text("the token is not one of this server's")
    page.get_by_label("Token").fill(TOKENS.viewer)
    page.keyboard.press("Enter")
    expect(page.locator(".list li")).to_have_count(4)


def test_the_token_stays_out_of_the_address_of_cookies_and_of_what_is_kept_for_good(open_page: Open) -> None:
    watched = open_page(Desk())
    assert TOKENS.releaser not in watched.page.url
    assert not [url for url in watched.requests if TOKENS.releaser in url]
    assert watched.page.context.cookies() == []
    assert TOKENS.releaser not in watched.page.evaluate("JSON.stringify(localStorage)")


def test_a_lost_connection_is_said_and_found_again(open_page: Open) -> None:
    desk = Desk()
    with served(desk.tools()) as port:
        address = f"http://127.0.0.1:{port}/"
        page = open_page(Desk(), token="").page
        page.goto(f"{address}#token={TOKENS.viewer}")
        page.goto(f"{address}{PLACE}")
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("#lost")).to_contain_text("The connection is lost")
    expect(page.locator("#lost")).to_contain_text("Last heard")
    change(desk, reason="back again")
    with served(desk.tools(), reuse=port):
        expect(page.locator(".hero h1")).to_have_text("Back again", timeout=20_000)
        expect(page.locator("#lost")).to_be_hidden()


def test_the_list_leads_to_a_rollout_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(Desk()).page
    expect(page.locator(".list li").first).to_contain_text("Progressing(step 2 of 3: Baking)")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.row')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".hero")).to_be_visible()
    assert PLACE in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(open_page: Open, root: Any, scheme: str) -> None:
    page = open_page(Desk(), place=PLACE, color_scheme=scheme).page
    measure = (root / "tests/integration/html_report/contrast.js").read_text(encoding="utf-8")
    assert page.evaluate(measure) == []


@pytest.mark.parametrize("width", [320, 420, 768, 1280, 1920])
def test_nothing_is_cut_off_at_any_width(open_page: Open, width: int) -> None:
    page = open_page(Desk(), place=PLACE, viewport={"width": width, "height": 900}).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
