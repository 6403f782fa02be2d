"""What differs between two releases, component by component, in words. Texts in it are unescaped: they are people's and models'."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from typing import Any, Final

from goldfinch.core.releases.release import Component, ComponentKind, Release

MAX_LINE_PAIRS: Final = 4_000_000
"""Lines of one text times lines of the other, up to which they are compared line by line: beyond, lines are only counted."""
_VALUE_CHARACTERS: Final = 60
_SHOWN: Final = {
    ComponentKind.PROMPTS: "prompt",
    ComponentKind.TOOLS: "tool",
    ComponentKind.MEMORY_SCHEMA: "memory schema",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `lines` are a unified diff of a prompt, where both texts are stored."""

    kind: ComponentKind
    words: str
    """prompt support.md: 3 lines changed"""
    lines: tuple[str, ...] = ()


def differences(old: Release, new: Release) -> tuple[Difference, ...]:
    """Everything that differs, prompts first: what changes an answer most is read first. Equal releases have none."""
    before, after = ({component.kind: component for component in release.components} for release in (old, new))
    return tuple(difference for kind in _ORDER for difference in _of_kind(kind, before.get(kind), after.get(kind)))


def in_one_line(found: tuple[Difference, ...]) -> str:
    """`prompt support.md: 3 lines changed, model: gpt-4o-mini -> gpt-4.1, temperature 0.2 -> 0.7, code: 12 files`."""
    return ", ".join(difference.words for difference in found) or "nothing differs"


_ORDER = (
    *(ComponentKind.PROMPTS, ComponentKind.MODEL, ComponentKind.TOOLS, ComponentKind.CODE, ComponentKind.IMAGE),
    *(ComponentKind.INDEX, ComponentKind.MEMORY_SCHEMA, ComponentKind.JUDGE, ComponentKind.POLICY),
)


def _of_kind(kind: ComponentKind, old: Component | None, new: Component | None) -> Iterator[Difference]:
    shown = _SHOWN.get(kind, kind.value)
    if old is None or new is None:
        if (there := old or new) is not None:
            yield Difference(kind, f"{kind.value.replace('_', ' ')}: {'removed' if new is None else 'added'}{_size(there)}")
    elif old.digest != new.digest:
        found = tuple(_inside(kind, shown, old.content, new.content))
        yield from found or (Difference(kind, f"{shown}: {_short(old.digest)} -> {_short(new.digest)}"),)


def _inside(kind: ComponentKind, shown: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if kind is ComponentKind.PROMPTS:
        yield from _prompts(old, new)
    elif kind is ComponentKind.CODE:
        yield _code(old, new)
    elif kind is ComponentKind.TOOLS:
        yield from _named(kind, shown, old, new)
    elif kind is not ComponentKind.IMAGE and (changes := _values(kind, old, new)):
        yield Difference(kind, f"{shown}: {', '.join(changes)}")


def _prompts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = _part(old, "files"), _part(new, "files")
    texts_before, texts_after = _part(old, "texts"), _part(new, "texts")
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        old_text, new_text = texts_before.get(path), texts_after.get(path)
        lines: tuple[str, ...] = ()
        if path not in before:
            words = f"added{_lines_of(new_text)}"
        elif path not in after:
            words = f"removed{_lines_of(old_text)}"
        else:
            words, lines = _changed_text(path, old_text, new_text)
        yield Difference(ComponentKind.PROMPTS, f"prompt {path}: {words}", lines)


def _changed_text(path: str, old: str | None, new: str | None) -> tuple[str, tuple[str, ...]]:
    if old is None or new is None:
        return "changed", ()
    before, after = old.splitlines(), new.splitlines()
    if len(before) * len(after) > MAX_LINE_PAIRS:
        count = max((Counter(before) - Counter(after)).total(), (Counter(after) - Counter(before)).total())
        return f"{_lines(count)} changed, too long to show", ()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    count = sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal")
    if count == 0:  # a line's end, or a secret that is masked in both
        return "changed, though no line that is stored differs", ()
    return f"{_lines(count)} changed", tuple(unified_diff(before, after, f"{path} (before)", f"{path} (after)", lineterm=""))


def _code(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    before, after = _part(old, "files"), _part(new, "files")
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    total = len(added) + len(removed) + len(changed)
    parts = [f"{len(paths)} {word}" for paths, word in ((added, "added"), (removed, "removed")) if paths]
    detail = f" ({', '.join(parts)})" if parts else ""
    return Difference(ComponentKind.CODE, f"code: {total:,} file{'s' * (total != 1)}{detail}")


def _named(kind: ComponentKind, shown: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Tool files by path, tools of a document by name."""
    for part in ("files", "schemas"):
        before, after = _part(old, part), _part(new, part)
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                words = "added" if name not in before else "removed" if name not in after else "changed"
                yield Difference(kind, f"{shown} {name or 'document'}: {words}")


def _values(kind: ComponentKind, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = flattened(old), flattened(new)
    changes = []
    for key in sorted({*before, *after}, key=lambda key: (key != "id", key)):
        if before.get(key, _ABSENT) == after.get(key, _ABSENT) or key == "policy_hash":
            continue
        name = "" if key == "id" and kind is ComponentKind.MODEL else f"{key.removeprefix('parameters.').removeprefix('thresholds.')} "
        changes.append(f"{name}{_value(before.get(key, _ABSENT))} -> {_value(after.get(key, _ABSENT))}")
    return changes


_ABSENT = object()


def flattened(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"a": {"b": 1}}` as `{"a.b": 1}`; what is only explained is left out."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if not prefix and key in ("texts", "notes", "repository"):
            continue
        if isinstance(value, Mapping) and value:
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _value(value: Any) -> str:
    if value is _ABSENT:
        return "unset"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = " ".join(text.split())
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"


def _part(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = content.get(key)
    return part if isinstance(part, Mapping) else {}


def _size(component: Component) -> str:
    count = len(_part(component.content, "files"))
    return f" ({count:,} file{'s' * (count != 1)})" if count else ""


def _lines_of(text: str | None) -> str:
    return "" if text is None else f" ({_lines(len(text.splitlines()))})"


def _lines(count: int) -> str:
    return f"{count:,} line{'s' * (count != 1)}"


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
