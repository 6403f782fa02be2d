"""The error codes of this area (Rollback, drills and runbooks), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {}
