"""The guide on tracing lists what spans really carry."""

from __future__ import annotations

from pathlib import Path

from goldfinch.core.telemetry.conventions import VERSION
from tools.attribute_table import with_table


def test_the_table_of_attributes_is_that_of_the_mapping(root: Path) -> None:
    page = (root / "docs/guides/tracing.md").read_text(encoding="utf-8")
    assert with_table(page) == page, "run: make reference"


def test_the_page_names_the_version_of_the_conventions(root: Path) -> None:
    assert f"semantic-conventions-genai {VERSION}" in (root / "docs/guides/tracing.md").read_text(encoding="utf-8")
