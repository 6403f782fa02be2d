from __future__ import annotations

import io
import os
import pty
import sys
import threading
from dataclasses import replace

import pytest

from goldfinch.cli.progress import LiveProgress, PlainProgress, describe, progress_beside_output, progress_for_stderr
from goldfinch.ports.progress import ProgressSnapshot

START = ProgressSnapshot(
    planned=2000,
    finished=120,
    passed=114,
    failed=6,
    missing=0,
    in_flight=16,
    spent_usd=0.0,
    unpriced=0,
    budget_usd=None,
    projected_usd=None,
    elapsed_s=10.0,
    per_second=12.0,
    left_s=None,
)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "120/2000 answers · 114 passed · 6 failed · 12/s"),
        ({"missing": 3}, "123/2000 answers · 114 passed · 6 failed · 3 missing · 12/s"),
        ({"left_s": 157.4}, "120/2000 answers · 114 passed · 6 failed · 12/s · 2 min 37 s left"),
        ({"left_s": 7380.0}, "120/2000 answers · 114 passed · 6 failed · 12/s · 2 h 03 min left"),
        ({"left_s": 0.4}, "120/2000 answers · 114 passed · 6 failed · 12/s"),
        ({"spent_usd": 1.25}, "120/2000 answers · 114 passed · 6 failed · 12/s · $1.2500"),
        ({"budget_usd": 5.0}, "120/2000 answers · 114 passed · 6 failed · 12/s · $0.0000 of $5"),
        (
            {"spent_usd": 1.25, "budget_usd": 5.0, "unpriced": 4, "projected_usd": 20.8},
            "120/2000 answers · 114 passed · 6 failed · 12/s · $1.2500 of $5 + 4 of unknown cost, about $20.80 in all",
        ),
        (
            {"planned": 120, "spent_usd": 1.25, "projected_usd": 1.25},
            "120/120 answers · 114 passed · 6 failed · 12/s · $1.2500",
        ),
    ],
)
def test_says_counts_rate_money_and_time_left(changes: dict[str, object], line: str) -> None:
    assert describe(replace(START, **changes)) == line  # type: ignore[arg-type]


def test_plain_progress_writes_whole_lines_without_escape_sequences() -> None:
    out = io.StringIO()
    progress = PlainProgress(out)
    progress.update(START)
    progress.note("agent \x1b[2Jsaid\nFAKE LINE")
    progress.close()
    assert out.getvalue() == "120/2000 answers · 114 passed · 6 failed · 12/s\nagent [2Jsaid⏎FAKE LINE\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_a_terminal_that_cannot_redraw_gets_plain_lines(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(progress_for_stderr(), PlainProgress)


def test_no_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(progress_for_stderr(), PlainProgress)


@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_gets_a_live_line_in_which_notes_are_harmless(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    shown = on_a_terminal(monkeypatch)
    assert b"0/2000" in shown or b"120/2000" in shown
    assert b"114 passed" in shown
    assert b"[red]literally" in shown
    assert b":smile:" in shown
    assert b"\x1b]52" not in shown
    assert (b"\x1b[3" in shown) is colour


def test_what_other_peoples_code_prints_stays_out_of_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_beside_output() as progress:
        print("from an agent")
        progress.note("a note")
    print("{}")
    assert capsys.readouterr() == ("{}\n", "from an agent\na note\n")


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What a person sees of a run with one note."""
    master, slave = pty.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=read_all, args=(master, seen))
    reader.start()
    with os.fdopen(slave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = progress_for_stderr()
        assert isinstance(progress, LiveProgress)
        progress.update(replace(START, left_s=60.0))
        progress.note("note [red]literally :smile: \x1b]52;c;x\x07")
        progress.update(replace(START, finished=2000, left_s=None))
        progress.close()
    reader.join()
    os.close(master)
    return b"".join(seen)


def read_all(master: int, seen: list[bytes]) -> None:
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the last writer is gone
            return
        if not part:
            return
        seen.append(part)


@pytest.mark.parametrize(("per_second", "shown"), [(0.25, "0.25/s"), (98.4, "98.4/s"), (998.6, "999/s"), (1083.4, "1,083/s")])
def test_a_rate_is_written_without_an_exponent(per_second: float, shown: str) -> None:
    assert shown in describe(replace(START, per_second=per_second)).split(" · ")
