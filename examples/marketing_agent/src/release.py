"""What is running, as one identity: a hash over everything that can change an answer.

Two processes with the same id answer alike; a change of a prompt, a tool's schema or a price limit is another release. Where it runs
(addresses, folders, log levels) is no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from src.config import Config

SOURCE = Path(__file__).resolve().parent
_PARAMETERS = ("test_mode", "max_steps", "max_tokens_per_test", "max_cost_per_test", "price_input_per_mtok", "price_output_per_mtok")


@cache
def release_id(config: Config) -> str:
    """`<name>-<12 hexadecimal digits>`, or what who deploys has given."""
    return config.release_id or f"{config.release_name}-{_hash(release_contents(config))}"


def release_contents(config: Config) -> Mapping[str, Any]:
    """What the id is a hash of, by part: so that two releases can be told apart by what differs."""
    from src.memory import SCHEMA_VERSION
    from src.models import prompts
    from src.tools import registry

    return {
        "code": _code_hash(SOURCE),
        "prompts": prompts.version(),
        "model": {"provider": config.llm_provider, "name": config.model},
        "parameters": {name: getattr(config, name) for name in _PARAMETERS},
        "tools": _hash(list(registry(config).schemas())),
        "memory_schema": SCHEMA_VERSION,
        "behaviour": config.behaviour.model_dump(),
    }


@cache
def _code_hash(folder: Path) -> str:
    """Over names and contents of the Python files below `folder`, in order of their names."""
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def _hash(content: Any) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:12]
