"""A release out of what was read: its components, each with its digest, and its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import NotReleasable
from goldfinch.core.releases.hashing import digest_of, plain, release_digest, release_id
from goldfinch.core.releases.names import checked_digest, checked_tag, image_digest
from goldfinch.core.releases.release import Component, ComponentKind, Release

DESCRIBED = frozenset({ComponentKind.CODE, ComponentKind.IMAGE, ComponentKind.PROMPTS, ComponentKind.MODEL, ComponentKind.TOOLS})
"""One of these must be there: judge and policy alone are no agent."""


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files of one component. `hashes`: path from the settings file, with `/` → sha256:…, `link:TARGET`, or `commit:SHA` of a submodule."""

    hashes: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path → text, redacted, for diffs by line; never hashed."""
    uncommitted: tuple[str, ...] = ()
    """Paths that no commit holds as they are."""
    notes: tuple[str, ...] = ()


def of_files(kind: ComponentKind, files: FileSet) -> Component:
    """Code, prompts, or tools that are files."""
    return _component(kind, {"files": dict(files.hashes)}, texts=files.texts, notes=_notes(files))


def of_tools(files: FileSet, document: Any = None, where: str = "release.tools.document") -> Component:
    """Tools: files, and a JSON document that describes them, each tool by its name where the document has names."""
    content: dict[str, Any] = {"files": dict(files.hashes)} if files.hashes else {}
    if document is not None:
        content["schemas"] = {name: digest_of({"schema": schema}) for name, schema in _by_name(plain(document, where)).items()}
    return _component(ComponentKind.TOOLS, content, texts=files.texts, notes=_notes(files))


def of_image(image: str, where: str) -> Component:
    """An image, by the digest that its registry gave it. Raises `NotReleasable` (E2709) for a tag."""
    repository, digest = image_digest(image, where)
    return Component(ComponentKind.IMAGE, digest, {"repository": repository})


def of_model(model_id: str, parameters: Mapping[str, Any], where: str = "release.model") -> Component:
    """A model as its provider names it, and what it is called with."""
    return _component(ComponentKind.MODEL, {"id": model_id, "parameters": plain(parameters, f"{where}.parameters")})


def of_index(name: str, digest: str | None, alias: str | None) -> Component:
    """An index of documents. An alias alone is a pointer that can move, and is marked."""
    if digest is None and alias is None:
        hint = "give release.index.digest, or at least release.index.alias"
        raise NotReleasable("names an index and not which state of it", where="release.index", hint=hint, code=codes.NO_DIGEST)
    content: dict[str, Any] = {"name": name}
    notes: tuple[str, ...] = ()
    if digest is not None:
        content["digest"] = checked_digest(digest, "release.index.digest")
    if alias is not None:
        content["alias"] = alias
    if digest is None:
        notes = (f"index {name} is named by its alias {alias} alone: a rollback cannot bring back what the alias meant",)
    return _component(ComponentKind.INDEX, content, notes=notes)


def of_values(kind: ComponentKind, values: Mapping[str, Any]) -> Component:
    """Memory schema, judge or policy: key → value."""
    return _component(kind, dict(values))


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made the release, when, from which commit. None of it is part of its name: equal parts, equal release."""

    created_at: datetime
    created_by: str
    git_sha: str = ""
    tags: tuple[str, ...] = ()


def release_of(components: Iterable[Component], origin: Origin) -> Release:
    """The release. Raises `NotReleasable` (E2706) where no component says what the agent is; `BadReleaseName` for its tags."""
    ordered = tuple(sorted(components, key=lambda component: tuple(ComponentKind).index(component.kind)))
    if DESCRIBED.isdisjoint(component.kind for component in ordered):
        hint = "add code, image, prompts, model or tools"
        raise NotReleasable("nothing says what the release is made of", where="release", hint=hint)
    digest = release_digest(ordered)
    return Release(
        id=release_id(digest),
        digest=digest,
        components=ordered,
        created_at=origin.created_at,
        created_by=origin.created_by,
        git_sha=origin.git_sha,
        tags=tuple(dict.fromkeys(map(checked_tag, origin.tags))),
        image_digest=next((component.digest for component in ordered if component.kind is ComponentKind.IMAGE), ""),
    )


def notes_of(release: Release) -> tuple[str, ...]:
    """Everything about this release that a person should know before it is rolled out."""
    return tuple(note for component in release.components for note in component.content.get("notes", ()))


def _component(
    kind: ComponentKind, content: Mapping[str, Any], *, texts: Mapping[str, str] | None = None, notes: tuple[str, ...] = ()
) -> Component:
    hashed = plain(content, kind.value)
    explained = {**hashed, **({"texts": dict(texts)} if texts else {}), **({"notes": list(notes)} if notes else {})}
    return Component(kind, digest_of(hashed), explained)


def _notes(files: FileSet) -> tuple[str, ...]:
    if not files.uncommitted:
        return files.notes
    shown = ", ".join(files.uncommitted[:3])
    rest = len(files.uncommitted) - 3
    return (*files.notes, f"not committed when it was made: {shown}{f' and {rest:,} more' if rest > 0 else ''}")


def _by_name(document: Any) -> dict[str, Any]:
    """Tools by name: OpenAI's list of functions, a list of mappings with `name`, a mapping of schemas; else the whole under one name."""
    entries = document.get("tools") if isinstance(document, dict) and isinstance(document.get("tools"), list) else document
    if isinstance(entries, list):
        names = [_name_of(entry) for entry in entries]
        if all(names) and len(set(names)) == len(names):
            return {name: entry for name, entry in zip(names, entries, strict=True) if name}
    if (
        isinstance(document, dict)
        and document
        and "$schema" not in document
        and all(isinstance(entry, dict) for entry in document.values())
    ):
        return dict(document)
    return {"": document}


def _name_of(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    function = entry.get("function")
    name = function.get("name") if isinstance(function, dict) else entry.get("name")
    return name if isinstance(name, str) and name else None
