"""A folder, command, option or error code without documentation fails here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from goldfinch.cli.app import COMMANDS
from goldfinch.core.error_pages import PAGES

CODE = re.compile(r"\bE[1-3]\d{3}\b")
SRC = Path(__file__).parents[2] / "src" / "goldfinch"


def architecture(root: Path) -> dict[str, str]:
    """The paragraph below each heading of docs/architecture.md, by heading."""
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    sections = re.split(r"^#{2,4} ", text, flags=re.MULTILINE)[1:]
    return {heading.strip(): body.strip() for heading, _, body in (section.partition("\n") for section in sections)}


def folders_and_top_modules() -> Iterator[str]:
    for path in sorted(SRC.rglob("__init__.py")):
        if path.parent != SRC:
            yield f"`{path.parent.relative_to(SRC).as_posix()}/`"
    for path in sorted(SRC.glob("*.py")):
        if not path.name.startswith("__"):
            yield f"`{path.name}`"


@pytest.mark.parametrize("part", list(folders_and_top_modules()))
def test_architecture_page_gives_each_folder_a_paragraph(root: Path, part: str) -> None:
    assert len(architecture(root).get(part, "")) >= 60, f"docs/architecture.md has no paragraph below a heading {part}"


def test_architecture_page_describes_nothing_that_is_gone(root: Path) -> None:
    described = {heading for heading in architecture(root) if heading.startswith("`")}
    assert described == set(folders_and_top_modules())


def test_every_guide_is_in_the_index(root: Path) -> None:
    index = root.joinpath("docs/README.md").read_text(encoding="utf-8")
    assert not [guide.name for guide in root.joinpath("docs/guides").glob("*.md") if f"(guides/{guide.name})" not in index]


def commands() -> Iterator[tuple[str, Any]]:
    for name, entry in COMMANDS.items():
        command = typer.main.get_command(import_module(entry.module).app)
        yield from leaves(f"goldfinch {name}", command)


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, child in inner.items():
        yield from leaves(f"{name} {word}", child)


def options(command: Any) -> set[str]:
    long = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts if option.startswith("--")}
    return long - {"--help"}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_of_the_list_exists(name: str) -> None:
    assert import_module(COMMANDS[name].module).app


def test_every_command_and_option_is_documented(root: Path) -> None:
    """`docs/cli.md` is made from `--help` and names them all by itself, so it does not count."""
    written = [path for path in root.joinpath("docs").rglob("*.md") if path.name != "cli.md"]
    pages = [path.read_text(encoding="utf-8") for path in [*written, root / "README.md"]]
    missing = []
    for name, command in commands():
        about = [page for page in pages if re.search(rf"{name}\b", page)]
        missing += [] if about else [name]
        missing += [f"{name} {option}" for option in sorted(options(command)) if not any(is_named(option, page) for page in about)]
    assert not missing


def is_named(option: str, page: str) -> bool:
    """`--tag` is not named by `--tags`."""
    return re.search(rf"{re.escape(option)}(?![\w-])", page) is not None


def test_every_option_and_fixture_of_the_pytest_plugin_is_documented(root: Path) -> None:
    source = SRC.joinpath("pytest_plugin.py").read_text(encoding="utf-8")
    page = root.joinpath("docs/guides/pytest.md").read_text(encoding="utf-8")
    offered = {*re.findall(r'"(--goldfinch-[a-z-]+)"', source), *re.findall(r"^@pytest\.fixture\ndef (\w+)", source, re.MULTILINE)}
    offered |= set(re.findall(r'addini\(\s*"(\w+)"', source))
    assert len(offered) > 6
    assert not {name for name in offered if not is_named(name, page)}


def used_codes() -> dict[str, str]:
    """Every error code in the source with one place that uses it: by itself, or by its name in a `codes.py`."""
    sources = {path: path.read_text(encoding="utf-8") for path in SRC.rglob("*.py") if path.name not in ("error_pages.py", "codes.py")}
    found: dict[str, str] = {}
    for path, text in sources.items():
        found |= dict.fromkeys(CODE.findall(text), path.relative_to(SRC).as_posix())
    for name, code, package in named_codes():
        for path, text in sources.items():
            if re.search(rf"from {package}(?:\.codes)? import .*?\b(?:codes|{name})\b", text, re.DOTALL) and re.search(
                rf"\b{name}\b", text
            ):
                found[code] = path.relative_to(SRC).as_posix()
    return found


def named_codes() -> Iterator[tuple[str, str, str]]:
    """Name, code and package of every constant in a `codes.py`."""
    for path in SRC.rglob("codes.py"):
        package = ".".join(path.parent.relative_to(SRC.parent).parts)
        for name, code in re.findall(r'^([A-Z][A-Z0-9_]*)(?:: Final)? = "(E\d{4})"', path.read_text(encoding="utf-8"), re.MULTILINE):
            yield name, code, package


def test_no_code_has_two_names() -> None:
    codes = [code for _, code, _ in named_codes()]
    assert len(codes) == len(set(codes)) > 30


@pytest.mark.parametrize(("page", "tool"), [("errors.md", "error_table.py"), ("cli.md", "cli_reference.py")])
def test_pages_made_from_the_code_are_up_to_date(root: Path, page: str, tool: str) -> None:
    made = subprocess.run([sys.executable, root / "tools" / tool], capture_output=True, text=True, check=True).stdout
    assert (root / "docs" / page).read_text(encoding="utf-8") == made, "run `make reference`"


def test_every_error_code_has_a_page() -> None:
    assert not {code: place for code, place in used_codes().items() if code not in PAGES}


def test_no_page_explains_a_code_that_nothing_raises() -> None:
    assert not set(PAGES) - set(used_codes())
