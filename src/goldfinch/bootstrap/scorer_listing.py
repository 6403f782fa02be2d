"""What `goldfinch scorers` shows: every scorer that can be used, with its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

from goldfinch.bootstrap.scorer_catalogue import COMPOSITIONS, KINDS, PRESETS, Kind, load_plugin, plugins
from goldfinch.bootstrap.scorer_options import Option, nearest, options_of
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.scoring.evidence import plain


@dataclass(frozen=True, slots=True)
class OptionEntry:
    """An option as JSON shows it; `default` is None where the option is required or its default is null."""

    name: str
    type: str
    required: bool
    default: Any


@dataclass(frozen=True, slots=True)
class ScorerEntry:
    """A scorer as `goldfinch scorers` lists it; `problem` says why a plugin cannot be used, and is empty otherwise."""

    kind: str
    summary: str
    needs: str
    version: str
    heavy: bool
    source: str
    options: tuple[OptionEntry, ...]
    problem: str = ""
    is_heuristic: bool = False


def list_scorers(kind: str | None = None) -> list[ScorerEntry]:
    """All scorers, or the one called `kind`. A broken plugin is listed with its problem. Raises `UsageError` for an unknown kind."""
    offered = plugins()
    kind = "judge" if kind is not None and kind.startswith("judge:") else kind  # judge:accuracy is judge with `metric: accuracy`
    if kind is not None and kind in PRESETS:
        return [_shipped(name, KINDS[name]) for name in PRESETS[kind]]
    if kind is not None and kind not in KINDS and kind not in offered:
        raise UsageError(f"unknown scorer {kind!r}", hint=nearest(kind, [*KINDS, *PRESETS, *offered]), code="E1701")
    shipped = [_shipped(name, one) for name, one in KINDS.items() if kind in (None, name)]
    return shipped + [_plugin(entry) for name, entry in sorted(offered.items()) if kind in (None, name)]


def _shipped(kind: str, entry: Kind) -> ScorerEntry:
    scorer = entry.load()
    options = tuple(_option(kind, option) for name, option in options_of(scorer).items() if name != "name")
    version = getattr(scorer, "version", "")
    return ScorerEntry(
        kind=kind,
        summary=_summary(scorer),
        needs=entry.needs,
        version=version if version and isinstance(version, str) else "from its parts",
        heavy=entry.heavy,
        source="shipped",
        options=options,
        is_heuristic=entry.is_heuristic,
    )


def _plugin(entry: EntryPoint) -> ScorerEntry:
    source = f"plugin of {entry.dist.name}" if entry.dist else "plugin"
    try:
        scorer = load_plugin(entry)
        options = tuple(_option(entry.name, option) for name, option in options_of(scorer).items() if name != "name")
    except ConfigurationError as error:
        return ScorerEntry(entry.name, "", "see its package", "", False, source, (), str(error))
    version = getattr(scorer, "version", "")
    known = version if isinstance(version, str) else "unknown"
    return ScorerEntry(entry.name, _summary(scorer), "see its package", known, bool(getattr(scorer, "heavy", False)), source, options)


def _summary(scorer: Callable[..., Any]) -> str:
    """The first paragraph of the scorer's docstring, on one line."""
    return " ".join((inspect.getdoc(scorer) or "").partition("\n\n")[0].split())


def _option(kind: str, option: Option) -> OptionEntry:
    shown = "list of scorers" if kind in COMPOSITIONS else _type_name(option.type)
    return OptionEntry(option.name, shown, option.required, None if option.required else plain(option.default))


def _type_name(annotation: Any) -> str:
    if isinstance(annotation, type) and annotation.__module__ == "builtins" and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")
