"""docs/tools.md describes every tool and argument, and its examples are what the tools say of the committed accounts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.config import ROOT, Config
from src.tools import Workspaces, registry

PAGE = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
TOOLS = registry(Config())
SPACES = Workspaces(Path(ROOT) / "data")
EXAMPLES = re.findall(r"```json call\n(.*?)\n```\n\n```json result\n(.*?)\n```", PAGE, re.DOTALL)


def section(tool: str) -> str:
    found = re.search(rf"^## `{tool}`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/tools.md has no section {tool}"
    return found.group(1)


def rounded(value: Any) -> Any:
    """Numbers at four significant digits, as the page prints them."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("call", "result"), EXAMPLES)
def test_each_example_is_what_the_tool_says(call: str, result: str) -> None:
    wanted, printed = json.loads(call), json.loads(result)
    workspace = SPACES.open({"account": wanted["account"]})
    seen = asyncio.run(TOOLS.call("s1", wanted["tool"], wanted["arguments"], workspace))
    assert seen.error is None
    assert {key: rounded((seen.result or {})[key]) for key in printed} == printed


def test_each_tool_has_an_example() -> None:
    assert {json.loads(call)["tool"] for call, _ in EXAMPLES} == {schema["function"]["name"] for schema in TOOLS.schemas()}


def arguments() -> Iterator[tuple[str, str]]:
    for schema in TOOLS.schemas():
        for argument in schema["function"]["parameters"]["properties"]:
            yield schema["function"]["name"], argument


@pytest.mark.parametrize(("tool", "argument"), list(arguments()))
def test_each_argument_is_described(tool: str, argument: str) -> None:
    text = section(tool)
    shared = argument in ("campaign", "channel", "audience", "start", "end") and "| filters |" in text
    assert shared or f"`{argument}`" in text
