"""Settings from their file, checked, with every problem named by its key path."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

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


def settings_from(file: Path, *, key: str, over: LoadedSettings) -> LoadedSettings:
    """`over` with its section `key` replaced by what stands in `file`. Relative paths still start from the folder of `over`."""
    if not file.is_file():
        raise ConfigurationError("no such file", where=str(file), hint="correct the path", code="E1101")
    section = _validated({key: read_settings_file(file)}, str(file))
    return LoadedSettings(over.settings.model_copy(update={key: getattr(section, key)}), over.folder, file)


def _validated(raw: dict[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise _in_one_line(error, where) from None


def _in_one_line(error: ValidationError, where: str) -> ConfigurationError:
    """The most telling problem: an unknown key first, because a misspelt key also makes a required one missing."""
    problems = error.errors(include_url=False)
    unknown = [problem for problem in problems if problem["type"] == "extra_forbidden"]
    problem = (unknown or problems)[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    key = _key_at(problem["loc"])
    if unknown:
        return ConfigurationError(f"unknown key `{key.path}`{more}", where=where, hint=_nearest(key), code="E1102")
    message = problem["msg"][0].lower() + problem["msg"][1:]
    message = message.partition(" or instance of ")[0].replace("valid dictionary", "mapping of keys")
    given = "" if problem["type"] == "missing" or key.is_secret else f", not {_short(problem['input'])}"
    return ConfigurationError(f"`{key.path}`: {message}{given}{more}", where=where, hint="see docs/guides/configuration.md", code="E1103")


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of the settings: `scorers[2].kind`, and the keys that could stand in its place."""

    path: str
    name: str
    siblings: tuple[str, ...]
    is_secret: bool


_SECRET_KEYS = frozenset({"api_key", "headers", "env"})
"""What stands under these is never shown."""


def _key_at(location: tuple[int | str, ...]) -> _Key:
    """From pydantic's location, in which the alternatives of a union stand between the keys."""
    path = ""
    annotation: Any = Settings
    holder: Any = Settings
    for part in location:
        if part in (alternatives := _alternatives(annotation)):
            annotation = alternatives[part]
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
        holder, annotation = annotation, _inside(annotation, part)
    fields = tuple(holder.model_fields) if _is_model(holder) else ()
    return _Key(path, str(location[-1]), fields, not _SECRET_KEYS.isdisjoint(location))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _alternatives(annotation: Any) -> dict[int | str, Any]:
    """The members of a tagged union, by tag."""
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        tags: dict[int | str, Any] = {note.tag: inner for note in notes if isinstance(note, Tag)}
        return tags or _alternatives(inner)
    if get_origin(annotation) in (Union, UnionType):
        return {tag: inner for member in get_args(annotation) for tag, inner in _alternatives(member).items()}
    return {}


def _inside(annotation: Any, part: int | str) -> Any:
    """What may stand under the key or index `part`; None where that is not known."""
    if _is_model(annotation):
        field = annotation.model_fields.get(part)
        return None if field is None else _without_none(field.annotation)
    return get_args(annotation)[-1] if get_origin(annotation) in (dict, list) else None


def _without_none(annotation: Any) -> Any:
    """The model of `Model | None`: what may be left out has keys all the same."""
    if get_origin(annotation) not in (Union, UnionType):  # a list of models is no model
        return annotation
    members = [member for member in get_args(annotation) if member is not type(None)]
    return members[0] if len(members) == 1 and _is_model(members[0]) else annotation


def _nearest(key: _Key) -> str:
    close = get_close_matches(key.name, key.siblings, 1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"known keys: {', '.join(key.siblings)}" if key.siblings else "remove it"


def _short(value: Any) -> str:
    if isinstance(value, dict | list):  # could hold a key at any depth
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
