"""The error codes of this area (Live evidence), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {}
