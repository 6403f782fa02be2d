"""`goldfinch report` on hostile answers in a real terminal: what tmux then shows is text, and nothing it was told to do (T4, T5)."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.core.output import Failure, FailureKind
from goldfinch.testing.hostile_text import TERMINAL_TEXTS, WORKFLOW_TEXTS
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record

pytestmark = pytest.mark.needs("tmux", package="tmux")

GOLDFINCH = Path(sys.executable).with_name("goldfinch")
TEXTS = {
    **TERMINAL_TEXTS,
    **WORKFLOW_TEXTS,
    "alternate screen": "\x1b[?1049h gone",
    "title by device control": "\x1bk owned \x1b\\",
    "scroll region": "\x1b[5;6r\x1b[?6h",
    "mouse": "\x1b[?1003h\x1b[?2004h",
}
Tmux = Callable[..., str]


@pytest.fixture(scope="module")
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """Runs a tmux command on a server of our own, whose terminal is 200 columns wide and honours titles and the clipboard."""
    socket = tmp_path_factory.mktemp("tmux") / "socket"

    def run(*arguments: str) -> str:
        command = ["tmux", "-f", "/dev/null", "-u", "-S", str(socket), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    run("new-session", "-d", "-x", "200", "-y", "400", "sh")
    run("set-option", "-g", "allow-rename", "on")
    run("set-option", "-g", "automatic-rename", "off")
    run("set-option", "-g", "set-clipboard", "on")
    run("select-pane", "-T", "untouched")
    yield run
    run("kill-server")


def hostile_run(folder: Path, text: str) -> None:
    writable = text.encode("utf-8", "backslashreplace").decode()
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(sample_manifest(cases=2, text=writable))
    late = Failure(FailureKind.TIMEOUT, f"late {writable}")
    for record in (sample_record("low", 0.1, text=writable), sample_record("late", 0.0, failure=late, text=writable)):
        journal.append_scores(replace(record, tags=(writable,)))
    journal.append_output(sample_output("low", "ANSWER", text=writable))
    journal.append_output(sample_output("late", "", text=writable, failure=late))
    journal.close()


def screen_after(tmux: Tmux, command: str, channel: str) -> str:
    tmux("send-keys", f"clear; {command}; tmux wait-for -S {channel}", "Enter")
    tmux("wait-for", channel)
    return tmux("capture-pane", "-p")


@pytest.mark.parametrize("name", TEXTS)
def test_a_terminal_shows_the_report_and_does_nothing_else(tmux: Tmux, tmp_path: Path, name: str) -> None:
    hostile_run(tmp_path / "run", TEXTS[name])
    command = f"env NO_COLOR=1 {shlex.quote(str(GOLDFINCH))} report {shlex.quote(str(tmp_path / 'run'))}"
    before = state(tmux)
    shown = screen_after(tmux, command, f"done-{abs(hash(name))}")
    assert state(tmux) == before
    lines = [line.strip() for line in shown.splitlines()]
    assert any(line.startswith("✗ low") for line in lines), shown
    assert any(line.startswith("✗ late") for line in lines), shown
    assert any(line.startswith("0 of 2 cases passed") for line in lines), shown
    assert not [line for line in lines if line.startswith(("::", "##["))]


def test_the_same_terminal_obeys_a_title_that_is_not_escaped(tmux: Tmux) -> None:
    before = state(tmux)
    screen_after(tmux, "printf '\\033]2;owned\\007'", "control")
    assert state(tmux) == before.replace("untouched", "owned")
    tmux("select-pane", "-T", "untouched")


def state(tmux: Tmux) -> str:
    """What an escape sequence could have changed: title, name, modes, margins, clipboard."""
    names = ("pane_title", "window_name", "alternate_on", "mouse_any_flag", "scroll_region_upper", "scroll_region_lower", "origin_flag")
    return tmux("display-message", "-p", "|".join(f"#{{{name}}}" for name in names)) + tmux("list-buffers")
