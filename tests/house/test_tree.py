"""What must be true of every file of the project."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

MACHINE_PATHS = re.compile("|".join(["/" + "work/", "/" + "tmp/brief", "/" + "root/", "/" + "home/[a-z]+/"]))
SHOWN_PATHS = re.compile(r"/home/(runner|user|you)/")
"""Placeholders that documentation may show."""


def project_files(root: Path) -> list[Path]:
    """Every file that is, or is about to be, committed."""
    if not (root / ".git").exists():
        pytest.skip("needs a git checkout to tell the project's files from others")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    return [root / name for name in names if name and (root / name).is_file()]


def test_no_file_names_a_path_of_one_machine(root: Path) -> None:
    found = []
    for path in project_files(root):
        text = path.read_bytes().decode("utf-8", errors="ignore")
        lines = (SHOWN_PATHS.sub("", line) for line in text.split("\n"))
        found += [f"{path.relative_to(root)}:{number}" for number, line in enumerate(lines, 1) if MACHINE_PATHS.search(line)]
    assert not found


def test_no_file_is_larger_than_two_megabytes(root: Path) -> None:
    assert not [str(path) for path in project_files(root) if path.stat().st_size > 2_000_000]


def test_every_module_says_what_it_is(root: Path) -> None:
    modules = sorted((root / "src" / "goldfinch").rglob("*.py"))
    assert modules
    silent = [str(path.relative_to(root)) for path in modules if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


def test_every_module_stays_readable(root: Path) -> None:
    """At about 400 lines a module mixes two things (STYLE)."""
    long = {str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines()) for path in (root / "src").rglob("*.py")}
    assert not {name: lines for name, lines in long.items() if lines > 400}


def test_every_changelog_fragment_is_a_sentence_or_two(root: Path) -> None:
    fragments = sorted((root / "changelog.d").glob("*.md"))
    assert fragments
    for fragment in fragments:
        text = fragment.read_text(encoding="utf-8").strip()
        assert text.endswith((".", ")")), f"{fragment.name}: not a sentence"
        assert len(text) <= 900, f"{fragment.name}: {len(text)} characters; a fragment is one or two sentences"
