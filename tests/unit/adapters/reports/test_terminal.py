from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest

from goldfinch.adapters.reports.terminal import TerminalReporter
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_record

Render = Callable[..., str]


def lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_failures_stand_first_and_one_next_command_last(render: Render, finished_run: InMemoryRun) -> None:
    assert (
        lines(render(finished_run, "text"))
        == """\
Run run-1: support:answer · golden (4 cases, 9f2e4711aa)

✗ refund-2  failed, critical
    accuracy 0.40: the refund is not mentioned
    answer: We do not do that.⏎Sorry.
✗ tone-3  failed
    timeout: no answer within 120 s

metric      mean       95 % CI   n   missing   errors   n/a
───────────────────────────────────────────────────────────
accuracy   0.575   0.000–1.000   4         0        0     0
no case asks for: tone

2 of 4 cases passed (50.0 %, 95 % CI 15.0–85.0)
cost at least $0.09, $0.03 an answer (1 of 4 answers have no known price) · tokens 800 in, 200 out
latency p50 804 ms, p95 2.0 min, max 2.0 min (n 4)
failures: timeout 1

Next: goldfinch report results/ci-17 --format html   (a page: input, expected, answer and steps of every case)"""
    )


def test_an_incomplete_run_says_so_and_how_to_go_on(render: Render, incomplete_run: InMemoryRun) -> None:
    shown = lines(render(incomplete_run, "text"))
    assert shown.splitlines()[1] == "incomplete: 2/6 cases, provider 429"
    assert "! refund-2  error\n    accuracy: scorer error: the refund is not mentioned" in shown
    assert shown.endswith(
        "Next: mend that, then give the same 'goldfinch evaluate' command again, with --output-dir runs/in-memory;"
        " it goes on where it stopped"
    )


def test_a_run_without_records_shows_dashes(render: Render, empty_run: InMemoryRun) -> None:
    shown = lines(render(empty_run, "text"))
    assert "incomplete: 0/6 cases, the run is still going on, or was killed" in shown
    assert "no case was decided\ncost — · tokens —\nlatency —" in shown
    assert "no case asks for" not in shown


def test_trials_are_shown_as_passed_of_planned(render: Render, repeated_run: InMemoryRun) -> None:
    shown = lines(render(repeated_run, "text"))
    assert "✗ flaky  failed, 2/3 trials passed" in shown
    assert "? young  undecided, 2/3 trials passed" in shown
    assert "4 of 5 trials of 2 cases passed (83.3 %" in shown
    assert re.search(r"all of 3 trials pass in 0\.0 %", shown)


def test_cases_beyond_the_shown_are_counted(render: Render) -> None:
    run = InMemoryRun(sample_manifest(cases=200))
    run.score_lines = [sample_record(f"case-{number:03}", 0.0) for number in range(200)]
    shown = render(run, "text")
    assert "  … and 190 more" in shown
    assert len(shown.splitlines()) < 60


def test_a_run_in_which_all_passed_has_no_case_list(render: Render) -> None:
    run = InMemoryRun(sample_manifest(cases=1), location="results/a b")
    run.score_lines = [sample_record("a")]
    shown = lines(render(run, "text"))
    assert "✗" not in shown
    assert shown.endswith("Next: goldfinch report 'results/a b' --output-dir reports   (summary.md, report.json, junit.xml, report.html)")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written_to(out: io.StringIO | io.TextIOWrapper, run: InMemoryRun) -> None:
    records = RunRecords(run)
    TerminalReporter().write(build_report(run, records), records.cases, out)


def test_colour_is_for_terminals_and_can_be_refused_or_forced(finished_run: InMemoryRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def colours(out: io.StringIO) -> bool:
        written_to(out, finished_run)
        return "\x1b[31m" in out.getvalue()

    assert colours(Terminal())
    assert not colours(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colours(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours(Terminal())


def test_columns_sets_the_width_of_the_table(finished_run: InMemoryRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    out = Terminal()
    written_to(out, finished_run)
    visible = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())
    assert max(map(len, visible.splitlines())) <= 70


def test_a_terminal_too_narrow_for_the_table_gets_it_whole(finished_run: InMemoryRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    out = io.StringIO()
    written_to(out, finished_run)
    assert "accuracy" in out.getvalue()
    assert "0.575   0.000–1.000" in out.getvalue()


def test_a_terminal_without_utf8_gets_stand_ins(finished_run: InMemoryRun) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    finished_run.score_lines.append(sample_record("größe", 0.0))
    written_to(out, finished_run)
    shown = raw.getvalue().decode("ascii")
    assert "x refund-2  failed, critical" in shown
    assert "gr\\xf6\\xdfe" in shown
    assert "0.000-1.000" in shown


def test_a_command_that_wrapping_moved_to_the_start_of_a_line_is_none(finished_run: InMemoryRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI systems set FORCE_COLOR, under which lines are wrapped; GitHub's runner reads each line of the log."""
    monkeypatch.setenv("COLUMNS", "80")
    finished_run.score_lines = [sample_record("a", 0.0, text=f"{'word ' * n}::add-mask::a ##[error]") for n in range(5, 20)]
    out = Terminal()
    written_to(out, finished_run)
    visible = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())
    assert "\n:\u200b:add-mask" in re.sub(r"\n +", "\n", visible)
    assert not re.search(r"^\s*::|##\[", visible, re.MULTILINE)
