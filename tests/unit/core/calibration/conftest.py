"""Labelled items and judges that are as good as a test needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement

Pairs = Callable[..., tuple[list[LabelledItem], list[RecordedJudgement]]]


@pytest.fixture
def pairwise() -> Pairs:
    """`count` pairs, every second preferring A; the first `wrong` are judged wrongly, the first `moved` differently when swapped,
    the first `flipped` differently when asked again. Repeats are of the given order."""

    def make(
        count: int = 120, *, wrong: int = 0, moved: int = 0, flipped: int = 0, swapped: bool = True, repeats: int = 3
    ) -> tuple[list[LabelledItem], list[RecordedJudgement]]:
        items = [
            LabelledItem(f"i{n}", LabelKind.PAIRWISE, float(n % 2), answer_a="x" * (n * 7 % 13), answer_b="y" * (n * 5 % 11))
            for n in range(count)
        ]
        judgements = []
        for n, item in enumerate(items):
            said = 1 - item.label if n < wrong else item.label
            again = 1 - said if n < flipped else said
            judgements += [RecordedJudgement(item.id, "j", said if repeat == 0 else again, repeat=repeat) for repeat in range(repeats)]
            if swapped:
                judgements.append(RecordedJudgement(item.id, "j", 1 - said if n < moved else said, swapped=True))
        return items, judgements

    return make


Answers = Callable[..., tuple[list[LabelledItem], list[RecordedJudgement]]]


@pytest.fixture
def answers() -> Answers:
    """Single answers with `labels`, each judged three times alike with `scores`."""

    def make(
        labels: Sequence[float], scores: Sequence[float | None], kind: LabelKind = LabelKind.BINARY, *, repeats: int = 3
    ) -> tuple[list[LabelledItem], list[RecordedJudgement]]:
        items = [LabelledItem(f"i{n}", kind, label, answer="x" * (n * 7 % 13)) for n, label in enumerate(labels)]
        judged = [
            RecordedJudgement(item.id, "j", score, repeat=repeat)
            for item, score in zip(items, scores, strict=True)
            for repeat in range(repeats)
        ]
        return items, judged

    return make
