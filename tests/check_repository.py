"""A repository with settings, golden cases and an agent of recorded answers, in which a change is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import goldfinch
from goldfinch.cli.app import main

SETTINGS = """
dataset: golden
scorers: [must_include]
gates:
  required: [ai_quality]
  ai_quality:
    min_pass_rate: {rate}
    metrics: {{relevance: null, accuracy: null, completeness: null, coherence: null, safety: null}}
"""


def settings(rate: float = 0.85, more: str = "") -> None:
    Path("goldfinch.yaml").write_text(SETTINGS.format(rate=rate) + more)


def cases(count: int = 40, expected: str = "yes", **edited: str) -> None:
    """`count` cases that expect the word `expected`; those in `edited` another one."""
    Path("golden").mkdir(exist_ok=True)
    lines = [{"id": f"c{n}", "input": f"question {n}", "expected": {"must_include": [edited.get(f"c{n}", expected)]}} for n in range(count)]
    Path("golden/cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def evaluated(right: int, count: int = 40, folder: str = "run", dataset: str = "golden") -> Path:
    """A run in which the first `right` of `count` cases are answered `yes`, the others `no`."""
    answers = [{"case_id": f"c{n}", "text": "yes" if n < right else "no"} for n in range(count)]
    Path("answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    goldfinch.evaluate(dataset, "recorded:answers.jsonl", output_dir=folder, config="goldfinch.yaml")
    return Path(folder)


def git(*arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(message: str = "a change") -> str:
    git("add", "-A")
    git("commit", "-qm", message, "--allow-empty")
    return git("rev-parse", "HEAD")


def repository() -> None:
    """On `main`: 40 cases, a threshold of 85 %. Then a branch `change` is checked out."""
    git("init", "-q")
    Path(".gitignore").write_text("run\nanswers.jsonl\n.goldfinch\n*.json\n")
    settings()
    cases()
    committed("main")
    git("checkout", "-qb", "change")


def check(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    sys.argv = ["goldfinch", "check", *map(str, arguments)]
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err
