"""Every hostile text in every field that people, models and adapters write: shown as text, nothing runs, nothing is loaded (T1, T2, T4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from goldfinch.core.escaping import for_terminal
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.diff import Difference
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.rollout_page import BAKING, Desk

from .conftest import Open

pytestmark = pytest.mark.needs("chromium", package="chromium")
ELEMENTS = (
    "html head meta title link script body a header main section div span p h1 h2 nav code img svg circle path rect polyline button dialog "
    "noscript dl dt dd ul ol li strong small table thead tbody tr th td time details summary pre"
)
OURS = set(ELEMENTS.split())


def hostile(found: RolloutOverview, text: str) -> RolloutOverview:
    """`text` wherever the screen shows a text."""
    rollout, check = found.rollout, found.assessment
    assert check is not None
    state = replace(rollout.state, reason=text, cause=text)
    checks = tuple(replace(one, metric=f"{one.metric}{text}", reason=text) for one in check.checks)
    return replace(
        found,
        rollout=replace(
            rollout, state=state, service=text, environment=text, created_by=text, gate_hash=text, canary=f"rel_{text}", stable=text
        ),
        title=text, line=text, next_action=text, assessment=replace(check, reason=text, checks=checks, missing=(text, text)),
        series=tuple(replace(line, metric=f"{line.metric}{text}") for line in found.series),
        decisions=tuple(replace(one, from_phase=text, to_phase=text, reason=text, by=text, commands=(text,)) for one in found.decisions),
        differences=(
            *(replace(one, words=text) for one in found.differences),
            Difference(found.differences[0].kind, text, (text, f"+{text}", f"-{text}")),
        ),
        approvals=(Approval(text, text, text, text, True, text, found.now, found.now, text),),
        blind_to=(text,), rollback_command=text, migrations=text,
    )  # fmt: skip


def test_no_text_becomes_anything_but_text(open_page: Open) -> None:
    """One page, on which one text after the other arrives by the stream, as it would from a model."""
    desk = Desk()
    texts = list(HOSTILE_TEXTS.values())
    showing = [texts[0]]
    desk.overview = lambda name: hostile(desk.overview_of(name), showing[0])
    watched = open_page(desk, place=f"#/rollouts/{BAKING}")
    for text in texts:
        showing[0] = text
        shown = for_terminal(text)
        watched.page.wait_for_function("(text) => document.querySelector('.command code')?.textContent === text", arg=shown)
        elements: Any = watched.page.evaluate("[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]")
        assert set(elements) <= OURS, text
        assert not watched.page.evaluate("document.querySelectorAll('script').length > 1"), text
        assert watched.misdeeds() == [], text
    expect(watched.page.locator(".hero")).to_be_visible()
