"""Where the benchmarks run: a virtual environment with the peers and Goldfinch, a Node with promptfoo, a fresh install for its size."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = HERE / ".venv-peers"
SLOW_PEERS = HERE / ".venv-peers-slow"
WORK = HERE / ".work"
RESULTS = HERE / "results"
NODE = HERE / "node_modules" / "node" / "bin" / "node"
PROMPTFOO = HERE / "node_modules" / "promptfoo"

PIP_INSTALL = ("install", "--quiet", "--disable-pip-version-check")
QUIET = {
    # Telemetry, update checks and caches of every peer, off.
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DO_NOT_TRACK": "1",
    "INSPECT_DISPLAY": "none",
    "LOGFIRE_IGNORE_NO_CONFIG": "1",
    "PROMPTFOO_CACHE_ENABLED": "false",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}


def job_environment() -> dict[str, str]:
    """The environment of a job: without the caller's keys and Python settings, so that two people measure the same."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
    return kept | QUIET | {"OPENAI_API_KEY": "stub", "PYTHONPATH": str(ROOT)}


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def set_up_peers() -> None:
    """Bring `.venv-peers` to the pinned versions, and Goldfinch as it is now beside them: a copy, so that edits do not change a run."""
    _set_up(PEERS, "requirements-peers.txt", str(ROOT))
    _run(str(python_of(PEERS)), "-m", "pip", *PIP_INSTALL, "--force-reinstall", "--no-deps", str(ROOT))


def set_up_slow_peers() -> None:
    """The slow peers have an environment of their own: what they bring along must not weigh on the others."""
    _set_up(SLOW_PEERS, "requirements-peers-slow.txt")


def _set_up(venv: Path, requirements: str, *more: str) -> None:
    if not python_of(venv).exists():
        _run(sys.executable, "-m", "venv", str(venv))
    _run(str(python_of(venv)), "-m", "pip", *PIP_INSTALL, "-r", str(HERE / requirements), *more)


def set_up_promptfoo() -> bool:
    """Install promptfoo and its Node into `node_modules`. False, with a line that says so, where npm is missing."""
    if NODE.exists() and PROMPTFOO.exists():
        return True
    npm = shutil.which("npm")
    if npm is None:
        print("promptfoo is left out: no npm on this machine", file=sys.stderr)
        return False
    _run(npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error")
    return True


def fresh_install(*, goldfinch: bool) -> Path:
    """A virtual environment made anew, empty or with `pip install .`; returns its folder."""
    folder = WORK / ("venv-goldfinch" if goldfinch else "venv-empty")
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    if goldfinch:
        _run(str(python_of(folder)), "-m", "pip", *PIP_INSTALL, str(ROOT))
    return folder


def site_packages_bytes(venv: Path) -> int:
    """Bytes of the files in a virtual environment's site-packages."""
    return sum(file.lstat().st_size for file in venv.glob("lib/python*/site-packages/**/*") if file.is_file())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=HERE, stdin=subprocess.DEVNULL)
