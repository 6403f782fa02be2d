from __future__ import annotations

import pytest

from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.output import Output

EXPECTED = Expected(answer="yes")
OUTPUT = Output(text="yes")


def test_a_scorer_for_tags_applies_to_cases_with_one_of_them_only() -> None:
    (metric,) = build_metrics([{"kind": "exact", "for_tags": ["a", "b"]}])
    scored = [metric.scorer.score(Case("c", "q", expected=EXPECTED, tags=tags), OUTPUT) for tags in (("b", "x"), ("x",), ())]
    assert [score and score.value for score in scored] == [1.0, None, None]


def test_another_choice_of_tags_is_another_version_and_their_order_is_not() -> None:
    def version(**options: object) -> str:
        (metric,) = build_metrics([{"kind": "exact", **options}])
        return metric.version

    assert version(for_tags=["a", "b"]) == version(for_tags=["b", "a"]) != version(for_tags=["a"]) != version()


def test_compositions_and_their_parts_can_be_for_tags() -> None:
    parts = [{"kind": "exact", "for_tags": ["a"]}, {"kind": "contains"}]
    (metric,) = build_metrics([{"kind": "all_of", "of": parts, "for_tags": ["c"]}])
    assert metric.scorer.score(Case("c", "q", expected=EXPECTED, tags=("a",)), OUTPUT) is None
    score = metric.scorer.score(Case("c", "q", expected=EXPECTED, tags=("c",)), OUTPUT)
    assert score is not None
    assert "not applicable: exact" in score.reason


@pytest.mark.parametrize("tags", [[], "a", [1]])
def test_tags_are_a_list_of_texts(tags: object) -> None:
    with pytest.raises(ConfigurationError) as refused:
        build_metrics([{"kind": "exact", "for_tags": tags}])
    assert "scorers[0].for_tags" in str(refused.value)
