"""Run the examples of documentation pages, so that none of them can be wrong.

    python tools/run_doc_examples.py docs/guides/datasets.md ...

The blocks of a page run in order in one scratch folder:

- a block with a title (```yaml title="goldfinch.yaml") is written to that file;
- a `python` block without a title runs, one that begins with `>>> ` as a doctest; the blocks of a page share their names;
- a `console` block with a `$ goldfinch ...` line runs, every command of it. A command must end with 0, unless `$ echo $?` comes next.

Output that is shown is compared: `…` stands for any text, a line of `…` for any lines, a number before a unit of time, speed or memory
(`12.3 s`, `640 cases/s`, `48 MB`) for any such number, a run of spaces for any run of spaces. A block below the comment
`<!-- not executed: reason -->` is left out. A page that names a file of `examples/` finds that folder in its scratch folder.
"""

from __future__ import annotations

import difflib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
TITLE = re.compile(r'title="(?P<name>[^"]+)"')
OPT_OUT = re.compile(r"<!-- not executed: \S.* -->$")
QUANTITY = re.compile(r"\d[\d,]*(?:\.\d+)?(?= ?(?:ms|s|min|/s|[a-z]+/s|[kM]B)\b)")
MARK = "--8<-- exit"
TIME_LIMIT_S = 120


class ExampleFailed(Exception):
    """An example does not do what the page says."""


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is the number of its first line of text."""

    language: str
    title: str | None
    body: str
    line: int

    @property
    def is_session(self) -> bool:
        """True for a shell session that uses Goldfinch."""
        return self.language == "console" and any(command.startswith("goldfinch ") for command, _ in commands(self.body))


def main(arguments: list[str]) -> int:
    """Run the pages; print what fails and return the exit code."""
    failures = [failure for page in arguments if (failure := run_page(Path(page).resolve()))]
    print("\n".join(failures) or f"{len(arguments)} page(s): every example does what it says")
    return 1 if failures else 0


def run_page(page: Path) -> str:
    """Run the examples of one page; the first failure in words, or nothing."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        if "examples/" in text:
            ignored = shutil.ignore_patterns(".venv", "__pycache__", "node_modules", "runs")
            shutil.copytree(ROOT / "examples", Path(scratch, "examples"), ignore=ignored)
        names: dict[str, Any] = {"__name__": "__main__"}
        for block in blocks(text):
            try:
                run_block(block, Path(scratch), names)
            except ExampleFailed as failure:
                return f"{page}:{block.line}: {failure}"
    return ""


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page that were not opted out."""
    lines = text.split("\n")
    number, last_words = 0, ""
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence is None:
            last_words = lines[number].strip() or last_words
            number += 1
            continue
        end = next((n for n in range(number + 1, len(lines)) if lines[n].strip() == fence["ticks"]), len(lines))
        if not OPT_OUT.search(last_words):
            yield block_of(fence, lines[number + 1 : end], number + 2)
        number, last_words = end + 1, ""


def block_of(fence: re.Match[str], lines: list[str], line: int) -> Block:
    """A block without the indentation of its fence."""
    title = TITLE.search(fence["info"])
    body = "".join(text.removeprefix(fence["indent"]) + "\n" for text in lines)
    return Block((fence["info"].split() or [""])[0], title["name"] if title else None, body, line)


def run_block(block: Block, scratch: Path, names: dict[str, Any]) -> None:
    """Do what the block says."""
    if block.title is not None:
        target = scratch / block.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.body, encoding="utf-8")
    elif block.language == "python":
        run_python(block, scratch, names)
    elif block.is_session:
        run_session(block, scratch)


def run_python(block: Block, scratch: Path, names: dict[str, Any]) -> None:
    """Run the block in this process, in the scratch folder."""
    os.chdir(scratch)
    sys.path.insert(0, str(scratch))
    try:
        with redirect_stdout(io.StringIO()):
            if block.body.startswith(">>> "):
                run_doctest(block, names)
            else:
                exec(compile(block.body, "<example>", "exec"), names)
    except ExampleFailed:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 - whatever an example raises is its failure
        raise ExampleFailed(traceback.format_exc(limit=-3)) from None
    finally:
        sys.path.remove(str(scratch))
        os.chdir(ROOT)


def run_doctest(block: Block, names: dict[str, Any]) -> None:
    """Run an interactive session and compare what it shows; `...` stands for any text."""
    test = doctest.DocTestParser().get_doctest(block.body, names, "example", None, 0)
    told: list[str] = []
    if doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append, clear_globs=False).failed:
        raise ExampleFailed("".join(told))
    names.update(test.globs)


def commands(body: str) -> list[tuple[str, str]]:
    """Each command of a session, continuation lines included, with the output shown below it."""
    found: list[tuple[str, str]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            command, shown = found[-1]
            continued = command.endswith("\\") and not shown
            found[-1] = (f"{command}\n{line}", "") if continued else (command, f"{shown}{line}\n")
    return found


def run_session(block: Block, scratch: Path) -> None:
    """Run all commands in one shell; check exit codes and the output that the page shows."""
    session = commands(block.body)
    script = "".join(f"{command}\ncode=$?; printf '\\n{MARK} %s\\n' $code; (exit $code)\n" for command, _ in session)
    results = re.findall(rf"(.*?)\n?{MARK} (\d+)\n", shell(script, scratch), flags=re.DOTALL)
    for index, ((command, shown), (output, code)) in enumerate(zip(session, results, strict=True)):
        tells_code = index + 1 < len(session) and session[index + 1][0] == "echo $?"
        if code != "0" and not tells_code:
            raise ExampleFailed(f"`{command}` ended with {code}:\n{output}")
        if shown and not re.fullmatch(pattern(shown), normal(output)):
            difference = "\n".join(difflib.ndiff(normal(shown).splitlines(), normal(output).splitlines()))
            raise ExampleFailed(f"`{command}` prints something else (- page, + now):\n{difference}")


def shell(script: str, scratch: Path) -> str:
    """What the commands print, on stdout and stderr together."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY") and name != "CI"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    plain = {"PATH": path, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", script], stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=scratch, env=kept | plain, timeout=TIME_LIMIT_S, check=False,
    )  # fmt: skip
    return done.stdout


def normal(text: str) -> str:
    """The text with runs of spaces made one, and no blank lines at its ends."""
    return "\n".join(re.sub(r" +", " ", line).rstrip() for line in text.strip("\n").splitlines())


def pattern(shown: str) -> str:
    """A regular expression for the output that the page shows."""
    lines = [re.sub(r"[ \t]+$", "", line) for line in normal(shown).splitlines()]
    parts = [r"(?:[^\n]*\n)*?" if line.strip() == "…" else f"{line_pattern(line)}\n" for line in lines]
    return "".join(parts).removesuffix("\n") if lines[-1].strip() != "…" else "".join(parts) + r"[^\n]*"


def line_pattern(line: str) -> str:
    """One line: quantities and `…` stand for any."""
    anything, number = "\0", "\1"
    masked = QUANTITY.sub(number, line.replace("…", anything))
    return re.escape(masked).replace(re.escape(anything), r"[^\n]*").replace(re.escape(number), r"\d[\d,]*(?:\.\d+)?")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
