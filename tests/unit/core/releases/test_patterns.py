from __future__ import annotations

import pytest

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


def test_many_stars_do_not_take_for_ever() -> None:
    """Nodes visited would grow with every pair of stars: neighbours are one."""
    assert matching(["a/" * 30 + "b"], "**/" * 30 + "**" * 10 + "c") == []
