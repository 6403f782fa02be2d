"""The desk of a server is the desk of its store: the same answers and the same refusals, through real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from goldfinch.adapters.remote.client import ApiClient
from goldfinch.adapters.remote.desk import RemoteDesk
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.access_tokens import access_tokens
from goldfinch.bootstrap.local_desk import LocalDesk, local_desk
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.asked import StartAsked, read_asked
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.record import Change
from goldfinch.core.rollout.state import Phase, RolloutState, StepPhase
from goldfinch.core.serving.doors import answered_hosts
from goldfinch.operations.ask_rollout import ask_rollout
from goldfinch.testing.release_ledger import sample_release
from goldfinch.web.app import make_app
from goldfinch.web.server import server_of
from goldfinch.web.serving import listening
from goldfinch.web.tools import WebTools
from tests.shown_rollouts import checked

NOW = datetime(2026, 3, 1, 14, tzinfo=UTC)
ASKED = StartAsked("v2", by="anna", stable="v1", bake="5m", reason="because")
BAKING = RolloutState(
    Phase.PROGRESSING,
    part=StepPhase.BAKING,
    weight_percent=10,
    verified_weight_percent=10,
    entered_at=NOW,
    deadline=NOW + timedelta(minutes=30),
)


@pytest.fixture
def near(tmp_path: Path) -> Iterator[LocalDesk]:
    (tmp_path / "goldfinch.yaml").write_text("service: shop\n")
    loaded = load_settings(tmp_path / "goldfinch.yaml")
    store = open_store(loaded)
    for n in (1, 2):
        store.releases.add(replace(sample_release(n), tags=(f"v{n}",)), AuditDraft(NOW, "ada", "release.create", "test"))
    yield local_desk(loaded, store, requires_name=True)
    store.close()


@pytest.fixture
def url(near: LocalDesk) -> Iterator[str]:
    listener = listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    app = make_app(
        WebTools(
            store=near.store.rollouts,
            clock=SystemClock(),
            overview=near.overview,
            ask=lambda asked: ask_rollout(asked, near.store.rollouts, near.store.releases, near.clock),
            start=lambda document: near.start(read_asked(document)),
            again=lambda rollout, by, reason, force: near.start_again(rollout, by=by, reason=reason, force=force),
            tokens=access_tokens(near.loaded.folder),
            hosts=answered_hosts("127.0.0.1"),
        )
    )
    server = server_of(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def far(near: LocalDesk, url: str) -> RemoteDesk:
    return RemoteDesk(ApiClient(url, access_tokens(near.loaded.folder).releaser), "shop")


def bake(near: LocalDesk, rollout_id: str) -> None:
    row = near.store.rollouts.get(rollout_id)
    lease = near.store.rollouts.take_lease(rollout_id, "test", NOW, timedelta(seconds=1))
    assert lease is not None
    near.store.rollouts.commit(Change(rollout_id, row.revision, lease.fence, NOW, BAKING, {}, "", checked(1)))
    near.store.rollouts.give_up_lease(rollout_id, lease)


def test_what_is_started_there_is_read_here_and_shown_alike(near: LocalDesk, far: RemoteDesk) -> None:
    made = far.start(ASKED)
    bake(near, made.id)
    assert far.named(None, "production") == near.named(None, "production") == made.id
    here, there = near.overview(made.id), far.overview(made.id)
    kept = replace(here.rollout, health={}, cursor="")
    assert replace(there, now=here.now, line=here.line) == replace(here, rollout=kept)
    assert far.decisions(made.id) == near.decisions(made.id)


def test_verbs_reach_the_store_with_name_and_reason(near: LocalDesk, far: RemoteDesk) -> None:
    made = far.start(ASKED)
    bake(near, made.id)
    far.ask(made.id, Verb.PAUSE, by="grace", reason="look")
    far.ask(made.id, Verb.PROMOTE_FULL, by="grace", reason="seen")
    found = [(request.verb, request.by, request.reason) for request in near.store.rollouts.open_requests(made.id)]
    assert found == [(Verb.PAUSE, "grace", "look"), (Verb.PROMOTE_FULL, "grace", "seen")]


@pytest.mark.parametrize(
    "refused",
    [
        lambda desk: desk.overview("ro_nothing"),
        lambda desk: desk.start(replace(ASKED, canary="v9")),
        lambda desk: desk.start(replace(ASKED, stable=None)),
        lambda desk: desk.start(replace(ASKED, environment="producton")),
        lambda desk: desk.start(replace(ASKED, by="")),
        lambda desk: desk.named(None, "staging"),
    ],
)
def test_what_is_refused_is_refused_with_the_same_code_line_and_exit_code(near: LocalDesk, far: RemoteDesk, refused) -> None:  # type: ignore[no-untyped-def]
    lines = []
    for desk in (near, far):
        with pytest.raises(GoldfinchError) as error:
            refused(desk)
        lines.append((error.value.code, int(error.value.exit_code)))
    assert lines[0] == lines[1]


def test_a_rollout_that_has_ended_is_started_again(near: LocalDesk, far: RemoteDesk) -> None:
    made = far.start(ASKED)
    with pytest.raises(GoldfinchError, match="has not ended"):
        far.start_again(made.id, by="grace", reason="", force=False)
    row = near.store.rollouts.get(made.id)
    lease = near.store.rollouts.take_lease(made.id, "test", NOW, timedelta(seconds=1))
    assert lease is not None
    over = RolloutState(Phase.CANCELLED)
    near.store.rollouts.commit(Change(made.id, row.revision, lease.fence, NOW, over, {}, ""))
    again = far.start_again(made.id, by="grace", reason="", force=False)
    assert (again.plan, again.canary, again.created_by) == (made.plan, made.canary, "grace")


def test_a_wrong_token_is_refused_with_what_to_do(url: str) -> None:
    for token in ("", "wrong" * 10):
        with pytest.raises(GoldfinchError, match="GOLDFINCH_TOKEN") as refused:
            RemoteDesk(ApiClient(url, token), "shop").overview("ro_1")
        assert (refused.value.code, int(refused.value.exit_code)) == ("E3602", 2)


def test_a_viewers_token_reads_and_decides_nothing(near: LocalDesk, url: str) -> None:
    made = near.start(ASKED)
    viewer = RemoteDesk(ApiClient(url, access_tokens(near.loaded.folder).viewer), "shop")
    assert viewer.overview(made.id).rollout.id == made.id
    with pytest.raises(GoldfinchError) as refused:
        viewer.ask(made.id, Verb.ABORT, by="eve", reason="")
    assert refused.value.code == "E3602"
    assert not near.store.rollouts.open_requests(made.id)


def test_without_a_name_the_one_of_its_own_service_is_meant_however_busy_the_store_is(near: LocalDesk, far: RemoteDesk) -> None:
    made = near.start(ASKED)
    row = near.store.rollouts.get(made.id)
    for number in range(60):
        other = replace(row, id=f"ro_20990101T000000Z_{number:08x}", service=f"other-{number}", created_at=NOW + timedelta(days=1))
        near.store.rollouts.create(other, AuditDraft(NOW, "ada", "rollout.create", f"rollout:{other.id}"))
    assert far.named(None, made.environment) == near.named(None, made.environment) == made.id
    with pytest.raises(GoldfinchError, match="shop has no rollout in staging"):
        far.named(None, "staging")
