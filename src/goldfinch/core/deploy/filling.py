"""Commands and variables of a release: `{port}` and the like are the release's own, `${NAME}` is the environment's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from goldfinch.core.deploy import codes
from goldfinch.core.rollout.failures import DeployFailed

_PLACES = re.compile(r"\$\{([A-Za-z_]\w*)\}|\{(port|release|tag|git_sha|folder|url|instance)\}")
ALWAYS = ("PATH", "HOME", "LANG")
"""Variables of the caller that every release gets."""


def filled(text: str, places: Mapping[str, str], environment: Mapping[str, str], *, where: str) -> str:
    """Both kinds in one go: what a secret holds is not looked into. Raises `DeployFailed` (E3204) for a variable that is not set."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return places.get(found[2], found[0])
        if not environment.get(name):
            raise DeployFailed(f"the environment variable {name} is not set", where=where, hint=f"export {name}=…", code=codes.NOT_SET)
        return environment[name]

    return _PLACES.sub(value, text)


def command_of(parts: Iterable[str], places: Mapping[str, str], *, where: str) -> tuple[str, ...]:
    """A command line. Everybody on the machine can read it, so it takes nothing from the environment: `DeployFailed` (E3205)."""
    parts = tuple(parts)
    if shown := next((found[1] for part in parts for found in _PLACES.finditer(part) if found[1]), None):
        what = f"${{{shown}}} in a command would be shown to every user of this machine"
        raise DeployFailed(what, where=where, hint=f"give the program {shown} by deploy.env", code=codes.SHOWN_TO_ALL)
    return tuple(filled(part, places, {}, where=where) for part in parts)


def environment_of(
    written: Mapping[str, str], passed: Iterable[str], places: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """What the process gets, and nothing else of the caller's."""
    kept = {name: environment[name] for name in (*ALWAYS, *passed) if name in environment}
    return kept | {name: filled(text, places, environment, where=f"deploy.env.{name}") for name, text in written.items()}


def variables_of(texts: Iterable[str]) -> list[str]:
    """Names of the environment's variables that `texts` ask for: what they hold are secrets, as a rule."""
    return [found[1] for text in texts for found in _PLACES.finditer(text) if found[1]]
