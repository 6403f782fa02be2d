"""`${NAME}` in settings, read from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from goldfinch.core.errors import ConfigurationError

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}")


def expand(text: str, environment: Mapping[str, str], *, where: str) -> str:
    """Replace every `${NAME}`. Raises `ConfigurationError` naming the variable that is not set; `where` is the key path."""

    def read(variable: re.Match[str]) -> str:
        value = environment.get(variable[1])
        if not value:
            raise ConfigurationError(
                f"the environment variable {variable[1]} is not set", where=where, hint=f"export {variable[1]}=…", code="E1330"
            )
        return value

    return _VARIABLE.sub(read, text)


def secrets_in(text: str, environment: Mapping[str, str]) -> list[str]:
    """The values that `${NAME}` brings into `text`: secrets, as a rule, so they are masked everywhere."""
    return [environment[name] for name in _VARIABLE.findall(text) if environment.get(name)]


def variables_in(text: str) -> list[str]:
    """The names of the variables that `${NAME}` asks for in `text`."""
    return _VARIABLE.findall(text)
