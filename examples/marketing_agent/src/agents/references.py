"""Values of earlier steps in a later step's arguments: `"$s1.groups.0.key"` is what stands there in the result of step s1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from src.evaluation.evidence import Evidence

_REFERENCE = re.compile(r"\$(s\d+)\.(.+)")


def steps_needed(arguments: Any) -> frozenset[str]:
    """Ids of the steps that `arguments` refer to."""
    return frozenset(_needed(arguments))


def filled_in(arguments: Any, evidence: Evidence) -> Any:
    """`arguments` with each reference replaced by its value. Raises `KeyError` naming one that leads nowhere."""
    if isinstance(arguments, str) and (found := _REFERENCE.fullmatch(arguments)):
        return evidence.at(f"{found[1]}.{found[2]}")
    if isinstance(arguments, Mapping):
        return {key: filled_in(value, evidence) for key, value in arguments.items()}
    if isinstance(arguments, list | tuple):
        return [filled_in(value, evidence) for value in arguments]
    return arguments


def _needed(arguments: Any) -> Iterator[str]:
    if isinstance(arguments, str) and (found := _REFERENCE.fullmatch(arguments)):
        yield found[1]
    elif isinstance(arguments, Mapping):
        for value in arguments.values():
            yield from _needed(value)
    elif isinstance(arguments, list | tuple):
        for value in arguments:
            yield from _needed(value)
