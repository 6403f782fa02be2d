"""The parts of `goldfinch compare` beyond two runs side by side: a branch's baseline, further trials, the HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from goldfinch.adapters.files.run_table import RunTableReader
    from goldfinch.bootstrap.further_trials import FurtherTrials
    from goldfinch.core.comparison.options import CompareOptions
    from goldfinch.operations.further_trials import Decided

PAGE_CASES = 10_000
"""Cases that changed, on a page at the most; it has room for as many as its bytes allow."""


def named_runs(runs: Sequence[Path], branch: str | None, baselines: Path) -> tuple[Path | None, Path]:
    """The folders of baseline and current run; the baseline of a branch where only one was named, None where that has none yet."""
    from goldfinch.core.errors import UsageError
    from goldfinch.core.escaping import for_terminal_line

    if len(runs) > 2:
        raise UsageError(f"{len(runs)} runs were named", hint="name BASELINE and CURRENT", code="E1001")
    if len(runs) == 2:
        if branch is not None:
            raise UsageError("a baseline and --branch were both given", hint="give one of them", code="E1001")
        return runs[0], runs[1]
    from goldfinch.bootstrap.baselines import find_baseline

    found = find_baseline(branch, baselines)
    if found is not None:
        typer.echo(f"compared with the baseline in {for_terminal_line(str(found))}", err=True)
    return found, runs[0]


def compared(
    both: tuple[RunTableReader | None, RunTableReader],
    options: CompareOptions,
    further: FurtherTrials | None,
    report: Path | None,
    notes: Sequence[str] = (),
) -> Decided:
    """Compare two runs, with further trials where they are asked for, and write the page. `notes` are added to those of the comparison."""
    from goldfinch.operations.compare import compare_runs
    from goldfinch.operations.further_trials import BASELINE, CURRENT, Decided

    baseline, current = both
    if report is not None:
        from goldfinch.bootstrap.comparison_page import require_page_path, write_page

        require_page_path(report)
        options = replace(options, shown_cases=max(options.shown_cases, PAGE_CASES))
    if further is None:
        runs = {BASELINE: () if baseline is None else (baseline,), CURRENT: (current,)}
        decided = Decided(compare_runs(baseline, current, options), (), runs=runs)
    else:
        from goldfinch.bootstrap.further_trials import decide
        from goldfinch.cli.progress import progress_beside_output

        with _ended_by_sigterm(), progress_beside_output() as progress:
            decided = decide(baseline, current, options, further, progress)
    if notes:
        decided = replace(decided, comparison=replace(decided.comparison, notes=(*decided.comparison.notes, *notes)))
    if report is not None:
        from goldfinch.core.escaping import for_terminal_line

        folders = {side: [run.location for run in runs] for side, runs in decided.runs.items()}
        write_page(decided.comparison, folders.get(BASELINE, []), folders.get(CURRENT, []), report)
        typer.echo(f"wrote {for_terminal_line(str(report))}", err=True)
    return decided


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the work in order: the version that is asked keeps its answers, the checkout of the baseline is removed."""
    import signal
    import sys

    from goldfinch.core.errors import ExitCode

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would cut the end short
        sys.exit(ExitCode.INCONCLUSIVE)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except Exception:
        signal.signal(signal.SIGTERM, before)
        raise
    signal.signal(signal.SIGTERM, before)
