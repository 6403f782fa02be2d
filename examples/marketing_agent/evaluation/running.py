"""Evaluations of releases through Goldfinch's Python API, each in a folder named for what it measures, so that one that was cut off goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import goldfinch
from goldfinch.settings import PythonAgent

from evaluation.agent import release_config
from src.config import ROOT

SETTINGS = ROOT / "goldfinch.yaml"
GOLDEN = ROOT / "evaluation" / "datasets" / "golden"
RESULTS = ROOT / "evaluation" / "results"
CONCURRENCY = 8


def evaluate_release(
    release: str,
    *,
    results: Path,
    dataset: Path = GOLDEN,
    overrides: Mapping[str, Any] | None = None,
    cases: Sequence[str] = (),
    concurrency: int = CONCURRENCY,
    timeout_s: float | None = None,
    seed: int | None = None,
) -> goldfinch.Evaluation:
    """Evaluate `release` on `dataset` with the scorers of goldfinch.yaml; `overrides` go before the release's own configuration.

    The folder below `results` is named for release, agent, data and dataset: the same call goes on where it was cut off, any change
    starts anew. Runs that differ by `seed` alone need other `results`. Raises `GoldfinchError`, also for an evaluation that did not get
    every answer: half of one compares with nothing.
    """
    version = agent_version(release, overrides or {})
    folder = results / f"{release}-{version}-{content_hash([dataset, SETTINGS])[:8]}"
    run = goldfinch.evaluate(
        dataset,
        PythonAgent(
            target="evaluation.agent:answer", path=str(ROOT), takes_case=True, options={"release": release, "config": dict(overrides or {})}
        ),
        config=SETTINGS,
        output_dir=folder,
        agent_version=version,
        cases=cases,
        concurrency=concurrency,
        timeout_s=timeout_s,
        seed=seed,
    )
    if run.error is not None:
        raise run.error
    return run


def agent_version(release: str, overrides: Mapping[str, Any]) -> str:
    """Changes with the agent's code, its configuration and the data that it reads."""
    config = release_config(release, overrides)
    code = content_hash([ROOT / "src", ROOT / "evaluation" / "agent.py", ROOT / "evaluation" / "conversation.py", config.data_dir])
    settings = json.dumps(config.model_dump(mode="json", exclude={"data_dir"}), sort_keys=True)
    return sha256(f"{code}{settings}".encode()).hexdigest()[:10]


def content_hash(paths: Iterable[Path]) -> str:
    """A hash of files and of what is in folders, whatever their names above are."""
    digest = sha256()
    for path in paths:
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")
        for file in files:
            digest.update(f"{file.relative_to(path.parent).as_posix()}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()
