"""Ask one version of an agent again, in a process of its own.

Two versions of one module cannot live in one interpreter, and the baseline's files may be a checkout of another commit: each side is a
child whose working folder is where its settings are. The child reads what it is to do from its standard input, which stays open; when the
parent is gone, however it went, the child sees the end of it and stops as on Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 - this interpreter, fixed arguments
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.evaluation import EvaluationRequest, evaluate_request
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.reports import dataset_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.baselines.codes import ASKING_FAILED, NOT_LIKE_BEFORE
from goldfinch.core.comparison.further_trials import WantedTrials
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import BudgetExhausted, ConfigurationError, ExitCode, GoldfinchError, InfrastructureError, UsageError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest
from goldfinch.operations.engine.resuming import differences
from goldfinch.ports.further_trials import FurtherRun
from goldfinch.ports.progress import Progress
from goldfinch.settings import AgentSettings, PythonAgent, SubprocessAgent

CHILD = "goldfinch.cli.asking_again"


@dataclass(frozen=True, slots=True)
class Version:
    """Where a version of the agent is found. `agent_config` None: the agent of `config`. Relative paths start from where the user is.

    `agent` is written as for `--agent` and goes before the settings. The metrics are those of `config`, for both versions.
    """

    config: Path | None = None
    agent_config: Path | None = None
    agent: str | None = None
    agent_version: str | None = None
    """As it was named for the run, where its source alone does not tell."""
    folder: Path = field(default_factory=Path)
    """Working folder of the process that asks."""
    scorers: tuple[str, ...] = ()
    judge: str | None = None


class AskingTask(msgspec.Struct, frozen=True):
    """What a child is told. Paths are absolute."""

    side: str
    config: str | None
    agent_config: str | None
    agent: str | None
    agent_version: str | None
    scorers: tuple[str, ...]
    judge: str | None
    dataset: tuple[str, ...]
    output_dir: str
    like: Manifest
    hashes: dict[str, str]
    trials: int
    first_trial: int
    budget_usd: float


class AskingEnd(msgspec.Struct, frozen=True):
    """What a child says at its end, in its last line."""

    exit_code: int
    code: str = ""
    what: str = ""
    where: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """`AskAgain` by a child; its runs go to `<folder>/<side>-<look>`."""

    side: str
    version: Version
    folder: Path

    def ask(self, like: Manifest, wanted: WantedTrials, look: int, budget_usd: float) -> FurtherRun:
        output_dir = self.folder / f"{self.side}-{look}"
        version = self.version
        task = AskingTask(
            side=self.side,
            config=_absolute(version.config),
            agent_config=_absolute(version.agent_config),
            agent=version.agent,
            agent_version=version.agent_version,
            scorers=version.scorers,
            judge=version.judge,
            dataset=_dataset(version, like),
            output_dir=str(output_dir.absolute()),
            like=like,
            hashes=wanted.hashes,
            trials=wanted.trials,
            first_trial=wanted.first_trial,
            budget_usd=budget_usd,
        )
        error = _error(self._run(msgspec.json.encode(task)))
        run = RunTableReader(output_dir)
        if error is not None and (isinstance(error, UsageError) or run.stored_manifest() is None):
            raise error
        return FurtherRun(run, spent_usd(run), error)

    def _run(self, task: bytes) -> AskingEnd:
        with subprocess.Popen(  # noqa: S603  # nosec B603 - this interpreter, no shell
            [sys.executable, "-m", CHILD],
            cwd=self.version.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise AssertionError("both are pipes")
            with suppress(BrokenPipeError):
                process.stdin.write(task + b"\n")
                process.stdin.flush()
            said = _read_to_end(process, process.stdout.fileno())
        lines = said.strip().splitlines()
        try:
            return msgspec.json.decode(lines[-1] if lines else b"", type=AskingEnd)
        except msgspec.DecodeError:
            return AskingEnd(
                ExitCode.INCONCLUSIVE, ASKING_FAILED, f"the process that asked the {self.side} version ended with {process.returncode}"
            )


def spent_usd(run: RunDirectory) -> float:
    """What all answers of a run and their judging cost, as far as that is known, with answers that could not be had."""
    answers = sum(record.output.cost_usd or 0.0 for record in run.outputs())
    return answers + sum(record.judge_cost_usd or 0.0 for record in run.scores())


def carry_out(task: AskingTask, progress: Callable[[], AbstractContextManager[Progress]]) -> AskingEnd:
    """In the child: ask what the task says, on the terms of its run. Never raises a `GoldfinchError`."""
    try:
        _require_same_cases(task)
        request = _request(task)
        with progress() as shown:
            finished = run_to_end(lambda stop: evaluate_request(request, shown, stop))
    except GoldfinchError as error:
        return _end(error)
    result = finished.result
    if result.error is not None:
        return _end(result.error)
    reason = result.manifest.reason if result.exit_code else ""
    return AskingEnd(int(result.exit_code), ASKING_FAILED if reason else "", reason, str(finished.directory) if reason else "")


def stop_when_parent_is_gone(stdin: int) -> None:
    """Take the end of standard input for a Ctrl-C."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(stdin, 4096):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="goldfinch-parent", daemon=True).start()


def _request(task: AskingTask) -> EvaluationRequest:
    like = task.like
    return EvaluationRequest(
        config=None if task.config is None else Path(task.config),
        dataset=list(task.dataset),
        agent=task.agent or _agent_of(task),
        scorers=list(task.scorers) or None,
        output_dir=Path(task.output_dir),
        overrides={
            "trials": task.trials,
            "seed": None if like.seed is None else like.seed + task.first_trial,
            "timeout_s": like.timeout_s,
            "budget_usd": task.budget_usd,
        },
        selection=Selection(frozenset(task.hashes)),
        judge=task.judge,
        first_trial=task.first_trial,
        before_asking=lambda wanted: _require_like(task, wanted),
        agent_version=task.agent_version,
    )


def _agent_of(task: AskingTask) -> AgentSettings | None:
    """The agent of another settings file; its paths start from the folder of that file, in which this process was started."""
    if task.agent_config is None:
        return None
    loaded: LoadedSettings = load_settings(Path(task.agent_config))
    agent = loaded.settings.agent
    if agent is None:
        raise ConfigurationError("names no agent", where=task.agent_config, hint="give it an `agent:`", code="E1002")
    if not loaded.settings.allow_code and isinstance(agent, PythonAgent | SubprocessAgent):
        hint = "set allow_code: true if you trust this file"
        raise ConfigurationError(
            f"agent.kind {agent.kind} runs code and allow_code is off", where=task.agent_config, hint=hint, code="E1370"
        )
    return agent


def _require_same_cases(task: AskingTask) -> None:
    """Every wanted case is still what was asked: of an edited one trials cannot be added up."""
    left = dict(task.hashes)
    for case, case_hash in open_dataset(list(task.dataset)).cases():
        if left.pop(case.id, case_hash) != case_hash:
            raise _not_like_before(task, f"case {case.id} was edited since")
    if left:
        raise _not_like_before(task, f"case {min(left)} is not in the dataset any more")


def _require_like(task: AskingTask, wanted: Manifest) -> None:
    """What would be asked is the version, and judged as, in the run that it adds to."""
    like = task.like
    if wanted.replayed_from is not None:
        raise _not_like_before(task, "further trials were to be replayed, which tells nothing new")
    same = replace(like, dataset=wanted.dataset, trials=wanted.trials, seed=wanted.seed)
    found = differences(same, wanted)
    if like.metrics != wanted.metrics:
        before, now = (", ".join(f"{one.name} {one.version}" for one in manifest.metrics) for manifest in (like, wanted))
        found.append(f"metrics were {before}, now {now}")
    if like.judge != wanted.judge:
        found.append(f"judge was {like.judge or 'none'}, now {wanted.judge or 'none'}")
    if found:
        raise _not_like_before(task, "; ".join(found))


def _not_like_before(task: AskingTask, what: str) -> UsageError:
    hint = f"trials of the two cannot be added up; name the agent and scorers of run {task.like.run_id}"
    return UsageError(f"the {task.side} version is not the one of its run: {what}", hint=hint, code=NOT_LIKE_BEFORE)


def _dataset(version: Version, like: Manifest) -> tuple[str, ...]:
    """The files that the run was made from, where they are at hand, else the dataset of the settings."""
    if dataset_of(like) is not None:
        return tuple(str(Path(path).absolute()) for path in like.dataset.paths)
    loaded = load_settings(version.config)
    written = loaded.settings.dataset
    if written is None:
        raise UsageError("the dataset of this run is not at hand", hint="name it as `dataset:` in the settings", code="E1003")
    return tuple(str(loaded.path(path).absolute()) for path in ([written] if isinstance(written, str) else written))


def _read_to_end(process: subprocess.Popen[bytes], stdout: int) -> bytes:
    """All that the child says. Ctrl-C reaches it too, and it ends by itself: it is waited for, its last answers are paid."""
    said = bytearray()
    while True:
        try:
            while block := os.read(stdout, 65_536):
                said += block
            process.wait()
        except KeyboardInterrupt:
            continue
        return bytes(said)


def _end(error: GoldfinchError) -> AskingEnd:
    problem, redact = error.problem, Redactor()
    return AskingEnd(int(error.exit_code), error.code, redact.line(problem.what), problem.where, problem.hint)


def _error(end: AskingEnd) -> GoldfinchError | None:
    """The child's error as one of this process: same code, words and exit code."""
    if end.exit_code == ExitCode.PASSED and not end.what:
        return None
    kind = {ExitCode.USAGE: UsageError, ExitCode.BUDGET: BudgetExhausted}.get(ExitCode(end.exit_code), InfrastructureError)
    return kind(end.what or "further trials ended early", where=end.where, hint=end.hint, code=end.code or ASKING_FAILED)


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())
