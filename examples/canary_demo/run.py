"""The whole story on this machine, without a key: `make demo`.

Evaluates the reference agent, starts it behind Envoy with traffic of several turns, brings a good release to 100 % step by step, ships a
bad one and watches it being rolled back. Every step is a command that a person would type, and is printed before it runs. Nothing outside
`--folder` is written, and nothing is left running.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AGENT = ROOT / "examples" / "marketing_agent"
SETTINGS = "rehearsal.yaml"
ENVIRONMENT = "demo"
SUCCEEDED, ROLLED_BACK = 0, 5
LONGEST_S = 240.0
LEFT_OUT = ("tests", "generator", "benchmarks", "evaluation/results", "infrastructure", "docs")
"""Of the agent's folder: what neither serves nor judges it."""

BETTER_PROMPT = "\nBegin with the figure that was asked for.\n"


class Story:
    """A folder with the agent's repository in it, and the programs that run beside each other."""

    def __init__(self, folder: Path, *, sessions_per_s: float) -> None:
        self._folder = folder.resolve()
        self._agent = self._folder / "marketing-agent"
        self._sessions_per_s = sessions_per_s
        self._began_s = time.monotonic()
        self._environment = _environment()

    def tell(self, stack: ExitStack) -> int:
        """The exit code: 0 where all went as it should."""
        self._chapter("1  Evaluate: is the agent good enough to be released?")
        self._run("goldfinch", "evaluate", "--output-dir", "runs/demo", "--report", "runs/demo/report.html", "--fresh")
        self._chapter("2  Release it: the first release, behind Envoy")
        self._release("v1")
        stack.callback(self._goldfinch, "release", "stop", "--all", "--force", "--environment", ENVIRONMENT)
        stack.enter_context(self._start("proxy", "goldfinch", "proxy", "--environment", ENVIRONMENT, "--config", SETTINGS))
        stack.enter_context(self._start("server", "goldfinch", "serve", "--config", SETTINGS))
        self._wait_for("http://127.0.0.1:4318/healthz")
        self._ask_for("v1", "--first-release")
        self._goldfinch("rollout", "approve", "--environment", ENVIRONMENT, "--by", "Grace", "--reason", "its evaluation")
        self._wait_for("http://127.0.0.1:8080/health/ready")
        self._chapter(f"3  Users come: {self._sessions_per_s:g} sessions a second, of one to three turns")
        stack.enter_context(self._traffic())
        if self._watch() != SUCCEEDED:
            return self._ended("the first release did not become the stable one")
        self._chapter("4  A good change: a better prompt, to 100 % step by step")
        self._change("src/models/texts/write.txt", lambda text: text + BETTER_PROMPT, "Answers begin with the figure")
        self._release("v2")
        if self._roll_out("v2") != SUCCEEDED:
            return self._ended("the good release was not promoted")
        self._chapter("5  A bad change: single questions are answered as well as ever, and what was said before is forgotten")
        bad = (AGENT / "releases" / "forgetful.yaml").read_text(encoding="utf-8")
        self._change("release.yaml", lambda _: bad, "Plans are made without the session")
        self._release("v3")
        if self._roll_out("v3") != ROLLED_BACK:
            return self._ended("the bad release was not rolled back")
        self._chapter("6  Why? And is the record whole?")
        self._goldfinch("rollout", "explain", "--environment", ENVIRONMENT)
        self._goldfinch("audit", "verify")
        self._chapter(f"It took {time.monotonic() - self._began_s:.0f} s. The evidence of the rollback: {self._packs()}")
        return 0

    def prepare(self) -> None:
        """A repository of the agent's own: releases are commits."""
        shutil.rmtree(self._folder, ignore_errors=True)
        ignored = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", ".goldfinch", "runs", "*.egg-info")
        shutil.copytree(AGENT, self._agent, ignore=ignored)
        for name in LEFT_OUT:
            shutil.rmtree(self._agent / name, ignore_errors=True)
        (self._agent / ".gitignore").write_text(".goldfinch/\nruns/\n__pycache__/\n", encoding="utf-8")
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("config", "user.name", "Ada")
        self._git("config", "user.email", "ada@example.com")
        self._commit("The marketing agent")

    def _roll_out(self, tag: str) -> int:
        self._ask_for(tag)
        return self._watch()

    def _ask_for(self, tag: str, *options: str) -> None:
        self._goldfinch("rollout", "start", tag, "--environment", ENVIRONMENT, "--detach", *options)

    def _watch(self) -> int:
        return self._goldfinch("rollout", "watch", "--environment", ENVIRONMENT)

    def _release(self, tag: str) -> None:
        self._goldfinch("release", "create", "--tag", tag)

    def _change(self, path: str, change: Callable[[str], str], message: str) -> None:
        file = self._agent / path
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
        self._commit(message)
        print(f"$ git commit -m {shlex.quote(message)}", flush=True)
        self._git("--no-pager", "show", "--stat", "--format=", "HEAD")

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self._agent, env=self._environment, check=True)

    def _goldfinch(self, *arguments: str) -> int:
        return self._run("goldfinch", *arguments, "--config", SETTINGS)

    def _run(self, *command: str) -> int:
        print(f"$ {shlex.join(command)}", flush=True)
        code = subprocess.run(command, cwd=self._agent, env=self._environment, timeout=LONGEST_S, check=False).returncode
        print(flush=True)
        return code

    @contextmanager
    def _start(self, name: str, *command: str) -> Iterator[None]:
        """A program beside the others; what it says is in a file of its name."""
        print(f"$ {shlex.join(command)} &", flush=True)
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self._agent, env=self._environment, stdout=log, stderr=log)
            try:
                yield
            finally:
                _end(process)

    def _traffic(self) -> AbstractContextManager[None]:
        cases = "evaluation/datasets/golden/session.jsonl"
        body = '{"description": "{{ input }}", "context": "{{ context }}"}'
        url = "http://127.0.0.1:8080/v1/tasks"
        rate = ("--rate", f"{self._sessions_per_s:g}", "--seconds", f"{LONGEST_S:g}")
        return self._start(
            "traffic", sys.executable, "-m", "goldfinch.testing.session_traffic", "--url", url, "--cases", cases, "--body", body, *rate
        )

    def _wait_for(self, url: str) -> None:
        for _ in range(200):
            try:
                with urllib.request.urlopen(url, timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the server did not answer; {self._folder / 'server.log'} says why")

    def _packs(self) -> Path:
        packs = sorted(self._agent.glob(".goldfinch/*/*/evidence/*/index.html"))
        return packs[-1] if packs else self._agent / ".goldfinch"

    def _chapter(self, title: str) -> None:
        print(f"\n== {title}\n", flush=True)

    def _ended(self, why: str) -> int:
        print(f"This is not how the story goes: {why}. The logs are in {self._folder}.", file=sys.stderr)
        return 1


def _environment() -> dict[str, str]:
    """`goldfinch` and the agent's `python` are those of the agent's own environment."""
    path = f"{AGENT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "demo-canary", help="made anew (default: %(default)s)")
    parser.add_argument("--sessions", type=float, default=25.0, help="sessions a second (default: %(default)s)")
    arguments = parser.parse_args(argv)
    story = Story(arguments.folder, sessions_per_s=arguments.sessions)
    story.prepare()
    with ExitStack() as stack:
        return story.tell(stack)


if __name__ == "__main__":
    sys.exit(main())
