"""How the cases that a run asked differ from those of the base branch. Source: REQUIREMENTS T9."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DatasetChanges:
    """Ids of cases, sorted. `base_cases` is how many of the base branch the run had to ask.

    `added` ones only inform until they are merged. `edited` ones expect something else, and are judged by the old expectation.
    `replaced` ones ask something else, and `removed` ones were not asked: of both, the base branch's case has no evidence.
    """

    base_cases: int
    added: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.edited or self.replaced or self.removed)

    @property
    def is_edit(self) -> bool:
        """Whether what the base branch asks or expects was touched; new cases alone do not."""
        return bool(self.edited or self.replaced or self.removed)

    def in_words(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """A line for each kind of change, with the ids that it is about."""
        yield from _some(self.added, "new: asked, and inform only until they are merged", "new: asked, and informs only until it is merged")
        judged = "something else: judged by what the base branch expects"
        yield from _some(self.edited, f"expect {judged}", f"expects {judged}")
        unheard = "something else: no evidence for the base branch's case"
        yield from _some(self.replaced, f"ask {unheard}", f"asks {unheard}")
        absent = "of the base branch {} no answer in this run: no evidence for {}"
        yield from _some(self.removed, absent.format("have", "them"), absent.format("has", "it"))


def _some(ids: tuple[str, ...], several: str, one: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if ids:
        yield f"1 case {one}" if len(ids) == 1 else f"{len(ids):,} cases {several}", ids
