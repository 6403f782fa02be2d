"""From configuration to metrics: every mistake is named with its place, its code and what to do."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from goldfinch.bootstrap import scorer_catalogue
from goldfinch.bootstrap.scorer_catalogue import COMPOSITIONS, DEFAULTS, FIVE_METRICS, JUDGE, KINDS
from goldfinch.bootstrap.scorer_listing import list_scorers
from goldfinch.bootstrap.scorer_options import options_of
from goldfinch.bootstrap.scorers import build_metrics, default_metrics
from goldfinch.core.datasets.case import Case, CaseBudget, Expected, ToolExpectation
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.output import Output
from goldfinch.core.results.records import OutputRecord
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.settings import ScorerSettings

REQUIRED: dict[str, dict[str, Any]] = {"regex": {"pattern": "x"}, "json_schema": {"schema": {"type": "object"}}}


def settings(**options: Any) -> ScorerSettings:
    return ScorerSettings.model_validate(options)


def build(*scorers: str | dict[str, Any], **how: Any) -> tuple[Metric, ...]:
    return build_metrics([one if isinstance(one, str) else settings(**one) for one in scorers], **how)


def refusal(*scorers: str | dict[str, Any], **how: Any) -> tuple[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        build(*scorers, **how)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - COMPOSITIONS - {JUDGE}))  # a judge is built in test_judging.py
def test_every_shipped_scorer_can_be_built_and_carries_its_kind_as_name(kind: str) -> None:
    (metric,) = build({"kind": kind, **REQUIRED.get(kind, {})})
    assert metric.name == kind
    assert metric.version.startswith(metric.scorer.version)
    assert metric.heavy is KINDS[kind].heavy


def test_options_reach_the_scorer_and_its_version() -> None:
    plain, loose, spelled_out = build("exact", {"kind": "exact", "ignore_case": True, "name": "loose"}, settings_default())
    assert loose.scorer == Exact(name="loose", ignore_case=True)
    assert plain.version == spelled_out.version == "1"
    assert re.fullmatch(r"1-[0-9a-f]{8}", loose.version)
    (renamed,) = build({"kind": "exact", "ignore_case": True, "name": "other"})
    assert renamed.version == loose.version


def settings_default() -> dict[str, Any]:
    return {"kind": "exact", "ignore_case": False, "name": "spelled_out"}


def test_the_pass_mark_may_be_absent() -> None:
    (metric,) = build({"kind": "token_f1", "pass_mark": None})
    assert metric.pass_mark is None


@pytest.mark.parametrize(
    ("scorer", "code", "parts"),
    [
        ({"kind": "exakt"}, "E1701", ["scorers[0]", "unknown scorer 'exakt'", "did you mean exact?", "tool_trajectory"]),
        ({"kind": "exact", "ignore_cas": True}, "E1702", ["scorers[0]", "'ignore_cas'", "did you mean ignore_case?", "known: "]),
        ({"kind": "exact", "ignore_case": "yes"}, "E1703", ["scorers[0].ignore_case", "'yes'", "bool"]),
        ({"kind": "tool_trajectory", "order": "random"}, "E1703", ["scorers[0].order", "'random'"]),
        ({"kind": "json_fields", "tolerance": float("nan")}, "E1703", ["scorers[0].tolerance", "finite"]),
        ({"kind": "regex"}, "E1703", ["scorers[0]", "'pattern' is required"]),
        ({"kind": "regex", "pattern": "("}, "E1703", ["scorers[0]", "no regular expression"]),
        ({"kind": "cost", "limit": -1}, "E1703", ["scorers[0]", "0 or more"]),
        ({"kind": "weighted"}, "E1709", ["scorers[0]", "`of` must list"]),
        ({"kind": "all_of", "of": ["exact"], "weights": 1}, "E1702", ["'weights'"]),
        ({"kind": "all_of", "of": ["exact", "exact"]}, "E1707", ["scorers[0].of[1]", "'exact' is already that of scorers[0].of[0]"]),
        ({"kind": "all_of", "of": [3]}, "E1703", ["scorers[0].of[0]"]),
        ({"kind": "all_of", "of": [{"kind": "exact", "pass_mark": 2}]}, "E1703", ["scorers[0].of[0].pass_mark"]),
        ({"kind": "weighted", "of": [{"kind": "exact", "weight": 0}]}, "E1703", ["weight of exact must be above 0"]),
        ({"kind": "weighted", "of": [{"kind": "exact", "weight": "a lot"}]}, "E1703", ["scorers[0].of[0].weight"]),
        ({"kind": "any_of", "of": [{"kind": "exact", "pass_mark": None}]}, "E1703", ["exact needs a pass_mark"]),
        ({"kind": "all_of", "of": [{"kind": "exact", "weight": 2}]}, "E1702", ["'weight'"]),
        ({"kind": "no_such_module:Scorer"}, "E1705", ["ModuleNotFoundError", "no_such_module"]),
        ({"kind": "json:"}, "E1705", ["no module:Class"]),
        ({"kind": "sys:path"}, "E1705", ["no class"]),
        ({"kind": "fractions:Fraction"}, "E1708", ["no scorer", "`name`"]),
    ],
)
def test_each_mistake_is_named_with_its_place(scorer: dict[str, Any], code: str, parts: list[str]) -> None:
    given_code, message = refusal(scorer)
    assert given_code == code
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_two_metrics_may_not_share_a_name() -> None:
    code, message = refusal("exact", "contains", {"kind": "regex", "pattern": "x", "name": "exact"})
    assert code == "E1707"
    assert message == "scorers[2]: the metric 'exact' is already that of scorers[0]; give one of them a `name`"


def test_compositions_nest_with_weights_marks_and_options() -> None:
    (metric,) = build(
        {
            "kind": "weighted",
            "name": "quality",
            "pass_mark": 0.5,
            "of": [
                {"kind": "exact", "weight": 3},
                {"kind": "all_of", "name": "safe", "of": ["must_not_include", {"kind": "regex", "pattern": "sorry", "negate": True}]},
            ],
        }
    )
    assert (metric.name, metric.pass_mark, metric.heavy) == ("quality", 0.5, True)
    score = metric.scorer.score(Case("c", "q", expected=Expected(answer="yes")), Output(text="no"))
    assert score is not None
    assert score.value == 0.25


def test_the_version_of_a_composition_follows_the_options_of_its_parts() -> None:
    def version(**options: Any) -> str:
        return build({"kind": "all_of", "of": [{"kind": "exact", **options}]})[0].version

    assert version() != version(ignore_case=True)
    assert version() == version(ignore_case=False)


CUSTOM = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Short:
    most: int = 5
    name = "short"
    version = "3"
    def score(self, case, output):
        from goldfinch.core.scoring.score import Score
        return Score(float(len(output.text) <= self.most))

class Slow(Short):
    heavy = True

class Strange:
    name = version = "strange"
    def __init__(self, inner=Short()):
        pass
    def score(self, case, output):
        return None

class Explodes:
    def __init__(self):
        raise SystemExit(9)
"""


def test_a_custom_scorer_is_built_from_its_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", list(sys.path))
    (tmp_path / "my_scorers_of_a_user.py").write_text(CUSTOM)
    metrics = build("my_scorers_of_a_user:Short", {"kind": "my_scorers_of_a_user:Short", "name": "brief", "most": 2}, folder=tmp_path)
    assert [m.name for m in metrics] == ["short", "brief"]
    assert metrics[0].version == "3"
    assert [build(f"my_scorers_of_a_user:{name}", folder=tmp_path)[0].heavy for name in ("Short", "Slow")] == [False, True]
    assert metrics[1].version.startswith("3-")
    record = grade(metrics, Case("c", "q"), OutputRecord("c", "h", 0, "t", Output(text="abc")))
    assert [score.value for score in record.scores] == [1.0, 0.0]
    assert refusal({"kind": "my_scorers_of_a_user:Short", "most": "many"}, folder=tmp_path)[0] == "E1703"
    assert refusal("my_scorers_of_a_user:Explodes", folder=tmp_path)[0] == "E1703"
    assert refusal("my_scorers_of_a_user:Absent", folder=tmp_path)[0] == "E1705"


@pytest.mark.parametrize("scorer", ["my:Scorer", {"kind": "all_of", "of": ["my:Scorer"]}])
def test_custom_code_is_refused_where_the_configuration_may_not_run_code(scorer: Any) -> None:
    code, message = refusal(scorer, allow_code=False)
    assert code == "E1704"
    assert "allow_code" in message


def offer(monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    found = [EntryPoint(name, value, scorer_catalogue.PLUGIN_GROUP) for name, value in entries.items()]
    monkeypatch.setattr(scorer_catalogue, "entry_points", lambda group: found)


def test_a_plugin_is_used_by_its_name_and_cannot_replace_a_shipped_scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, equal="goldfinch.core.scoring.exact:Exact", exact="goldfinch.core.scoring.contains:Contains")
    metrics = build({"kind": "equal", "name": "equal", "ignore_case": True}, "exact")
    assert metrics[0].scorer == Exact(name="equal", ignore_case=True)
    assert isinstance(metrics[1].scorer, Exact)


def test_a_broken_plugin_is_named_and_harms_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, broken="no_such_package:Thing")
    assert build("exact")
    code, message = refusal("broken")
    assert code == "E1706"
    assert "'broken' (no_such_package:Thing)" in message
    (entry,) = list_scorers("broken")
    assert "cannot be loaded" in entry.problem
    assert len(list_scorers()) == len(KINDS) + 1


def test_a_plugin_with_a_default_that_is_no_json_can_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    (tmp_path / "strange_scorers_of_a_user.py").write_text(CUSTOM)
    offer(monkeypatch, strange="strange_scorers_of_a_user:Strange")
    (entry,) = list_scorers("strange")
    assert entry.options[0].default == "<Short>"


def test_a_misspelt_plugin_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, toxicity="x:Y")
    assert "did you mean toxicity?" in refusal("toxicty")[1]
    with pytest.raises(UsageError, match="did you mean toxicity"):
        list_scorers("toxicty")


def passed(case: Case, output: Output) -> bool | None:
    return grade(build_metrics([]), case, OutputRecord("c", "h", 0, "t", output)).passed


def test_the_defaults_judge_what_the_case_states() -> None:
    assert [metric.name for metric in default_metrics()] == [kind for kind, _ in DEFAULTS]
    assert passed(Case("c", "q"), Output(text="anything")) is None
    assert passed(Case("c", "q", expected=Expected(answer="Paris")), Output(text="It is Paris.")) is True
    assert passed(Case("c", "q", expected=Expected(answer="Paris")), Output(text="It is Rome.")) is False
    assert passed(Case("c", "q", expected=Expected(must_not_include=("x",))), Output(text="")) is False
    assert passed(Case("c", "q", expected=Expected(tools=(ToolExpectation("a"),))), Output(text="")) is False


def test_under_the_defaults_an_unknown_cost_never_passes_a_budget() -> None:
    case = Case("c", "q", expected=Expected(answer="Paris"), budget=CaseBudget(cost_usd=1.0))
    assert passed(case, Output(text="Paris", cost_usd=0.5)) is True
    assert passed(case, Output(text="Paris")) is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_shipped_scorer_documents_itself(kind: str) -> None:
    (entry,) = list_scorers(kind)
    assert entry.summary.endswith(".")
    assert entry.needs
    text = KINDS[kind].load().__doc__ or ""
    assert "Source: " in text
    assert options_of(KINDS[kind].load()) or kind in FIVE_METRICS
