"""Wires a release: settings and files in, components out. What is a secret stops it here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from goldfinch.bootstrap.policy import policy_hash, policy_of
from goldfinch.bootstrap.release_files import ReleaseFolder, release_folder, require_committed
from goldfinch.bootstrap.secrets import SECRET_HEADER, redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.redaction import MASK, Redactor
from goldfinch.core.releases import codes
from goldfinch.core.releases.building import Origin, of_files, of_image, of_index, of_model, of_tools, of_values, release_of
from goldfinch.core.releases.failures import NotReleasable
from goldfinch.core.releases.release import Component, ComponentKind, Release
from goldfinch.settings import JudgeSettings, OpenAIAgent, ReleaseSettings, ToolSource

MAX_DOCUMENT_BYTES = 16_000_000


class ReleaseContent:
    """What a release of these settings is made of, read when it is asked for."""

    def __init__(self, loaded: LoadedSettings, *, image: str | None = None) -> None:
        self._loaded = loaded
        self._settings: ReleaseSettings = loaded.settings.release
        self._image = image
        judge = loaded.settings.judge
        self._redact = redactor_for(loaded.settings.agent, judge=judge.model if judge else None)
        self._folder = release_folder(loaded.folder)
        self._prompts = self._folder.chosen(self._settings.prompts, "release.prompts")
        tools = self._settings.tools or ToolSource()
        self._tools = self._folder.chosen(tools.files, "release.tools.files")
        self._document = [self._folder.one(tools.document, "release.tools.document")] if tools.document else []
        calibrations = judge.calibration_files if judge else ()
        self._calibrations = [self._folder.one(path, "judge.calibration") for path in calibrations]
        taken = frozenset((*self._prompts, *self._tools, *self._document))
        self._code = self._folder.code(self._settings.code, taken) if self._settings.code else []

    def components(self, *, allow_dirty: bool = False) -> tuple[Component, ...]:
        """All of them. Raises `NotReleasable`s with codes E2706 to E2711."""
        if not allow_dirty:
            require_committed(self._folder, self._files())
        return (*self._of_files(), *self._of_values())

    def git_sha(self) -> str:
        """The commit that holds every file of the release as it is; empty where there is none."""
        return "" if self._folder.uncommitted(self._files()) else self._folder.head

    def release(self, origin: Origin, *, allow_dirty: bool = False) -> Release:
        """The release itself, of the present commit."""
        made = Origin(origin.created_at, origin.created_by, self.git_sha(), origin.tags)
        return release_of(self.components(allow_dirty=allow_dirty), made)

    def _files(self) -> tuple[str, ...]:
        """Every file that the release rests on, the settings file too where there is git to ask about it."""
        files = (*self._code, *self._prompts, *self._tools, *self._document, *self._calibrations)
        file = self._loaded.file
        return files if file is None or self._folder.state is None else (*files, file.name)

    def _of_files(self) -> Iterator[Component]:
        if self._settings.code is not None:
            yield of_files(ComponentKind.CODE, self._folder.file_set(self._code, "release.code", links=True))
        if self._prompts:
            yield of_files(ComponentKind.PROMPTS, self._folder.prompts(self._prompts, self._redact))
        if self._tools or self._document:
            files = self._folder.file_set(self._tools, "release.tools.files")
            yield of_tools(files, *[_document(self._folder, path) for path in self._document])

    def _of_values(self) -> Iterator[Component]:
        settings = self._settings
        image = self._image or settings.image
        if image:
            yield of_image(image, "--image" if self._image else "release.image")
        if (model := self._model()) is not None:
            yield model
        if settings.index is not None:
            yield of_index(settings.index.name, settings.index.digest, settings.index.alias)
        if settings.memory_schema is not None:
            yield of_values(ComponentKind.MEMORY_SCHEMA, {"version": settings.memory_schema})
        if self._loaded.settings.judge is not None:
            yield of_values(ComponentKind.JUDGE, self._judge(self._loaded.settings.judge))
        yield of_values(ComponentKind.POLICY, self._policy())

    def _model(self) -> Component | None:
        given, agent = self._settings.model, self._loaded.settings.agent
        if given is not None:
            _require_no_secret(given.parameters, "release.model.parameters", self._redact)
            return of_model(given.id, given.parameters)
        if not isinstance(agent, OpenAIAgent):
            return None
        said = {"api": agent.api, "base_url": agent.base_url, **({"system": agent.system} if agent.system else {}), **agent.parameters}
        _require_no_secret(said, "agent.parameters", self._redact)
        return of_model(agent.model, said, "agent")

    def _judge(self, judge: JudgeSettings) -> dict[str, Any]:
        said = judge.model_dump(mode="json", exclude={"budget_usd": True, "calibration": True, "model": {"api_key"}})
        masked: dict[str, Any] = Redactor().value(_without_named_secrets(said))
        _require_no_secret(masked, "judge", self._redact)
        return {**masked, "calibration": self._folder.file_set(self._calibrations, "judge.calibration").hashes}

    def _policy(self) -> dict[str, Any]:
        policy = policy_of(self._loaded.settings)
        thresholds = asdict(policy)
        thresholds["required"] = sorted(policy.required)
        return {"policy_hash": policy_hash(policy), "thresholds": thresholds}


def _document(folder: ReleaseFolder, path: str) -> Any:
    folder.file_set([path], "release.tools.document")  # refuses what no release can hold: a link, a folder
    try:
        with (folder.path / path).open("rb") as file:
            written = file.read(MAX_DOCUMENT_BYTES + 1)
        if len(written) > MAX_DOCUMENT_BYTES:
            raise _no_document(path, f"is longer than {MAX_DOCUMENT_BYTES // 1_000_000} MB")
        return json.loads(written)
    except (ValueError, RecursionError) as error:
        raise _no_document(path, f"is no JSON: {str(error)[:100]}") from error
    except OSError as error:
        raise _no_document(path, f"cannot be read: {error.strerror or error}") from error


def _no_document(path: str, what: str) -> NotReleasable:
    return NotReleasable(f"{path} {what}", where="release.tools.document", hint="give a JSON file", code=codes.NO_FILES)


def _require_no_secret(value: Any, where: str, redact: Redactor, name: str = "") -> None:
    """Raises `NotReleasable` (E2710), naming the key and never the value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _require_no_secret(str(key), where, redact)
            _require_no_secret(inner, f"{where}.{key}", redact, str(key))
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            _require_no_secret(inner, f"{where}[{position}]", redact, name)
    elif isinstance(value, str) and value != MASK and (_names_secret(name, value) or redact(value) != value):
        hint = "leave it out; what needs it reads it from the environment"
        raise NotReleasable(
            "looks like a secret, and releases are stored and shown", where=redact(where), hint=hint, code=codes.CONFIDENTIAL
        )


def _names_secret(name: str, value: str) -> bool:
    """A text under such a name, unless it only names a variable; `max_tokens: 500` is no text."""
    return bool(SECRET_HEADER.search(name)) and "${" not in value and not name.endswith("_env") and bool(value)


def _without_named_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_named_secrets(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_named_secrets(inner, name) for inner in value]
    return MASK if isinstance(value, str) and _names_secret(name, value) else value
