"""`goldfinch rollout watch` in a real terminal of 80 and of 120 columns: what tmux then shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from goldfinch.bootstrap.local_desk import local_desk
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import Store, open_store
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.rollout.asked import StartAsked
from goldfinch.core.rollout.record import Change, Decision
from goldfinch.core.rollout.state import Phase, RolloutState, StepPhase
from goldfinch.testing.release_ledger import sample_release
from tests.shown_rollouts import HOSTILE, checked

pytestmark = pytest.mark.needs("tmux", package="tmux")

Tmux = Callable[..., str]
PATIENCE_S = 30.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "goldfinch.yaml").write_text("service: shop\n")
    found = open_store(load_settings(tmp_path / "goldfinch.yaml"))
    yield found
    found.close()


@pytest.fixture
def rollout_id(store: Store, tmp_path: Path) -> str:
    now = datetime.now(UTC)
    for n in (1, 2):
        store.releases.add(replace(sample_release(n), tags=(f"v{n}",)), AuditDraft(now, "ada", "release.create", "test"))
    desk = local_desk(load_settings(tmp_path / "goldfinch.yaml"), store)
    made = desk.start(StartAsked("v2", by="anna", stable="v1"))
    state = RolloutState(
        phase=Phase.PROGRESSING,
        part=StepPhase.BAKING,
        weight_percent=10,
        verified_weight_percent=10,
        entered_at=now,
        deadline=now + timedelta(minutes=30),
        reason=f"10 % is verified {HOSTILE}",
    )
    write(store, made.id, state, checked(1))
    return made.id


def write(store: Store, rollout_id: str, state: RolloutState, decision: Decision | None = None) -> None:
    row, now = store.rollouts.get(rollout_id), datetime.now(UTC)
    lease = store.rollouts.take_lease(rollout_id, "test", now, timedelta(seconds=30))
    assert lease is not None
    store.rollouts.commit(Change(rollout_id, row.revision, lease.fence, now, state, {}, "", decision))
    store.rollouts.give_up_lease(rollout_id, lease)


@pytest.fixture(params=[80, 120])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def tmux(tmp_path: Path, width: int) -> Iterator[Tmux]:
    socket = tmp_path / "tmux"

    def run(*arguments: str) -> str:
        command = ["tmux", "-f", "/dev/null", "-u", "-S", str(socket), *arguments]
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        environment.pop("TMUX", None)
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=environment, timeout=60).stdout

    run("new-session", "-d", "-x", str(width), "-y", "45", "-c", str(tmp_path), "bash --norc")
    yield run
    run("kill-server")


def seen(tmux: Tmux, words: str, *, colours: bool = False) -> str:
    """The screen once it shows `words`."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        shown = tmux("capture-pane", "-p", *(["-e"] if colours else []))
        if words in shown:
            return shown
        assert time.monotonic() < end_s, shown
        time.sleep(0.05)


def watch(tmux: Tmux, *, variables: str = "") -> None:
    command = shlex.join([sys.executable, "-m", "goldfinch", "rollout", "watch", "--every", "0.2"])
    tmux("send-keys", f"clear; {variables} {command}; echo code $?", "Enter")


def test_the_screen_fits_is_drawn_anew_and_ends_with_the_rollout(tmux: Tmux, store: Store, rollout_id: str, width: int) -> None:
    watch(tmux)
    lines = seen(tmux, "blind to").splitlines()
    text = "\n".join(lines)
    assert lines[0].startswith("Progressing(step 1 of 3: Baking)  shop in production")
    assert "next: 50 % if the measurements up to then pass" in text
    assert "error_rate" in text
    assert max(map(len, lines)) <= width
    assert "[31m" in text or "red" in text  # the words stay, the colour does not
    write(store, rollout_id, RolloutState(Phase.SUCCEEDED, weight_percent=100, verified_weight_percent=100, reason="promoted"))
    text = seen(tmux, "code 0")
    assert "Succeeded  shop in production" in text
    assert "Progressing" not in text


def test_it_has_colours_and_without_them_the_same_words(tmux: Tmux, rollout_id: str) -> None:
    watch(tmux)
    assert "\x1b[32mProgressing" in seen(tmux, "blind to", colours=True)
    tmux("send-keys", "C-c")
    seen(tmux, "code 3")
    watch(tmux, variables="NO_COLOR=1")
    seen(tmux, "blind to")
    assert not re.search(r"\x1b\[3[0-7]m", tmux("capture-pane", "-p", "-e"))


def test_ctrl_c_leaves_the_rollout_as_it_is(tmux: Tmux, store: Store, rollout_id: str) -> None:
    watch(tmux)
    seen(tmux, "blind to")
    tmux("send-keys", "C-c")
    text = seen(tmux, "code 3")
    assert "no longer watched; the rollout goes on" in text
    assert store.rollouts.get(rollout_id).state.phase is Phase.PROGRESSING


def test_a_terminal_that_can_nothing_gets_lines(tmux: Tmux, rollout_id: str) -> None:
    watch(tmux, variables="TERM=dumb")
    assert "Progressing(step 1 of 3: Baking) - 10 % on rel_" in seen(tmux, "on rel_").replace("\n", "")
