"""Every example of the documentation does what the page says; and the runner would notice one that does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.joinpath("docs").rglob("*.md"), *ROOT.joinpath("examples").glob("*/README.md")])


def run_examples(page: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "run_doc_examples.py"), str(page)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_the_page_do_what_it_says(page: Path) -> None:
    done = run_examples(page)
    assert done.returncode == 0, done.stdout + done.stderr


GOOD = """
```json title="data/one.json"
{"a": 1}
```
```python
import json
from pathlib import Path
a = json.loads(Path("data/one.json").read_text())["a"]
```
```python
>>> a
1
>>> b = [a, 2]
>>> b
[1, ...]
```
- in a list:
  ```python
  assert b == [a, 2]
  ```
```console
$ goldfinch --version
goldfinch …
$ echo "took 17.5 s  at 3 cases/s"; echo more; echo end
took 1 s at 12,000.5 cases/s
…
end
$ cat data/one.json \\
    data/one.json
{"a": 1}
{"a": 1}
$ goldfinch no-such-command
…
$ echo $?
2
```
<!-- not executed: it is meant to be wrong -->
```python
raise SystemExit
```
"""


def test_a_page_runs_in_order_in_one_folder(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(GOOD, encoding="utf-8")
    done = run_examples(page)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("```python\nassert 1 == 2\n```", "AssertionError"),
        ("```python\nraise SystemExit\n```", "SystemExit"),
        ("```python\n>>> 1 + 1\n3\n```", "Expected"),
        ("```console\n$ goldfinch --version\ngoldfinch 99\n```", "prints something else"),
        ("```console\n$ goldfinch --version\n$ echo 17 apples\n3 apples\n```", "prints something else"),
        ("```console\n$ goldfinch no-such-command\n```", "ended with 2"),
        ("```console\n$ goldfinch --version\n$ false\n$ echo $?\n0\n```", "prints something else"),
        ("<!-- not executed: -->\n```python\nassert False\n```", "AssertionError"),
    ],
)
def test_an_example_that_is_wrong_fails_with_its_line(tmp_path: Path, example: str, told: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Words.\n\n{example}\n", encoding="utf-8")
    done = run_examples(page)
    assert done.returncode == 1
    assert told in done.stdout
    assert "page.md:4: " in done.stdout or "page.md:5: " in done.stdout
