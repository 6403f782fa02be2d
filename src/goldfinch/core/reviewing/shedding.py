"""A page within a limit: what matters least is left out first, and said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LEFT_BYTES = 60
"""Room for the line that says how much is left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """Part of a page. `importance` 0 is shed last; `blocks` are shed from the last to the first, `head` and `foot` with the last block."""

    importance: int
    head: str
    blocks: tuple[str, ...]
    foot: str = ""
    noun: str = "entries"


def fitted(sections: Sequence[Section], limit_bytes: int) -> str:
    """The sections in their order, in at most `limit_bytes` of UTF-8: the most important ones get their room first.

    A section that has room for none of its blocks is left out.
    """
    kept: dict[int, str] = {}
    room = limit_bytes
    for place in sorted(range(len(sections)), key=lambda place: (sections[place].importance, place)):
        text = _cut(sections[place], room)
        room -= _size(text)
        kept[place] = text
    return "".join(kept[place] for place in range(len(sections)))


def _cut(section: Section, room: int) -> str:
    whole = f"{section.head}{''.join(section.blocks)}{section.foot}"
    if _size(whole) <= room:
        return whole
    room -= _size(section.head) + _size(section.foot) + _LEFT_BYTES
    shown = 0
    for block in section.blocks:
        room -= _size(block)
        if room < 0:
            break
        shown += 1
    if not shown:
        return ""
    left = f"\n… and {len(section.blocks) - shown:,} more {section.noun}.\n"
    return f"{section.head}{''.join(section.blocks[:shown])}{left}{section.foot}"


def _size(text: str) -> int:
    return len(text.encode())
