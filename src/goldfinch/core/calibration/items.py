"""What people said of an item, and what a judge said of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any


class LabelKind(StrEnum):
    BINARY = "binary"
    """An answer is acceptable or not."""
    ORDINAL = "ordinal"
    """An answer has a grade on a scale."""
    PAIRWISE = "pairwise"
    """One of two answers is the better one."""


class Half(StrEnum):
    ALL = "all"
    TUNE = "tune"
    REPORT = "report"


PREFERS_A, PREFERS_B, TIE = 1.0, 0.0, 0.5
"""The values of pairwise labels and verdicts: the share of the preference that `answer_a` has."""


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """One item that people judged. `label` runs from 0 to 1: acceptable is 1, a grade its place on the scale, a preference `PREFERS_A`.

    `answer` is None for pairwise items, `answer_a` and `answer_b` are None for the others. Items of one `cluster` share their input
    (several answers to one question) and are no independent evidence; empty: the item stands alone.
    """

    id: str
    kind: LabelKind
    label: float
    input: Any = None
    answer: str | None = None
    answer_a: str | None = None
    answer_b: str | None = None
    cluster: str = ""
    system: str | None = None
    """Which system gave `answer`; for pairs `system_a` and `system_b`."""
    system_a: str | None = None
    system_b: str | None = None
    context: Any = None
    reference: str | None = None
    """What a good answer is, for a judge that is shown one."""
    scale: tuple[float, float] = (0.0, 1.0)
    """The scale that `label` was given on before it was brought to 0 to 1: lowest and highest grade."""

    @property
    def cluster_key(self) -> tuple[str, str]:
        """What to resample by."""
        return ("cluster", self.cluster) if self.cluster else ("item", self.id)

    @property
    def length(self) -> int:
        """Characters of the answer; of a pair, how much longer `answer_a` is than `answer_b`."""
        if self.kind is LabelKind.PAIRWISE:
            return len(self.answer_a or "") - len(self.answer_b or "")
        return len(self.answer or "")


@dataclass(frozen=True, slots=True)
class RecordedJudgement:
    """What a judge said of an item; `value` as `LabelledItem.label`, None where the judge failed (refused, cut off, unreadable).

    The verdict on a pair names the answer itself, whatever the order: `swapped` says that `answer_b` was shown first. `repeat` counts
    from 0.
    """

    item_id: str
    judge: str
    value: float | None
    swapped: bool = False
    repeat: int = 0
    judge_version: str | None = None


def half_of(item: LabelledItem) -> Half:
    """The half that an item belongs to, for good: by a hash of its cluster, so that no input is in both, and others do not move it."""
    first = blake2b("\0".join(item.cluster_key).encode("utf-8", "surrogatepass"), digest_size=8).digest()[0]
    return Half.TUNE if first < 128 else Half.REPORT


def labels_fingerprint(items: Iterable[LabelledItem]) -> str:
    """32 hex digits over everything that an item says, whatever the order of the items."""
    lines = sorted(_canonical(item) for item in items)
    whole = blake2b(digest_size=16)
    for line in lines:
        whole.update(blake2b(line, digest_size=16).digest())
    return whole.hexdigest()


def _canonical(item: LabelledItem) -> bytes:
    fields = {name: getattr(item, name) for name in LabelledItem.__slots__}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")
