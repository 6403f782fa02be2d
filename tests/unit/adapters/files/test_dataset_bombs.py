"""Small files that would take the machine's memory or stack (REQUIREMENTS T11) are refused by a limit, in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.adapters.files.formats import yaml as yaml_format
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.limits import MAX_CASE_BYTES, MAX_DEPTH, MAX_NODES, MAX_YAML_ALIASES, MAX_YAML_BYTES
from goldfinch.core.errors import DatasetError, ExitCode

MEGABYTE = 1024 * 1024


def _laughs() -> bytes:
    lines = ["a0: &a0 [l,l,l,l,l,l,l,l,l]"] + [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return ("- id: a\n  input:\n" + "".join(f"    {line}\n" for line in lines)).encode()


def _merging_laughs() -> bytes:
    keys = ",".join(f"k{i}: 1" for i in range(2000))
    return f"- id: a\n  input:\n    base: &b {{{keys}}}\n    all: [{','.join(['{<<: *b}'] * 900)}]\n".encode()


BOMBS = {
    "billion laughs.yaml": (_laughs(), "values, aliases expanded"),
    "merging laughs.yaml": (_merging_laughs(), "values, aliases expanded"),
    "aliases.yaml": (b"- id: a\n  input: [&a 1" + b",*a" * (MAX_YAML_ALIASES + 1) + b"]\n", f"more than {MAX_YAML_ALIASES} aliases"),
    "deep.yaml": (b"- id: a\n  input: " + b"[" * 500_000, f"deeper than {MAX_DEPTH} levels"),
    "deep blocks.yaml": (b"- " * 5_000 + b"x", f"deeper than {MAX_DEPTH} levels"),
    "deep by aliases.yaml": (
        b"- id: a\n  input: [&a " + b"[" * 50 + b"]" * 50 + b"," + b"[" * 50 + b"*a" + b"]" * 50 + b"]\n",
        f"deeper than {MAX_DEPTH} levels",
    ),
    "flat.yaml": (b"- id: a\n  input: [" + b"1," * (4 * MEGABYTE) + b"]\n", f"more than {MAX_NODES} values"),
    "giant text.yaml": (b"- id: a\n  input: '" + b"x" * (MAX_CASE_BYTES + 1) + b"'\n", f"longer than {MAX_CASE_BYTES} characters"),
    "giant.yaml": (b"#" * (MAX_YAML_BYTES + 1), f"larger than {MAX_YAML_BYTES} bytes"),
    "deep.jsonl": (b'{"id":"a","input":' + b"[" * (2 * MEGABYTE), "more than 100000 values"),
    "deep below the node limit.jsonl": (b'{"id":"a","input":' + b"[" * 90_000, f"deeper than {MAX_DEPTH} levels"),
    "flat.jsonl": (b'{"id":"a","input":[' + b"1," * (2 * MEGABYTE) + b"1]}", f"more than {MAX_NODES} values"),
    "giant line.jsonl": (b'{"id":"a","input":"' + b"x" * MAX_CASE_BYTES + b'"}', f"longer than {MAX_CASE_BYTES} bytes"),
    "unclosed quotes.jsonl": (b'{"' + b'\\"' * MEGABYTE + b"," * (MAX_NODES + 1) + b"[" * 100, "not valid JSON"),
    "giant row.csv": (b'id,input\na,"' + (b"x" * 999 + b"\n") * 9000 + b'"\n', f"row longer than {MAX_CASE_BYTES} bytes"),
    "many cells.csv": (b"id,input\na,b" + b"," * 5 * MEGABYTE, "cells under 2 columns"),
    "deep.csv": (b'id,input:json\na,"' + b"[" * 90_000 + b'"\n', f"deeper than {MAX_DEPTH} levels"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_a_limit_in_little_memory(tmp_path: Path, name: str) -> None:
    content, message = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError) as caught:
            FileDataset([path]).check()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.exit_code is ExitCode.USAGE
    assert any(message in str(problem) for problem in caught.value.problems)
    assert peak < 50 * MEGABYTE


@pytest.mark.parametrize("name", ["billion laughs.yaml", "deep.yaml", "flat.yaml"])
def test_yaml_is_left_at_the_limit_not_read_to_its_end(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    visited = 0
    parse = yaml.parse

    def counted(*arguments: Any, **keywords: Any) -> Iterator[Any]:
        nonlocal visited
        for event in parse(*arguments, **keywords):
            visited += 1
            yield event

    monkeypatch.setattr(yaml, "parse", counted)
    path = tmp_path / name
    path.write_bytes(BOMBS[name][0])
    with pytest.raises(DatasetError) as caught:
        FileDataset([path]).check()
    assert caught.value.code == codes.LIMIT
    assert visited <= MAX_NODES + 100


def test_the_values_of_all_cases_of_a_yaml_file_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_format, "MAX_YAML_NODES", 1000)
    path = tmp_path / "a.yaml"
    path.write_text("".join(f"- {{id: c{number}, input: [{'1,' * 90}]}}\n" for number in range(12)))
    with pytest.raises(DatasetError, match="more than 1000 values"):
        FileDataset([path]).check()


def test_a_manifest_is_held_to_the_same_limits(tmp_path: Path) -> None:
    tmp_path.joinpath("dataset.yaml").write_bytes(b"defaults: {input: " + b"[" * 500_000)
    with pytest.raises(DatasetError, match="deeper than") as caught:
        FileDataset([tmp_path]).check()
    assert caught.value.code == codes.LIMIT


def test_what_is_just_within_the_limits_is_read(tmp_path: Path) -> None:
    depth = MAX_DEPTH - 2
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id":"a","input":' + b"[" * depth + b"]" * depth + b"}\n" + b'{"id":"b","input":[' + b"1," * 90_000 + b"1]}\n")
    assert FileDataset([path]).check().cases == 2
