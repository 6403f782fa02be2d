"""Settings from their file, checked, with every problem named by its key path."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from goldfinch.adapters.files.settings_file import find_settings_file, read_settings_file
from goldfinch.core.errors import ConfigurationError
from goldfinch.settings import Settings


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with the folder that their relative paths start from, and the file that they came from (None: defaults)."""

    settings: Settings
    folder: Path
    file: Path | None = None

    def path(self, written: str) -> Path:
        """A path of the settings, from where the user stands."""
        return self.folder / written


def load_settings(file: Path | None = None, *, folder: Path | None = None) -> LoadedSettings:
    """Read `file`, else the settings file of `folder` (the present one), else the defaults. Raises `ConfigurationError`."""
    folder = folder or Path()
    found = file or find_settings_file(folder)
    if found is None:
        return LoadedSettings(Settings(), folder)
    if not found.is_file():
        raise ConfigurationError("no such file", where=str(found), hint="correct --config", code="E1101")
    return LoadedSettings(_validated(read_settings_file(found), str(found)), found.parent, found)


def _validated(raw: dict[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = _key_path(first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        if first["type"] == "extra_forbidden":
            hint = _nearest(first["loc"])
            raise ConfigurationError(f"unknown key `{path}`{more}", where=where, hint=hint, code="E1102") from None
        given = "" if first["type"] == "missing" else f", not {_short(first['input'])}"
        what = f"`{path}`: {first['msg'][0].lower()}{first['msg'][1:]}{given}{more}"
        raise ConfigurationError(what, where=where, hint="see docs/guides/configuration.md", code="E1103") from None


_UNION_TAGS = frozenset({"python", "http", "openai", "subprocess", "recorded", "plugin", "ScorerSettings", "str", "list[str]"})


def _key_path(location: tuple[int | str, ...]) -> str:
    """`run.trials`, `scorers[2].kind`: pydantic's names for the alternatives of a union are no keys."""
    path = ""
    for position, part in enumerate(location):
        if isinstance(part, int):
            path += f"[{part}]"
        elif position == 0 or part not in _UNION_TAGS:
            path += f".{part}" if path else part
    return path


def _nearest(location: tuple[int | str, ...]) -> str:
    model: Any = Settings
    for part in location[:-1]:
        field = model.model_fields.get(str(part)) if isinstance(model, type) and issubclass(model, BaseModel) else None
        model = field.annotation if field is not None else model
    known = list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
    close = get_close_matches(str(location[-1]), known, 1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"known keys: {', '.join(known)}" if known else "remove it"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
