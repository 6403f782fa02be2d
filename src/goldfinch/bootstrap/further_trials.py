"""Wires a comparison that may ask further trials: who asks each side, and where its runs go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.adapters.git_worktree import worktree
from goldfinch.bootstrap.asking_again import ChildProcess, Version
from goldfinch.core.baselines.codes import NO_BUDGET
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.errors import UsageError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.operations.compare import compare_runs
from goldfinch.operations.further_trials import BASELINE, CURRENT, Decided, decide_with_further_trials
from goldfinch.ports.further_trials import AskAgain
from goldfinch.ports.progress import Progress

FURTHER_FOLDER = Path(".goldfinch/further")
"""Where further trials go: `<baseline's run id>--<current one's>/<side>-<trials>`."""
_UNKNOWN = "nothing names it; give --baseline-config, --baseline-ref or --baseline-agent"


@dataclass(frozen=True, slots=True)
class FurtherTrials:
    """Who is to be asked again: the current version as `config` and `agent` say, the baseline's by one of the three others."""

    budget_usd: float | None
    config: Path | None = None
    agent: str | None = None
    agent_version: str | None = None
    baseline_config: Path | None = None
    baseline_ref: str | None = None
    baseline_agent: str | None = None
    baseline_agent_version: str | None = None
    scorers: tuple[str, ...] = ()
    judge: str | None = None
    folder: Path = FURTHER_FOLDER


def decide(
    baseline: RunTableReader | None, current: RunTableReader, options: CompareOptions, further: FurtherTrials, progress: Progress
) -> Decided:
    """Compare, and ask both versions again where that can decide. Raises `UsageError` (E2413) without a budget, E2410 for another agent."""
    if further.budget_usd is None:
        raise UsageError("--further-trials asks both versions again", hint="say what that may cost: --budget USD", code=NO_BUDGET)
    if baseline is None or baseline.manifest().status is RunStatus.BOOTSTRAP:
        return Decided(compare_runs(baseline, current, options), ())
    folder = further.folder / f"{baseline.manifest().run_id}--{current.manifest().run_id}"
    now = Version(further.config, None, further.agent, further.agent_version, Path(), further.scorers, further.judge)
    with _baseline_version(further) as before:
        askers: dict[str, AskAgain | str] = {
            BASELINE: _UNKNOWN if before is None else ChildProcess(BASELINE, before, folder),
            CURRENT: ChildProcess(CURRENT, now, folder),
        }
        return decide_with_further_trials(baseline, current, askers, options, budget_usd=further.budget_usd, progress=progress)


@contextmanager
def _baseline_version(further: FurtherTrials) -> Iterator[Version | None]:
    """The baseline's agent; scorers and judge are those of the current settings, for both sides. None where nothing names it."""
    config = _settings_file(further.config)
    ref = further.baseline_ref
    if ref is None:
        yield _named(further, config)
        return
    with worktree(Path(), ref) as checkout:
        inside = checkout / (_relative(config) if further.baseline_config is None else further.baseline_config)
        yield _version(further, config, inside if inside.is_file() else None, inside.parent if inside.is_file() else checkout)


def _named(further: FurtherTrials, config: Path | None) -> Version | None:
    if further.baseline_config is not None:
        if not further.baseline_config.is_file():
            raise UsageError("no such file", where=str(further.baseline_config), hint="correct --baseline-config", code="E1101")
        return _version(further, config, further.baseline_config, further.baseline_config.parent)
    return None if further.baseline_agent is None else _version(further, config, None, Path())


def _version(further: FurtherTrials, config: Path | None, agent_config: Path | None, folder: Path) -> Version:
    version = further.baseline_agent_version
    return Version(config, agent_config, further.baseline_agent, version, folder, further.scorers, further.judge)


def _settings_file(given: Path | None) -> Path | None:
    from goldfinch.bootstrap.settings import load_settings

    return load_settings(given).file


def _relative(config: Path | None) -> Path:
    """Where the settings are in the checkout of another commit."""
    if config is None:
        return Path("goldfinch.yaml")
    absolute = config.absolute()
    return absolute.relative_to(Path().absolute()) if absolute.is_relative_to(Path().absolute()) else Path(config.name)
