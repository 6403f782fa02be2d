"""A judge's verdicts, brought together with the labels of the same items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goldfinch.core.calibration.items import PREFERS_A, PREFERS_B, TIE, LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.scoring.judgement import reaches


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Everything that one judge said of one item, by the order in which it was shown; failed judgements are counted and left out."""

    item: LabelledItem
    given: tuple[float, ...] = ()
    swapped: tuple[float, ...] = ()
    asked: int = 0
    """Judgements in the order that was given, failed ones included."""

    @property
    def value(self) -> float | None:
        """The verdict in the order in which the item was given: the first that did not fail."""
        return self.given[0] if self.given else None

    @property
    def value_swapped(self) -> float | None:
        return self.swapped[0] if self.swapped else None


@dataclass(frozen=True, slots=True)
class Classes:
    """How a value becomes a class that people and judge can agree on."""

    kind: LabelKind
    pass_mark: float | None
    """The least value that is acceptable, 0 to 1; without one, grades have no classes."""

    def of(self, value: float) -> str:
        """`a`, `b` or `tie` of a pair; else `pass` or `fail`. Raises ValueError where classes are not `known`."""
        if self.kind is LabelKind.PAIRWISE:
            return "tie" if PREFERS_B < value < PREFERS_A else "a" if value >= PREFERS_A else "b"
        if self.pass_mark is None:
            raise ValueError("grades have no classes without a pass mark")
        return "pass" if reaches(value, self.pass_mark) else "fail"

    @property
    def needed(self) -> tuple[str, ...]:
        """The classes that must both be well represented."""
        return ("a", "b") if self.kind is LabelKind.PAIRWISE else ("pass", "fail")

    @property
    def known(self) -> bool:
        """Whether values have classes at all."""
        return self.kind is LabelKind.PAIRWISE or self.pass_mark is not None


@dataclass(slots=True)
class _Collected:
    given: list[RecordedJudgement] = field(default_factory=list)
    swapped: list[RecordedJudgement] = field(default_factory=list)


def verdicts_of(items: Sequence[LabelledItem], judgements: Iterable[RecordedJudgement]) -> tuple[list[Verdicts], int]:
    """One `Verdicts` for each item, in the order of `items`; and how many judgements are of none of them."""
    found = {item.id: _Collected() for item in items}
    others = 0
    for judgement in judgements:
        collected = found.get(judgement.item_id)
        if collected is None:
            others += 1
        else:
            (collected.swapped if judgement.swapped else collected.given).append(judgement)
    return [
        Verdicts(item, _values(found[item.id].given), _values(found[item.id].swapped), len(found[item.id].given)) for item in items
    ], others


def _values(judgements: Iterable[RecordedJudgement]) -> tuple[float, ...]:
    in_order = sorted(judgements, key=lambda judgement: judgement.repeat)
    return tuple(judgement.value for judgement in in_order if judgement.value is not None)


def both_orders(first: float, swapped: float) -> float:
    """The verdict of a judge that is asked in both orders: where they differ, the order decided and neither answer won."""
    return first if first == swapped else TIE
