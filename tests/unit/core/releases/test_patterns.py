from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.releases.failures import NotReleasable
from goldfinch.core.releases.patterns import below, checked_path, matching

THERE = ["a.md", "b/a.md", "b/c/a.md", "b/c/d.txt", "bc/a.md", "x.y"]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("*.md", ["a.md", "b/a.md", "b/c/a.md", "bc/a.md"]),
        ("b/*.md", ["b/a.md"]),
        ("b/**/*.md", ["b/a.md", "b/c/a.md"]),
        ("b/**", ["b/a.md", "b/c/a.md", "b/c/d.txt"]),
        ("**/c/*", ["b/c/a.md", "b/c/d.txt"]),
        ("?/a.md", ["b/a.md"]),
        ("x?y", ["x.y"]),
        ("**", THERE),
        ("*", THERE),
        ("[ab].md", []),
        ("b/c", []),
    ],
)
def test_a_star_stays_within_a_name_and_two_cross_folders(pattern: str, meant: list[str]) -> None:
    assert matching(THERE, pattern) == sorted(meant)


def test_below_a_folder_is_not_beside_one_of_the_same_beginning() -> None:
    assert below(THERE, "b") == ["b/a.md", "b/c/a.md", "b/c/d.txt"]
    assert below(THERE, "a.md") == ["a.md"]
    assert below(THERE, ".") == sorted(THERE)


@pytest.mark.parametrize("path", ["", "/", "/etc", "..", "../x", "a/../../x", "a\0b"])
def test_what_leads_out_is_refused(path: str) -> None:
    with pytest.raises(NotReleasable):
        checked_path(path, "release.prompts[0]")


def test_dots_that_stay_inside_are_fine() -> None:
    assert checked_path("./a//b/../c/", "x") == "a/c"


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*a*b*c", "xaybzc", True),
        ("*a*b*c", "xaybz", False),
        ("a*a", "a", False),
        ("a**a", "axa", True),
        ("?", "", False),
        ("*.m?", ".md", True),
    ],
)
def test_several_stars_in_one_name(pattern: str, name: str, fits: bool) -> None:
    assert matching([name], pattern) == ([name] if fits else [])


@given(st.text(st.sampled_from("ab*?"), min_size=1, max_size=8), st.text(st.sampled_from("ab"), min_size=1, max_size=8))
def test_a_name_matches_as_fnmatch_has_it(pattern: str, name: str) -> None:
    assert bool(matching([name], pattern)) == fnmatchcase(name, pattern)


def test_no_pattern_takes_for_ever() -> None:
    """With a regular expression that backtracks, these would not end in this century."""
    assert matching(["a" * 200], "*a" * 20 + "*b") == []
    assert matching(["/".join("a" * 60)], "**/a/" * 20 + "b") == []
