"""A release in words. Texts are unescaped: names, paths and reasons are other people's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goldfinch.core.releases.admission import refusal
from goldfinch.core.releases.building import notes_of
from goldfinch.core.releases.diff import flattened
from goldfinch.core.releases.release import Component, ComponentKind, Denial, Release

_VALUE_CHARACTERS = 80


def described(release: Release, denial: Denial | None) -> list[tuple[str, str]]:
    """Lines of name and value: what it is called, who made it from what, its components, whether it may be rolled out, what to know."""
    rows = [
        ("release", release.id),
        ("digest", release.digest),
        ("tags", ", ".join(release.tags)),
        ("git sha", release.git_sha or "none: no commit held all of its files when it was made"),
        ("created", f"{release.created_at:%Y-%m-%d %H:%M:%S} UTC by {release.created_by}"),
        *((component.kind.value.replace("_", " "), contents(component)) for component in release.components),
        ("rollout", refusal(denial) or "nothing speaks against it"),
        *(("note", note) for note in notes_of(release)),
    ]
    return [(name, value) for name, value in rows if value]


def listed(release: Release, denial: Denial | None) -> str:
    """One line of a list."""
    names = " ".join((*release.tags, *([release.git_sha[:12]] if release.git_sha else [])))
    said = "  denied" if denial is not None else ""
    return f"{release.id}  {release.created_at:%Y-%m-%d %H:%M} UTC  {names or '-'}  by {release.created_by}{said}"


def contents(component: Component) -> str:
    """What a component holds, in one line with the beginning of its digest."""
    short = component.digest.removeprefix("sha256:")[:12]
    return f"{_contents(component.kind, component.content)} ({short})"


def _contents(kind: ComponentKind, content: Mapping[str, Any]) -> str:
    if kind is ComponentKind.IMAGE:
        return str(content.get("repository", "image"))
    if kind is ComponentKind.POLICY:
        return str(content.get("policy_hash", "policy"))
    if kind is ComponentKind.JUDGE:
        model = content.get("model")
        return str(model.get("model", model.get("kind", "judge"))) if isinstance(model, Mapping) else "judge"
    if kind is ComponentKind.CODE:
        return _counted(len(content.get("files", ())), "file")
    if kind in (ComponentKind.PROMPTS, ComponentKind.TOOLS):
        return _cut(", ".join([*content.get("files", ()), *(name or "document" for name in content.get("schemas", ()))]) or "none")
    values = flattened(content)
    head = [str(values.pop(key)) for key in ("id", "name", "version") if key in values]
    rest = [f"{key.removeprefix('parameters.')} {value}" for key, value in values.items() if value != {}]
    return _cut(", ".join((*head, *rest)))


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"
