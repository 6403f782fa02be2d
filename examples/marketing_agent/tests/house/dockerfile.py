"""Reads a Dockerfile, and carries out on this machine what needs no Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments without flags."""
        return [word for word in self.text.split() if not word.startswith("--")]

    @property
    def flags(self) -> dict[str, str]:
        return dict(re.findall(r"--(\w[\w-]*)=(\S+)", self.text))

    @property
    def command(self) -> list[str]:
        """The exec form. Raises `ValueError` for the form with a shell."""
        return [str(word) for word in json.loads(self.text[self.text.index("[") :])]


def instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()]


def ignored(path: str, dockerignore: str) -> bool:
    """Whether the builder does not get `path`: the last rule that fits decides. Knows `*`, whole names and `**/name`."""
    decided = False
    for line in dockerignore.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!").rstrip("/")
        fits = pattern == "*" or path == pattern or path.startswith(f"{pattern}/")
        fits |= pattern.startswith("**/") and any(Path(part).match(pattern[3:]) for part in path.split("/"))
        if fits:
            decided = not rule.startswith("!")
    return decided


@dataclass(frozen=True)
class Laid:
    """An image's files below a folder: what /app and /opt/venv are in the image is there."""

    folder: Path

    @property
    def workdir(self) -> Path:
        return self.folder / "app"

    @property
    def environment(self) -> dict[str, str]:
        """As in the image: its programs first, nothing of this test's own Python or settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "MARKETING_AGENT_"))}
        return kept | {"PATH": f"{self.folder / 'opt/venv/bin'}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}

    def here(self, text: str) -> str:
        """A path of the image as it is on this machine."""
        return re.sub(r"(?<![\w.])/(?=(?:app|opt/venv)\b)", f"{self.folder}/", text)


def lay_out(steps: list[Instruction], context: Path, folder: Path) -> Laid:
    """Carry out COPY, and the RUN lines that speak of Python, below `folder`. Users and labels are left out."""
    laid = Laid(folder)
    laid.workdir.mkdir(parents=True)
    rules = context.joinpath(".dockerignore").read_text(encoding="utf-8")
    for step in steps:
        if step.name == "COPY" and "from" not in step.flags:
            *sources, target = step.words
            for source in sources:
                _copy(context, source, laid.workdir / target, rules)
        if step.name == "RUN" and "python" in step.text:
            _run(laid, step.text)
    return laid


def _copy(context: Path, source: str, target: Path, rules: str) -> None:
    there = context / source
    if not there.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(there, target)
        return

    def unwanted(folder: str, names: list[str]) -> list[str]:
        below = Path(folder).relative_to(context)
        return [name for name in names if ignored((below / name).as_posix(), rules)]

    shutil.copytree(there, target, ignore=unwanted, dirs_exist_ok=True)


def _run(laid: Laid, text: str) -> None:
    base = f"{Path(sys.executable).parent}:{laid.environment['PATH']}"  # before the image has its own, python and pip are the base's
    path = laid.environment["PATH"] if (laid.folder / "opt/venv").exists() else base
    done = subprocess.run(
        laid.here(text), shell=True, cwd=laid.workdir, env=laid.environment | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
