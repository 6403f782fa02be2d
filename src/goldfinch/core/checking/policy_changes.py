"""Which thresholds a change moves: the base branch's policy beside the change's own. Source: REQUIREMENTS T9."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from goldfinch.core.gates.policy import Policy

_TIGHTER_UP, _TIGHTER_DOWN = ("min_", "safety_votes"), ("max_", "known_")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One threshold: its key below `gates`, and what base branch and change say. `looser` None: neither can be told from the other."""

    key: str
    base: str
    proposed: str
    looser: bool | None = None


def policy_changes(base: Policy, proposed: Policy) -> tuple[PolicyChange, ...]:
    """Every threshold in which the two differ, in the order of the policy."""
    old, new = dict(_leaves(asdict(base))), dict(_leaves(asdict(proposed)))
    keys = [*old, *(key for key in new if key not in old)]
    found = ((key, old.get(key, _ABSENT), new.get(key, _ABSENT)) for key in keys)
    return tuple(PolicyChange(key, _shown(was), _shown(now), _is_looser(key, was, now)) for key, was, now in found if was != now)


def tighter_flags(base: Mapping[str, float], flags: Mapping[str, float]) -> tuple[dict[str, float], tuple[PolicyChange, ...]]:
    """The flags that hold on a change: one that is looser than the base branch's threshold does not, and is named.

    `base` has the base's threshold for each flag that it has one for. The command line of a change stands in its own workflow file.
    """
    held: dict[str, float] = {}
    refused: list[PolicyChange] = []
    for name, value in flags.items():
        threshold = base.get(name)
        if threshold is not None and _is_looser(name, threshold, value):
            refused.append(PolicyChange(f"--{name.replace('_', '-')}", _shown(threshold), _shown(value), looser=True))
        else:
            held[name] = value
    return held, tuple(refused)


def _leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
        return
    if value != {}:
        yield ".".join(path), value


def _is_looser(key: str, was: object, now: object) -> bool | None:
    """`min_` falls or `max_` rises. A threshold that goes, or a gate or scan that is no longer required, is looser too."""
    name = key.rpartition(".")[2]
    if name in ("required", "scanners", "groups") and isinstance(was, list | tuple) and isinstance(now, list | tuple):
        return None if set(was) == set(now) else not set(was) <= set(now)
    is_mean = ".min_metrics." in f".{key}"
    if now is _ABSENT:
        return True if is_mean or name.startswith(_TIGHTER_UP + _TIGHTER_DOWN) else None
    if was is _ABSENT or not isinstance(was, int | float) or not isinstance(now, int | float):
        return None
    if is_mean or name.startswith(_TIGHTER_UP):
        return now < was
    return now > was if name.startswith(_TIGHTER_DOWN) else None


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "none"
    return json.dumps(value, ensure_ascii=False, default=str)
