from __future__ import annotations

import pytest

from goldfinch.core.reviewing.relevance import is_relevant


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("prompts/a/b.md", "prompts/**", True),
        ("docs/prompts/a.md", "prompts/**", False),
        ("agent.py", "**/*.py", True),
        ("src/x/agent.py", "**/*.py", True),
        ("src/agent.pyc", "**/*.py", False),
        ("src/agent.py", "*.py", False),
        ("./goldfinch.yaml", "goldfinch.yaml", True),
        ("goldfinchXyaml", "goldfinch.yaml", False),
        ("a1.txt", "a?.txt", True),
        ("a/.txt", "a?.txt", False),
        ("[x].py", "[x].py", True),
    ],
)
def test_patterns(path: str, pattern: str, fits: bool) -> None:
    assert is_relevant([path], [pattern]) is fits


def test_without_patterns_every_change_is_relevant_and_with_them_one_file_is_enough() -> None:
    assert is_relevant([], [])
    assert is_relevant(["README.md"], [])
    assert is_relevant(["README.md", "prompts/a.md"], ["golden/**", "prompts/**"])
    assert not is_relevant(["README.md"], ["golden/**", "prompts/**"])
