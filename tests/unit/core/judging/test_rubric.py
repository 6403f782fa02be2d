from __future__ import annotations

import pytest

from goldfinch.core.judging.rubric import LEVELS, RUBRICS, Rubric, own_rubric, rubric_of


@pytest.mark.parametrize("rubric", [*RUBRICS.values(), own_rubric("tone", "The answer is polite.")], ids=lambda rubric: rubric.metric)
def test_every_rubric_has_the_levels_that_a_reply_may_name(rubric: Rubric) -> None:
    assert len(rubric.levels) == LEVELS
    assert (rubric.value(1), rubric.value(LEVELS)) == (0.0, 1.0)


def test_words_of_ones_own_go_before_the_rubric_that_ships() -> None:
    assert rubric_of("accuracy") is RUBRICS["accuracy"]
    assert rubric_of("accuracy", "The answer is polite.") == own_rubric("accuracy", "The answer is polite.")
    assert rubric_of("tone") is None
