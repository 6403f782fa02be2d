"""Where the parts of one service in one environment keep their files: one place that says the names, for every process that meets there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import ConfigurationError

STATE = ".goldfinch"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class RolloutFolder:
    """`.goldfinch/SERVICE/ENVIRONMENT/` beside the settings file. Nothing is made here; who writes makes its folder, for its user alone."""

    root: Path

    @property
    def proxy(self) -> Path:
        """Envoy's files, the router's state, the key of the tokens, the socket of the admin interface, the controller's sign of life."""
        return self.root / "proxy"

    @property
    def proxy_key(self) -> Path:
        """Of the tokens that lead a request to an arm; made by the proxy or the router, whichever comes first."""
        return self.proxy / "key"

    @property
    def access_log(self) -> Path:
        """Segments of the proxy's access log."""
        return self.root / "access"

    @property
    def notes(self) -> Path:
        """Segments of what became known of turns afterwards."""
        return self.root / "notes"

    @property
    def answers(self) -> Path:
        """Sampled answers that wait to be scored."""
        return self.root / "answers"

    @property
    def processes(self) -> Path:
        """What the deployer has started: a file and a log per instance, checkouts."""
        return self.root / "processes"

    @property
    def packs(self) -> Path:
        """Evidence packs of rollbacks."""
        return self.root / "evidence"

    @property
    def drills(self) -> Path:
        """Results of drills."""
        return self.root / "drills.jsonl"


def service_of(loaded: LoadedSettings) -> str:
    """`service:` of the settings, else the name of their folder, as far as it can be one. Raises `ConfigurationError`."""
    name = loaded.settings.service or re.sub(r"[^a-z0-9._-]+", "-", loaded.folder.resolve().name.lower()).strip("-._")
    if not _NAME.fullmatch(name):
        what = f"{name[:80]!r} is no name of a service"
        raise ConfigurationError(what, where="service", hint="1 to 63 of a-z, 0-9, dot, dash, underscore; first a letter or digit")
    return name


def rollout_folder(loaded: LoadedSettings, service: str, environment: str) -> RolloutFolder:
    """Raises `ConfigurationError` where the environment's name cannot be one of a folder."""
    if not _NAME.fullmatch(environment):
        raise ConfigurationError(f"{environment[:80]!r} is no name of an environment", where="environment")
    return RolloutFolder(loaded.folder / STATE / service / environment)
