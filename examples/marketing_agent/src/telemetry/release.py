"""Which release this is: the name that every span, metric, log line and response carries."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

from src.config import ROOT, Config

_PLACES = frozenset({"data_dir", "database_url", "redis_url", "release_id", "release_name", "session_ttl_s", "test_mode"})
"""Where a release runs is not what it is: the same release in staging and in production has one id (and no secret is hashed)."""


def release_id(config: Config) -> str:
    """`Config.release_id` where who deploys gave one; else `<release_name>-<12 hex digits>` of the configuration and the code.

    The code holds the prompts, the tools' schemas and the memory's schema, so a change of any of them is another release.
    """
    if config.release_id is not None:
        return config.release_id
    settings = config.model_dump(mode="json", exclude=set(_PLACES))
    content = json.dumps(settings, sort_keys=True).encode() + code_digest().encode()
    return f"{config.release_name}-{sha256(content).hexdigest()[:12]}"


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 of every file below `src` (modules, prompts), by path."""
    digest = sha256()
    for path in sorted(ROOT.joinpath("src").rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def service_version() -> str:
    """The distribution's version; `unknown` where the code runs without being installed."""
    try:
        return version("marketing-agent")
    except PackageNotFoundError:
        return "unknown"
