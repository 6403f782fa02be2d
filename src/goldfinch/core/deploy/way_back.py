"""Whether there is a way back from a release that is about to be started: asked before, because afterwards it is too late. Source: P6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goldfinch.core.deploy.migrations import Finding, in_words
from goldfinch.core.releases.release import ComponentKind, Release
from goldfinch.core.rollout.evidence import TargetView


@dataclass(frozen=True, slots=True)
class WayBack:
    """What is known of the release that a rollback would bring back."""

    stable: Release
    view: TargetView
    files: str = ""
    """Why its files are not there; empty: they are."""
    migrations: tuple[Finding, ...] | None = None
    """What the canary's migrations take away; None: nobody can say, because no files are named."""


def missing(way: WayBack, canary: Release) -> tuple[str, ...]:
    """Everything that a rollback would miss, in words.

    Whether its model is still sold, or its alias of an index still set, is not seen here.
    """
    return tuple(_missing(way, canary))


def _missing(way: WayBack, canary: Release) -> Iterator[str]:
    if way.files:
        yield f"its files are not there: {way.files}"
    if not way.view.running:
        yield "it does not run"
    elif not (way.view.ready and way.view.healthy):
        yield f"it does not serve ({way.view.detail or 'no detail'})"
    before, after = _schema(way.stable), _schema(canary)
    if before != after and (way.migrations is None or way.migrations):
        yield f"its memory has schema {_shown(before)}, the canary's {_shown(after)}, and {_why(way)}"


def _why(way: WayBack) -> str:
    if way.migrations is None:
        return "deploy.migrations names no migrations that could be checked"
    return f"the migrations do not only add: {in_words(way.migrations)}"


def _schema(release: Release) -> Mapping[str, Any]:
    return next((part.content for part in release.components if part.kind is ComponentKind.MEMORY_SCHEMA), {})


def _shown(schema: Mapping[str, Any]) -> str:
    return str(schema.get("version", "none"))[:60]


def no_room(memory_mb: int | None, instances: int, available_mb: int | None) -> str:
    """Why the machine has no memory for them; empty: it has, or nobody can say."""
    if memory_mb is None or available_mb is None or memory_mb * instances <= available_mb:
        return ""
    return f"{instances} × {memory_mb:,} MB are asked for, {available_mb:,} MB are free"


def files_of(release: Release) -> Mapping[str, str]:
    """Path from the settings file → sha256:… of every file of it whose content is known."""
    made_of = (files for part in release.components for files in (part.content.get("files"),) if isinstance(files, Mapping))
    return {path: digest for files in made_of for path, digest in files.items() if str(digest).startswith("sha256:")}
