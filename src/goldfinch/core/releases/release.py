"""The value of a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ComponentKind(StrEnum):
    """What a release is made of; a rollback brings all of it back (P1)."""

    CODE = "code"
    IMAGE = "image"
    PROMPTS = "prompts"
    MODEL = "model"
    TOOLS = "tools"
    INDEX = "index"
    MEMORY_SCHEMA = "memory_schema"
    JUDGE = "judge"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Component:
    """One part, by its content."""

    kind: ComponentKind
    digest: str
    """sha256:..., of the content or as its registry gave it."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values that make a readable diff: file → digest, parameter → value; texts only where they are no secret."""


@dataclass(frozen=True, slots=True)
class Release:
    """An immutable bundle. `id` follows from the components alone: equal parts, equal release."""

    id: str
    """rel_ and 16 hexadecimal digits of the content hash."""
    digest: str
    """sha256:... of all components."""
    components: tuple[Component, ...]
    created_at: datetime
    created_by: str
    git_sha: str = ""
    tags: tuple[str, ...] = ()
    image_digest: str = ""


@dataclass(frozen=True, slots=True)
class Denial:
    """A release that must not be rolled out, until overridden."""

    release: str
    at: datetime
    by: str
    reason: str
    overridden_by: str = ""
    overridden_at: datetime | None = None
    override_reason: str = ""
