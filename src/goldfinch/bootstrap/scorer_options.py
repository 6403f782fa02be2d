"""From options in a configuration file to the fields of a scorer, checked by name and by type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any, get_type_hints

import msgspec

from goldfinch.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a scorer: its type, and its default (`required` where there is none)."""

    name: str
    type: Any
    default: Any

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty


def options_of(scorer: Callable[..., Any], where: str = "") -> dict[str, Option]:
    """The options of a scorer class, read from its constructor. Raises `ConfigurationError` (E1708) where that cannot be read."""
    try:
        parameters = inspect.signature(scorer).parameters.values()
        hints = get_type_hints(scorer.__init__ if inspect.isclass(scorer) else scorer)
    except (TypeError, ValueError, NameError, AttributeError) as error:
        raise ConfigurationError(f"the options of {scorer!r} cannot be read: {error}", where=where, code="E1708") from error
    named = (p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    return {p.name: Option(p.name, hints.get(p.name, Any), p.default) for p in named}


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the nearest known one, and all of them."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    listed = f"known: {', '.join(known)}" if known else "there are none"
    return f"did you mean {close[0]}? {listed}" if close else listed


def converted(known: Mapping[str, Option], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """`given` with the types that the scorer asks for.

    Raises `ConfigurationError`: E1702 for an option that the scorer does not have, E1703 for a missing one or a wrong value.
    """
    for name in given:
        if name not in known:
            raise ConfigurationError(f"unknown option {name!r}", where=where, hint=nearest(name, known), code="E1702")
    for option in known.values():
        if option.required and option.name not in given:
            raise ConfigurationError(f"option {option.name!r} is required", where=where, code="E1703")
    return {name: _converted(known[name], value, f"{where}.{name}") for name, value in given.items()}


def _converted(option: Option, value: Any, where: str) -> Any:
    if isinstance(value, float) and not isfinite(value):
        raise ConfigurationError(f"must be a finite number, not {value}", where=where, code="E1703")
    try:
        return msgspec.convert(value, option.type)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"wrong value {value!r}: {error}", where=where, code="E1703") from error
    except TypeError as error:
        raise ConfigurationError(f"an option of type {option.type} cannot be configured: {error}", where=where, code="E1703") from error


def changed(known: Mapping[str, Option], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that differ from their defaults and can change a score; the name of a metric cannot."""
    return {name: value for name, value in options.items() if name != "name" and value != known[name].default}
