"""Annotations of a check: one line each, at the place to look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.review import Review


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Unescaped. `file` "" is no place; `line` None is the whole file."""

    level: Level
    title: str
    text: str
    file: str = ""
    line: int | None = None

    def as_workflow_command(self) -> str:
        """`::error file=…,line=…,title=…::…`, one line, in which no other command can begin (T5)."""
        raise NotImplementedError


def annotations(review: Review) -> tuple[Annotation, ...]:
    """The most important first, within what GitHub keeps."""
    raise NotImplementedError
