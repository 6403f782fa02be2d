"""The history of runs in a real browser: keyboard, both themes, narrow screens; no text of a run runs or loads anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldfinch.adapters.reports.history.page import write_page
from goldfinch.bootstrap.run_history import read_history
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.run_histories import write_runs

from .conftest import Open

pytestmark = pytest.mark.needs("chromium", package="chromium")
READY = "#charts[data-ready]"


def batched(texts: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def written(folder: Path) -> Path:
    write_runs(folder / "runs", 30, lambda number: 0.95 if number < 18 else 0.75)
    return page_of(folder)


def page_of(folder: Path) -> Path:
    path = folder / "history.html"
    with path.open("w", encoding="utf-8") as out:
        write_page(read_history([folder / "runs"]), out)
    return path


def test_arrows_walk_along_a_chart_and_read_each_run_out(tmp_path: Path, open_page: Open) -> None:
    watched = open_page(written(tmp_path), ready=False)
    page = watched.page
    page.wait_for_selector(READY)
    assert page.text_content("h1") == "2 changes of level in 30 runs"
    page.locator(".chart figure").first.focus()
    page.keyboard.press("Home")
    first = page.text_content(".readout")
    page.keyboard.press("ArrowRight")
    second = page.text_content(".readout")
    page.keyboard.press("End")
    last = page.text_content(".readout")
    assert first is not None
    assert first.startswith("2026-10-01 09:00, commit ")
    assert "95 % CI" in first
    assert len({first, second, last}) == 3
    page.keyboard.press("ArrowRight")
    assert page.text_content(".readout") == last
    assert page.locator(".chart").first.locator(".change").count() == 1
    assert (watched.violations(), watched.errors, watched.dialogs()) == ([], [], [])
    assert watched.requests == [page.url]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_system_and_the_key(scheme: str, tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path), ready=False, color_scheme=scheme).page
    page.wait_for_selector(READY)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    page.keyboard.press("t")
    assert page.evaluate(colour) != before


def test_a_narrow_screen_does_not_scroll_sideways(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path), ready=False, viewport={"width": 390, "height": 800}).page
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_every_figure_is_there(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path), ready=False, java_script_enabled=False).page
    assert page.locator("tbody tr").count() == 30
    assert page.locator(".point title").count() == 120


def test_no_hostile_text_runs_or_loads_anything(tmp_path: Path, open_page: Open) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE_TEXTS.values() if len(text) < 10_000]
    for number, some in enumerate(batched(texts, 12)):
        folder = tmp_path / str(number)
        for place, text in enumerate(some):
            write_runs(folder / "runs" / str(place), 2, lambda _: 0.9, text=text, seed=place)
        watched = open_page(page_of(folder), ready=False)
        watched.page.wait_for_selector(READY)
        assert watched.page.locator(".chart").count() >= len(some), "a metric of each text"
        assert (watched.violations(), watched.errors, watched.dialogs()) == ([], [], []), some
        assert watched.requests == [watched.page.url], some
        assert watched.page.locator("script").count() == 1, some
        assert watched.page.locator("img, iframe, form, input, object, embed, base, link, template").count() == 0, some
