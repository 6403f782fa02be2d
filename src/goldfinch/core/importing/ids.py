"""Ids for cases that come from elsewhere: the other tool's own where they will do, else made from what the case says."""

from __future__ import annotations

import json
import re
import unicodedata
from hashlib import blake2b
from typing import Any

from goldfinch.core.datasets.validation import is_case_id

_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST = 100
"""Leaves room for a number behind an id that stands twice."""


def slug(text: str) -> str:
    """The nearest id to `text`: accents dropped, everything else that ids may not hold as one dash; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode("ascii")
    found = _UNSAFE.sub("-", plain).strip("-._")[:_LONGEST].strip("-._")
    if not found or is_case_id(found):
        return found
    return f"case-{found}"  # a name that Windows gives to a device


def name_from_content(tool: str, *content: Any) -> str:
    """An id that stays the same as long as the content does, wherever the case stands in its file."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return f"{tool}-{blake2b(text.encode(), digest_size=5).hexdigest()}"


class TakenIds:
    """Hands out each id once: the second case of a name gets `-2`, the third `-3`, in the order of the files."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, wish: str) -> str:
        name = wish
        number = self._next.get(wish, 2)
        while name in self._taken:
            name = f"{wish[: _LONGEST + 20]}-{number}"
            number += 1
        self._next[wish] = number
        self._taken.add(name)
        return name
