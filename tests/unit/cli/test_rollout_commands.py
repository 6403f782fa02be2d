"""`goldfinch rollout` over a real store that nobody drives, and the first words of everything that is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from goldfinch.adapters.remote.documents import overview_schema
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import Store, open_store
from goldfinch.cli.app import main
from goldfinch.cli.rollout_screen import follow
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.outcome import MetricState
from goldfinch.core.releases.release import Denial
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.record import Change, Decision, Rollout
from goldfinch.core.rollout.state import Phase, RolloutState, StepPhase
from goldfinch.testing.release_ledger import sample_release
from tests.shown_rollouts import DECISIONS, checked, shown_overview

STABLE, CANARY = (replace(sample_release(n), created_by="maker", tags=(f"v{n}",)) for n in (1, 2))
ID = "ro_20260301T140000Z_1f3a9c2b"
NEVER_DRILLED = "the way back was never rehearsed here; hold one: goldfinch drill --fault errors"
NOW = datetime(2026, 3, 1, 14, tzinfo=UTC)


@dataclass
class Ended:
    code: int
    out: str
    err: str


Goldfinch = Callable[..., Ended]


@pytest.fixture
def goldfinch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Goldfinch:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "GOLDFINCH_URL", "GOLDFINCH_TOKEN", "GOLDFINCH_TIME_SCALE", "CI"):
        monkeypatch.delenv(name, raising=False)
    Path("goldfinch.yaml").write_text("service: shop\n")
    with opened() as store:
        for release in (STABLE, CANARY):
            store.releases.add(release, audit("release.create"))

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["goldfinch", *words])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capfd.readouterr())

    return run


@contextmanager
def opened() -> Iterator[Store]:
    store = open_store(load_settings())
    try:
        yield store
    finally:
        store.close()


def audit(action: str) -> AuditDraft:
    return AuditDraft(NOW, "anna", action, "test")


def asked_for(*words: str, goldfinch: Goldfinch, code: int = 0) -> str:
    ended = goldfinch("rollout", "start", "v2", "--stable", "v1", "--by", "anna", "--detach", *words)
    assert (ended.code, ended.err) == (code, "" if "local" in words else f"warning: {NEVER_DRILLED}\n")
    return ended.out.split()[0]


def at(state: RolloutState, *decisions: Decision, rollout_id: str) -> Rollout:
    """The row as a controller would have left it."""
    with opened() as store:
        row = store.rollouts.get(rollout_id)
        lease = store.rollouts.take_lease(row.id, "test", NOW, timedelta(seconds=1))
        assert lease is not None
        for decision in decisions or (None,):
            row = store.rollouts.commit(Change(row.id, row.revision, lease.fence, NOW, state, {}, "", decision))
        store.rollouts.give_up_lease(row.id, lease)
        return row


def requests(rollout_id: str) -> list[tuple[Verb, str, str]]:
    with opened() as store:
        return [(request.verb, request.by, request.reason) for request in store.rollouts.open_requests(rollout_id)]


BAKING = RolloutState(
    phase=Phase.PROGRESSING,
    part=StepPhase.BAKING,
    weight_percent=10,
    verified_weight_percent=10,
    entered_at=NOW,
    deadline=NOW + timedelta(minutes=30),
    reason="10 % is verified and warm",
)


def test_start_keeps_the_plan_that_its_options_make(goldfinch: Goldfinch) -> None:
    made = asked_for("--percentage", "25", "--bake", "5m", "--approval", "--on-inconclusive", "rollback", goldfinch=goldfinch)
    with opened() as store:
        row = store.rollouts.get(made)
    assert (row.service, row.environment, row.canary, row.stable, row.created_by) == ("shop", "production", CANARY.id, STABLE.id, "anna")
    assert [(step.weight_percent, step.bake) for step in row.plan.steps] == [(25, timedelta(minutes=5)), (100, timedelta(0))]
    assert row.plan.approval
    assert row.plan.on_inconclusive == "rollback"


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("v2", "--stable", "v1", "--first-release"), 2, "error E3614: --stable names a release that --first-release says is not there"),
        (("v2", "--stable", "v1", "--wait", "--supersede"), 2, "error E3614"),
        (("v2",), 2, "error E2953: nothing was ever rolled out for shop in production"),
        (("v9", "--stable", "v1"), 2, "error E2701"),
        (("v2", "--stable", "v2"), 2, "error E2953: shop in production: canary and stable are the same release"),
        (
            ("v2", "--stable", "v1", "-e", "producton"),
            2,
            "error E2912: rollout.environments: no environment 'producton'; did you mean production?",
        ),
        (("v2", "--stable", "v1", "--bake", "soon"), 2, "error E2911: --bake"),
        (("v2", "--stable", "v1", "--verdict", "nowhere.json"), 2, "error"),
    ],
)
def test_what_cannot_be_started_is_one_line(goldfinch: Goldfinch, words: tuple[str, ...], code: int, line: str) -> None:
    ended = goldfinch("rollout", "start", *words, "--by", "anna", "--detach")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(line)
    assert ended.err.count("\n") == 1


def test_a_second_start_is_refused_while_one_has_begun_and_may_wait_or_supersede(goldfinch: Goldfinch) -> None:
    first = asked_for(goldfinch=goldfinch)
    at(BAKING, rollout_id=first)
    refused = goldfinch("rollout", "start", "v2", "--stable", "v1", "--by", "anna", "--detach")
    assert refused.code == 2
    assert "E2902" in refused.err
    assert asked_for("--wait", goldfinch=goldfinch) != first
    asked_for("--supersede", goldfinch=goldfinch)
    assert [verb for verb, *_ in requests(first)] == [Verb.SUPERSEDE]


def test_a_sqlite_store_on_a_ci_runner_is_for_local_environments_alone(goldfinch: Goldfinch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    refused = goldfinch("rollout", "start", "v2", "--stable", "v1", "--by", "anna", "--detach")
    assert refused.code == 2
    assert refused.err.startswith("error E3611: store.url")
    asked_for("-e", "local", goldfinch=goldfinch)


def test_the_time_scale_is_for_local_environments_alone(goldfinch: Goldfinch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDFINCH_TIME_SCALE", "60")
    assert "E2913" in goldfinch("rollout", "start", "v2", "--stable", "v1", "--by", "anna", "--detach").err
    made = asked_for("-e", "local", goldfinch=goldfinch)
    with opened() as store:
        assert store.rollouts.get(made).plan.steps[0].bake == timedelta(seconds=30)


def test_status_shows_the_screen_and_its_code_says_how_it_stands(goldfinch: Goldfinch) -> None:
    made = asked_for(goldfinch=goldfinch)
    at(BAKING, checked(1), rollout_id=made)
    ended = goldfinch("rollout", "status")
    assert ended.code == 3
    assert ended.out.startswith("Progressing(step 1 of 3: Baking)  shop in production  " + made)
    assert f"goldfinch rollout abort {made} --reason WHY" in ended.out
    at(replace(BAKING, phase=Phase.ROLLED_BACK, part=None, weight_percent=0, reason="rolled back"), rollout_id=made)
    assert goldfinch("rollout", "status", made).code == 5


def test_status_as_json_fits_its_schema(goldfinch: Goldfinch) -> None:
    made = asked_for(goldfinch=goldfinch)
    at(BAKING, checked(1), rollout_id=made)
    ended = goldfinch("rollout", "status", "--output", "json")
    document = json.loads(ended.out)
    jsonschema.validate(document, overview_schema())
    assert document["rollout"]["id"] == made
    assert ended.code == document["exit_code"] == 3


def test_history_has_every_decision_with_its_figures(goldfinch: Goldfinch) -> None:
    made = asked_for(goldfinch=goldfinch)
    begun = Decision(NOW, "Pending", "Progressing(step 1: Baking)", "the place is free", commands=("canary's share to 10 %",))
    at(BAKING, begun, checked(1), rollout_id=made)
    lines = goldfinch("rollout", "history").out
    assert "Pending -> Progressing(step 1: Baking): the place is free" in lines
    assert "done: canary's share to 10 %" in lines
    assert "ok: error_rate: canary 2 of 212 sessions" in lines
    assert "no breach" not in goldfinch("rollout", "history", "--changes").out
    assert len(json.loads(goldfinch("rollout", "history", "--output", "json").out)["decisions"]) == 2


def test_explain_says_why_and_what_can_be_done(goldfinch: Goldfinch) -> None:
    made = asked_for(goldfinch=goldfinch)
    at(BAKING, checked(1), rollout_id=made)
    ended = goldfinch("rollout", "explain")
    assert ended.code == 0
    assert "What would change it" in ended.out
    assert f"goldfinch rollout pause {made}" in ended.out
    heads = [paragraph["head"] for paragraph in json.loads(goldfinch("rollout", "explain", "--output", "json").out)]
    assert heads[0] == "Where it stands"


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (("promote", "--reason", "seen"), Verb.PROMOTE),
        (("promote", "--full", "--reason", "seen"), Verb.PROMOTE_FULL),
        (("pause",), Verb.PAUSE),
        (("abort", "--reason", "seen"), Verb.ABORT),
    ],
)
def test_a_verb_is_kept_with_name_and_reason(goldfinch: Goldfinch, words: tuple[str, ...], verb: Verb) -> None:
    made = asked_for(goldfinch=goldfinch)
    at(BAKING, rollout_id=made)
    ended = goldfinch("rollout", words[0], made, *words[1:], "--by", "grace")
    assert (ended.code, ended.err) == (0, "")
    assert requests(made) == [(verb, "grace", "seen" if "--reason" in words else "")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("promote", "--by", "grace"), "promote needs a reason"),
        (("resume", "--by", "grace"), "resume means nothing while the rollout is Progressing"),
        (("retry", "--by", "grace"), "retry means nothing while the rollout is Progressing"),
        (("approve", "--by", "grace"), "approve means nothing while the rollout is Progressing"),
        (("retry", "--force", "--by", "grace"), "--force is for a rollout that has ended"),
    ],
)
def test_a_verb_that_means_nothing_is_one_line(goldfinch: Goldfinch, words: tuple[str, ...], line: str) -> None:
    at(BAKING, rollout_id=asked_for(goldfinch=goldfinch))
    ended = goldfinch("rollout", *words)
    assert (ended.code, ended.out) == (2, "")
    assert line in ended.err
    assert ended.err.count("\n") == 1


def test_approve_is_for_somebody_else_and_reject_needs_a_reason(goldfinch: Goldfinch) -> None:
    made = asked_for("--approval", goldfinch=goldfinch)
    assert "E2715" in goldfinch("rollout", "approve", "--by", "anna").err
    assert "reject needs a reason" in goldfinch("rollout", "reject", "--by", "grace").err
    assert goldfinch("rollout", "approve", "--by", "grace").code == 0
    with opened() as store:
        assert [approval.by for approval in store.rollouts.approvals(CANARY.id, "production")] == ["grace"]
    assert "approved by grace" in goldfinch("rollout", "status", made).out


def test_retry_of_a_rolled_back_release_needs_force_and_a_reason_and_starts_a_new_one(goldfinch: Goldfinch) -> None:
    made = asked_for("--bake", "5m", goldfinch=goldfinch)
    at(replace(BAKING, phase=Phase.ROLLED_BACK, part=None, weight_percent=0), rollout_id=made)
    with opened() as store:
        store.releases.deny(Denial(CANARY.id, NOW, "controller", "error_rate"), audit("release.deny"))
    assert "E2705" in goldfinch("rollout", "retry", "--by", "grace").err
    assert "needs a reason" in goldfinch("rollout", "retry", "--force", "--by", "grace").err
    ended = goldfinch("rollout", "retry", "--force", "--reason", "the orders service was down", "--by", "grace", "--output", "json")
    again = json.loads(ended.out)
    assert ended.code == 0
    assert again["id"] != made
    with opened() as store:
        assert store.releases.denial(CANARY.id) is None
        assert store.rollouts.get(again["id"]).plan == store.rollouts.get(made).plan


def test_without_a_rollout_there_is_one_line_for_every_reader(goldfinch: Goldfinch) -> None:
    for words in (("status",), ("watch",), ("history",), ("explain",), ("pause", "--by", "anna")):
        ended = goldfinch("rollout", *words)
        assert ended.code == 2
        assert ended.err.startswith("error E3613")
    assert goldfinch("rollout", "status", "ro_nothing").err.startswith("error E2901")


def test_watch_prints_lines_where_there_is_no_terminal_and_ends_with_the_rollout(goldfinch: Goldfinch) -> None:
    made = asked_for(goldfinch=goldfinch)
    at(replace(BAKING, phase=Phase.SUCCEEDED, part=None, reason="promoted"), rollout_id=made)
    ended = goldfinch("rollout", "watch", made)
    assert ended.code == 0
    assert "Succeeded - 100 % on" in ended.out.splitlines()[0]


def test_a_line_of_watch_tells_what_became_of_each_metric(capfd: pytest.CaptureFixture[str]) -> None:
    """What the sentence leaves out is why another line is printed."""
    few, enough = (shown_overview(decisions=(*DECISIONS, checked(9, state=state))) for state in (MetricState.INSUFFICIENT, MetricState.OK))
    over = replace(enough, rollout=replace(enough.rollout, state=replace(BAKING, phase=Phase.SUCCEEDED, part=None)))
    looks = iter((few, few, enough, enough, over))
    follow(lambda: next(looks), every_s=0.0)
    printed = [line for line in capfd.readouterr().out.splitlines() if line.startswith("14:12:30Z ")]
    assert [line.rpartition("; measured: ")[2] for line in printed[:2]] == [
        "error_rate insufficient, p95_latency ok",
        "error_rate ok, p95_latency ok",
    ]
    assert len(printed) == 3


@pytest.mark.parametrize("environment", ["production", "local"])
def test_start_warns_in_production_alone_that_the_way_back_was_not_rehearsed(goldfinch: Goldfinch, environment: str) -> None:
    ended = goldfinch("rollout", "start", "v2", "--stable", "v1", "--by", "anna", "--detach", "--environment", environment)
    assert ended.code == 0
    assert ("never rehearsed" in ended.err) == (environment == "production")


@pytest.mark.parametrize(
    ("url", "code", "line"),
    [
        ("nonsense", 2, "error E3604"),
        ("http://user:pw@host/", 2, "error E3604"),
        ("http://127.0.0.1:1", 3, "error E3601"),
    ],
)
def test_a_server_that_cannot_be_asked_is_one_line(
    goldfinch: Goldfinch, monkeypatch: pytest.MonkeyPatch, url: str, code: int, line: str
) -> None:
    monkeypatch.setenv("GOLDFINCH_URL", url)
    ended = goldfinch("rollout", "status")
    assert ended.code == code
    assert ended.err.startswith(line)
    assert "pw" not in ended.err
