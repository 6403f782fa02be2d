"""What is published about settings and files is made from the code, and describes what the code really reads and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import goldfinch
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import ConfigurationError


def validator(root: Path, name: str) -> Draft202012Validator:
    schema = json.loads((root / "docs/schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_published_schemas_are_those_of_the_code(root: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, root / "tools/schemas.py", tmp_path], check=True)
    made, published = ({path.name: path.read_text("utf-8") for path in folder.iterdir()} for folder in (tmp_path, root / "docs/schemas"))
    del published["report.schema.json"]  # written by hand
    assert sorted(published) == sorted(made)
    assert published == made, "run `make reference`"


def test_the_tables_of_keys_are_those_of_the_settings(root: Path, tmp_path: Path) -> None:
    page, copy = root / "docs/guides/configuration.md", tmp_path / "configuration.md"
    copy.write_bytes(page.read_bytes())
    subprocess.run([sys.executable, root / "tools/configuration_page.py", copy], check=True)
    assert copy.read_bytes() == page.read_bytes(), "run: tools/configuration_page.py docs/guides/configuration.md"


async def test_a_run_is_as_its_schemas_say(root: Path, tmp_path: Path) -> None:
    async def agent(text: str) -> dict[str, Any]:
        if text == "1":
            raise ValueError("no")
        return {"text": text, "usage": {"input_tokens": 3, "output_tokens": 1}}

    cases = [goldfinch.Case(str(n), str(n), tags=("t",), expected=goldfinch.Expected(answer=str(n))) for n in range(3)]
    run = await goldfinch.evaluate_async(cases, agent, ["exact", "tool_trajectory"], output_dir=tmp_path / "run", trials=2)
    folder = run.directory
    for name in ("manifest", "summary"):
        validator(root, name).validate(json.loads((folder / f"{name}.json").read_bytes()))
    for name, file in (("output", "outputs.jsonl"), ("result", "results.jsonl")):
        lines = (folder / file).read_bytes().splitlines()
        assert len(lines) == 6
        for line in lines:
            validator(root, name).validate(json.loads(line))


def test_a_file_of_another_version_is_not_as_the_schema_says(root: Path) -> None:
    assert not validator(root, "summary").is_valid({"schema_version": 2})


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", True),
        ("dataset: [a, b]\nscorers: [exact, {kind: numeric, tolerance: 1}]\nrun: {trials: 2}", True),
        ("agent: {kind: python, target: 'a:b'}", True),
        ("agent: {kind: http, url: 'http://x', body: [1]}", True),
        ("agent: {kind: openai, model: m}\nprices: {m: {input_per_mtok: 1, output_per_mtok: 2}}", True),
        ("agent: {kind: mine, anything: [1]}", True),
        ("agent: {target: 'a:b'}", False),
        ("agent: {kind: python, tagret: 'a:b'}", False),
        ("run: {trials: 0}", False),
        ("run: {trials: true}", False),
        ("runs: {}", False),
        ("dataset: 5", False),
        ("scorers: [{name: x}]", False),
    ],
)
def test_schema_and_settings_agree(root: Path, tmp_path: Path, text: str, valid: bool) -> None:
    (tmp_path / "goldfinch.yaml").write_text(text)
    try:
        load_settings(folder=tmp_path)
    except ConfigurationError:
        assert not valid
    else:
        assert valid
    assert validator(root, "settings").is_valid(yaml.safe_load(text) or {}) is valid
