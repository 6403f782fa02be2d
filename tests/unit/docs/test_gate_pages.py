"""Every gate has a page with every section, and the page's defaults are those of the settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from goldfinch.adapters.evidence.finding import NAMES
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import AiQualityPolicy
from goldfinch.settings import GateSettings

PAGES = Path(__file__).parents[3] / "docs" / "gates"
SECTIONS = ["Why", "Formula", "Defaults", "Example", "When it lies", "Source"]


def defaults_on(page: str) -> dict[str, str]:
    table = page.partition("## Defaults")[2].partition("##")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table, re.MULTILINE))


def section(gate: GateName) -> BaseModel:
    found = getattr(GateSettings(), gate.value)
    assert isinstance(found, BaseModel)
    return found


def test_there_is_a_page_for_each_gate_and_the_index_names_them_in_order() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {"README", *GateName}
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`(\w+)`\]\(\1\.md\)", index, re.MULTILINE) == list(GateName)


@pytest.mark.parametrize("gate", list(GateName))
def test_a_page_has_every_section_and_an_example(gate: GateName) -> None:
    page = (PAGES / f"{gate.value}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{gate.value}`\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS
    assert "```python\n>>> " in page


@pytest.mark.parametrize("gate", list(GateName))
def test_the_defaults_of_a_page_are_those_of_the_settings(gate: GateName) -> None:
    shown = defaults_on((PAGES / f"{gate.value}.md").read_text(encoding="utf-8"))
    settings = section(gate).model_dump()
    assert list(shown) == list(settings)
    for key, value in settings.items():
        if isinstance(value, float | int):
            assert float(shown[key]) == value, key
        elif key == "scanners":
            assert shown[key] == ", ".join(value)
        elif not value and key != "metrics":
            assert shown[key] == "none", key


def test_the_thresholds_of_metrics_on_the_page_are_those_of_the_policy() -> None:
    shown = defaults_on((PAGES / "ai_quality.md").read_text(encoding="utf-8"))["metrics"]
    assert {name: float(mean) for name, mean in re.findall(r"(\w+) ([\d.]+)", shown)} == AiQualityPolicy().min_metrics
    described = GateSettings.model_fields["ai_quality"].annotation.model_fields["metrics"].description  # type: ignore[union-attr]
    assert {name: float(mean) for name, mean in re.findall(r"(\w+) ([\d.]+\d)", described or "")} == AiQualityPolicy().min_metrics


def test_every_file_name_that_is_known_as_a_report_is_on_the_index_or_alike() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for patterns in NAMES.values():
        assert any(f"`{pattern}`" in index for pattern in patterns)
