from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.baselines.branches import folder_name

SAFE = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)


@pytest.mark.parametrize("branch", ["main", "release-1.2", "fix_7"])
def test_a_simple_name_stays_as_it_is(branch: str) -> None:
    assert folder_name(branch) == branch


@pytest.mark.parametrize(
    "branch", ["feature/x", "../../etc", "..", ".", "", "CON", "con.txt", "lpt1", "a" * 300, "Main", "a\0b", "ends.", ".hidden"]
)
def test_any_other_name_is_made_safe(branch: str) -> None:
    name = folder_name(branch)
    assert SAFE.fullmatch(name)
    assert name != branch
    assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE)


def test_branches_that_differ_in_what_was_made_safe_stay_apart() -> None:
    names = [folder_name(branch) for branch in ("feature/x", "feature-x", "feature\\x", "Feature/x", "feature//x")]
    assert len({name.lower() for name in names}) == len(names)


@given(st.text(max_size=200))
def test_every_name_is_one_safe_part_of_a_path(branch: str) -> None:
    assert SAFE.fullmatch(folder_name(branch))
