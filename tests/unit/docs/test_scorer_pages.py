"""Every shipped scorer has a page, the page names every option, and its examples are run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
import yaml

from goldfinch.bootstrap.judging import JudgeTerms
from goldfinch.bootstrap.scorer_catalogue import DEFAULTS, KINDS
from goldfinch.bootstrap.scorer_listing import list_scorers
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.judging.protocol import JudgeProtocol
from goldfinch.settings import Settings

PAGES = Path(__file__).parents[3] / "docs" / "scorers"
JUDGE = JudgeTerms(JudgeProtocol("m", "1"), lambda version, metric: False)
SECTIONS = ("## Formula", "## Options", "## Example", "## When it lies", "## Source")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_scorer_has_a_page_with_every_section_and_option(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# `{kind}`\n")
    assert all(section in text for section in SECTIONS)
    (entry,) = list_scorers(kind)
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [option.name for option in entry.options]


def test_the_index_names_every_scorer_and_every_default() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`(\w+)`\]\(\1\.md\)", text, re.MULTILINE) == list(KINDS)
    assert {path.stem for path in PAGES.glob("*.md")} == {"README", "agreement", *KINDS}
    defaults = text.partition("## Defaults")[2].partition("##")[0]
    assert all(f"`{kind}`" in defaults for kind, _ in DEFAULTS)


@pytest.mark.parametrize("name", ["README", *KINDS])
def test_the_examples_of_a_page_give_what_they_show(name: str) -> None:
    page = PAGES / f"{name}.md"
    code = "".join(blocks(page, "python"))
    example = doctest.DocTestParser().get_doctest(code, {"__name__": "__main__"}, name, str(page), 0)
    assert any(one.want for one in example.examples)
    shown: list[str] = []
    outcome = doctest.DocTestRunner(verbose=False).run(example, out=shown.append)
    assert outcome.failed == 0, "".join(shown)


@pytest.mark.parametrize("name", ["README", *KINDS])
def test_the_configuration_of_a_page_builds(name: str) -> None:
    for block in blocks(PAGES / f"{name}.md", "yaml"):
        assert build_metrics(Settings.model_validate(yaml.safe_load(block)).scorers, judge=JUDGE)
