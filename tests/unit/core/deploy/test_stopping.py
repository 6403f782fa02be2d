"""When a person may stop a release."""

from __future__ import annotations

import dataclasses

import pytest

from goldfinch.core.deploy.stopping import why_not
from goldfinch.testing.rollout_store import sample_rollout

ROLLOUT = dataclasses.replace(sample_rollout(), canary="rel_c", stable="rel_s")


@pytest.mark.parametrize(
    ("release", "stable", "under_way", "word"),
    [
        ("rel_s", "rel_s", None, "its users would get nothing"),
        ("rel_c", "rel_s", ROLLOUT, "is under way and works with rel_c"),
        ("rel_s", None, ROLLOUT, "is under way and works with rel_s"),
    ],
)
def test_what_users_get_or_a_rollout_works_with_is_not_stopped(release: str, stable: str | None, under_way: object, word: str) -> None:
    assert word in why_not(release, stable, under_way)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stable", "under_way"), [("rel_s", None), (None, ROLLOUT)])
def test_a_release_that_nobody_needs_may_be_stopped(stable: str | None, under_way: object) -> None:
    assert why_not("rel_old", stable, under_way) == ""  # type: ignore[arg-type]
