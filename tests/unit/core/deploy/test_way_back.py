"""Whether there is a way back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goldfinch.core.deploy.migrations import Finding
from goldfinch.core.deploy.way_back import WayBack, files_of, missing, no_room
from goldfinch.core.releases.release import Component, ComponentKind, Release
from goldfinch.core.rollout.evidence import TargetView

SERVES = TargetView(running=True, ready=True)
FOUND = (Finding("1.sql", 3, "drops facts.a"),)


def release(schema: str | None, files: dict[str, str] | None = None) -> Release:
    parts = [
        Component(ComponentKind.CODE, "sha256:1", {"files": files or {}}),
        Component(ComponentKind.PROMPTS, "sha256:2", {"files": {"p": "sha256:b"}}),
    ]
    if schema is not None:
        parts.append(Component(ComponentKind.MEMORY_SCHEMA, "sha256:3", {"version": schema}))
    return Release("rel_1", "sha256:0", tuple(parts), datetime(2026, 1, 1, tzinfo=UTC), "t")


@pytest.mark.parametrize(
    ("before", "after", "migrations", "found"),
    [
        ("1", "1", None, ()),
        (None, None, None, ()),
        ("1", "1", FOUND, ()),
        ("1", "2", (), ()),
        ("1", "2", None, ("its memory has schema 1, the canary's 2, and deploy.migrations names no migrations that could be checked",)),
        ("1", "2", FOUND, ("its memory has schema 1, the canary's 2, and the migrations do not only add: 1.sql:3 drops facts.a",)),
        (None, "2", None, ("its memory has schema none, the canary's 2, and deploy.migrations names no migrations that could be checked",)),
    ],
)
def test_memory(before: str | None, after: str | None, migrations: tuple[Finding, ...] | None, found: tuple[str, ...]) -> None:
    assert missing(WayBack(release(before), SERVES, migrations=migrations), release(after)) == found


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (TargetView(False, False), "it does not run"),
        (TargetView(True, False, detail="1 of 2 ready"), "it does not serve (1 of 2 ready)"),
        (TargetView(True, True, healthy=False), "it does not serve (no detail)"),
    ],
)
def test_processes(view: TargetView, found: str) -> None:
    assert missing(WayBack(release(None), view), release(None)) == (found,)


def test_everything_is_said_at_once() -> None:
    way = WayBack(release("1"), TargetView(False, False), "it names no commit", FOUND)
    assert [what.split()[1] for what in missing(way, release("2"))] == ["files", "does", "memory"]


def test_room() -> None:
    assert no_room(None, 9, 1) == no_room(100, 2, 200) == no_room(100, 2, None) == ""
    assert no_room(1000, 2, 1999) == "2 × 1,000 MB are asked for, 1,999 MB are free"


def test_files_of_all_components_whose_content_is_known() -> None:
    assert files_of(release("1", {"a": "sha256:a", "l": "link:a", "s": "commit:1"})) == {"a": "sha256:a", "p": "sha256:b"}
