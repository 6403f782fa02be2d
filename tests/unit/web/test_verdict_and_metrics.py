"""What other systems ask: one of three words, and figures for a dashboard."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.audit.failures import StoreUnavailable
from goldfinch.core.health.outcome import Call
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.state import Phase
from goldfinch.core.rollout.tri_state import tri_state
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.web.app import make_app
from goldfinch.web.metrics import exposition, label_value
from tests.asgi_client import ask
from tests.rollout_page import BAKING, TOKENS, Desk
from tools.sample_rollouts import CANARY, STABLE

VIEWER = {"authorization": f"Bearer {TOKENS.viewer}"}


def baking(call: Call = Call.WAIT, **state: Any) -> RolloutOverview:
    found = Desk().samples.overview(BAKING)
    assert found.assessment is not None
    rollout = replace(found.rollout, state=replace(found.rollout.state, **state))
    return replace(found, rollout=rollout, assessment=replace(found.assessment, call=call))


async def verdict(query: str, **tools: Any) -> tuple[int, dict[str, str]]:
    answer = await ask(make_app(Desk().tools(**tools)), "GET", f"/v1/verdict{query}", headers=VIEWER)
    return answer.status, answer.json


@pytest.mark.parametrize(
    ("call", "word"), [(Call.PASS, "pass"), (Call.WAIT, "inconclusive"), (Call.HOLD, "inconclusive"), (Call.ROLL_BACK, "fail")]
)
def test_a_check_is_one_of_three_words(call: Call, word: str) -> None:
    assert tri_state(baking(call)).verdict == word


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (Phase.SUCCEEDED, "pass"), (Phase.ROLLED_BACK, "fail"), (Phase.ROLLING_BACK, "fail"), (Phase.ROLLBACK_FAILED, "fail"),
        (Phase.FAILED, "fail"), (Phase.PAUSED, "inconclusive"), (Phase.CANCELLED, "inconclusive"), (Phase.SUPERSEDED, "inconclusive"),
    ],
)  # fmt: skip
def test_the_phase_says_more_than_an_old_check(phase: Phase, word: str) -> None:
    assert tri_state(baking(Call.PASS, phase=phase)).verdict == word


def test_nothing_old_and_nothing_of_another_step_passes() -> None:
    found = baking(Call.PASS)
    assert tri_state(replace(found, now=found.now + timedelta(minutes=20))).verdict == "inconclusive"
    assert tri_state(baking(Call.PASS, entered_at=found.now + timedelta(seconds=1))).verdict == "inconclusive"
    assert tri_state(replace(found, assessment=None)).verdict == "inconclusive"


def test_a_pair_that_is_not_this_rollouts_is_inconclusive() -> None:
    found = baking(Call.PASS)
    assert tri_state(found, canary=CANARY[:12], stable=STABLE).verdict == "pass"
    assert tri_state(found, canary=STABLE).verdict == "inconclusive"
    assert tri_state(found, stable=CANARY).verdict == "inconclusive"


@pytest.mark.parametrize(
    "query", ["", "?rollout=nowhere", "?rollout=..%2f..", "?canary=rel_unknown", f"?rollout={BAKING}&canary=rel_other", "?rollout=%00"]
)
async def test_whatever_is_asked_is_answered_with_200(query: str) -> None:
    assert (await verdict(query)) == (
        200,
        {
            "verdict": "inconclusive",
            "reason": (await verdict(query))[1]["reason"],
            "rollout": BAKING if "canary=rel_other" in query else "",
        },
    )


async def test_the_newest_rollout_of_a_canary_is_found() -> None:
    status, said = await verdict(f"?canary={CANARY}&stable={STABLE}")
    assert (status, said["rollout"]) == (200, BAKING)


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ZeroDivisionError("x")])
async def test_a_server_that_cannot_know_says_so_with_200(error: Exception) -> None:
    def broken(_: str) -> Any:
        raise error

    status, said = await verdict(f"?rollout={BAKING}", overview=broken)
    assert (status, said["verdict"]) == (200, "inconclusive")


async def test_metrics_are_of_rollouts_under_way_and_the_newest_that_ended() -> None:
    answer = await ask(make_app(Desk().tools()), "GET", "/metrics", headers=VIEWER)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    own = f'rollout="{BAKING}",service="marketing-agent",environment="production",canary="{CANARY}"'
    assert f"goldfinch_rollout_canary_weight_percent{{{own}}} 50\n" in answer.text
    assert f'goldfinch_rollout_phase{{{own},phase="Progressing"}} 1\n' in answer.text
    assert f'goldfinch_rollout_phase{{{own},phase="Paused"}} 0\n' in answer.text
    assert f'goldfinch_rollout_units{{{own},metric="error_rate",arm="canary"}} 2052\n' in answer.text
    age = re.search(rf"goldfinch_rollout_seconds_since_check{{{re.escape(own)}}} (\S+)", answer.text)
    assert age is not None
    assert 18 <= float(age[1]) < 120
    assert 'phase="RolledBack"} 1' in answer.text
    assert 'phase="Succeeded"} 1' not in answer.text


def test_what_nobody_knows_has_no_sample() -> None:
    page = exposition([replace(baking(verified_weight_percent=None), assessment=None, pinned_canary_sessions=None)])
    for name in ("weight_verified", "seconds_since_check", "pinned_sessions"):
        assert name not in page


async def test_one_that_cannot_be_read_is_counted_and_hides_no_other() -> None:
    desk = Desk()

    def overview(name: str) -> Any:
        if name != BAKING:
            raise StoreUnavailable("damaged")
        return desk.samples.overview(name)

    answer = await ask(make_app(desk.tools(overview=overview)), "GET", "/metrics", headers=VIEWER)
    assert "goldfinch_rollouts_unreadable 2\n" in answer.text
    assert BAKING in answer.text


LINE = re.compile(r'(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? -?[\d.e+-]+)')


def test_no_text_breaks_out_of_its_label() -> None:
    found = baking()
    assert found.assessment is not None
    for text in HOSTILE_TEXTS.values():
        check = replace(found.assessment.checks[0], metric=text)
        rollout = replace(found.rollout, service=text)
        for line in exposition([replace(found, rollout=rollout, assessment=replace(found.assessment, checks=(check,)))]).splitlines():
            assert LINE.fullmatch(line), line


def test_labels_are_escaped_as_the_format_asks() -> None:
    assert label_value('a"b\\c\nd') == 'a\\"b\\\\c⏎d'
