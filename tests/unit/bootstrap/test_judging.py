"""From settings and --judge to a judge: what its model is sent, and whether it may decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from goldfinch.bootstrap.judging import JudgeTerms, _as_judge, configured_judge
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import ConfigurationError, GoldfinchError, UsageError
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.protocol import JudgeProtocol
from goldfinch.settings import JudgeSettings, OpenAIAgent, ScorerSettings, Settings
from goldfinch.testing.openai_stub import OpenAIStub
from goldfinch.testing.scripted_model import ScriptedModel

LOCAL = "http://127.0.0.1:9/v1"


def loaded(**judge: Any) -> LoadedSettings:
    return LoadedSettings(Settings(judge=JudgeSettings(**judge) if judge else None), Path())


async def sent(model: OpenAIAgent, *, comparing: bool = False, **judge: Any) -> dict[str, Any]:
    """The request that reaches the provider."""
    requests: list[dict[str, Any]] = []

    def script(request: dict[str, Any], number: int) -> str:
        requests.append(request)
        return "ok"

    async with OpenAIStub(script).serve() as stub:
        local = model.model_copy(update={"base_url": stub.base_url} if "base_url" not in model.model_fields_set else {})
        configured = configured_judge(None, loaded(model=local, **judge))
        assert configured is not None
        agent = configured.pair_model if comparing else configured.model
        async with agent:
            await agent.answer(Case("j", [{"role": "user", "content": "grade"}]), trial=0, seed=None)
    return requests[0]


async def test_a_chat_model_gets_a_limit_a_schema_and_no_randomness() -> None:
    request = await sent(OpenAIAgent(model="m"), max_tokens=99)
    assert request["messages"] == [{"role": "user", "content": "grade"}]
    assert (request["max_tokens"], request["temperature"]) == (99, 0)
    schema = request["response_format"]["json_schema"]
    assert (schema["strict"], list(schema["schema"]["properties"])) == (True, ["reason", "score"])


async def test_a_comparison_asks_for_a_preference() -> None:
    request = await sent(OpenAIAgent(model="m"), comparing=True)
    assert list(request["response_format"]["json_schema"]["schema"]["properties"]) == ["reason", "better"]


async def test_several_votes_keep_the_models_own_temperature_and_plain_replies_have_no_schema() -> None:
    request = await sent(OpenAIAgent(model="m"), votes=3, structured=False)
    assert "temperature" not in request
    assert "response_format" not in request
    assert request["max_tokens"] == 512


async def test_what_is_written_stays_and_null_leaves_out() -> None:
    request = await sent(OpenAIAgent(model="m", parameters={"max_completion_tokens": 7, "temperature": None, "top_p": 0.5}))
    assert "temperature" not in request
    assert "max_tokens" not in request
    assert (request["max_completion_tokens"], request["top_p"]) == (7, 0.5)


async def test_the_responses_api_has_its_own_names() -> None:
    request = await sent(OpenAIAgent(model="m", api="responses"))
    assert request["max_output_tokens"] == 512
    assert request["text"]["format"]["type"] == "json_schema"


def test_openai_itself_takes_no_max_tokens() -> None:
    asked = _as_judge(OpenAIAgent(model="gpt-5"), JudgeSettings(), {})
    assert isinstance(asked, OpenAIAgent)
    assert asked.parameters["max_completion_tokens"] == 512


def test_without_a_model_there_is_no_judge() -> None:
    assert configured_judge(None, loaded()) is None
    assert configured_judge(None, loaded(votes=3)) is None


def test_the_command_line_names_the_model_and_the_settings_the_rest() -> None:
    model = OpenAIAgent(model="from-file", base_url=LOCAL)
    configured = configured_judge("json:dumps", loaded(model=model, votes=3, counterfactual="never", budget_usd=2.5))
    assert configured is not None
    assert configured.terms.protocol == JudgeProtocol("json:dumps", configured.model.version, 3, Check.NEVER)
    assert configured.budget_usd == 2.5


def test_grading_and_comparing_are_one_judge() -> None:
    configured = configured_judge(None, loaded(model=OpenAIAgent(model="m", base_url=LOCAL)))
    assert configured is not None
    assert configured.model.version != configured.pair_model.version
    assert configured.terms.protocol.model_version == configured.model.version


def test_from_python_an_agent_or_settings_will_do() -> None:
    model = ScriptedModel(["x"])
    given = configured_judge(model, loaded())
    assert given is not None
    assert given.model is model
    with_settings = configured_judge(JudgeSettings(model=OpenAIAgent(model="m", base_url=LOCAL), votes=5), loaded(votes=3))
    assert with_settings is not None
    assert with_settings.terms.protocol.votes == 5
    with pytest.raises(UsageError, match="a int is no judge"):
        configured_judge(3, loaded())  # type: ignore[arg-type]


def test_a_judge_that_runs_code_needs_leave_from_the_settings() -> None:
    settings = Settings.model_validate({"allow_code": False, "judge": {"model": {"kind": "python", "target": "json:dumps"}}})
    with pytest.raises(ConfigurationError) as refused:
        configured_judge(None, LoadedSettings(settings, Path()))
    assert refused.value.code == "E1370"


def test_the_judges_key_is_masked_wherever_it_came_from() -> None:
    named = OpenAIAgent(model="m", base_url=LOCAL, api_key=SecretStr("canary-judge-0123"))
    for configured in (configured_judge(None, loaded(model=named)), configured_judge(named, loaded())):
        assert configured is not None
        assert "canary-judge-0123" not in redactor_for(None, {}, judge=configured.model_settings)("the key canary-judge-0123")
    handed_over = configured_judge(ScriptedModel(["x"]), loaded())
    assert handed_over is not None
    assert handed_over.model_settings is None


def test_what_is_wrong_with_the_judge_is_told_as_the_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError) as keyless:
        configured_judge("openai:gpt-4.1", loaded())
    assert keyless.value.problem.where == "judge.model.api_key_env"
    with pytest.raises(UsageError) as nameless:
        configured_judge("nonsense", loaded())
    assert (nameless.value.code, nameless.value.problem.where) == ("E1371", "--judge")


# Metrics


TERMS = JudgeTerms(JudgeProtocol("m", "1"), lambda version, metric: None)


def test_a_judged_metric_advises_until_its_judge_may_gate() -> None:
    (advisory,) = build_metrics(["judge:accuracy"], judge=TERMS)
    assert (advisory.name, advisory.pass_mark, advisory.advisory) == ("judge_accuracy", None, True)
    seen: list[tuple[str, str]] = []

    def calibrated_mark(version: str, metric: str) -> float:
        seen.append((version, metric))
        return 0.75

    settings = ScorerSettings.model_validate({"kind": "judge", "metric": "accuracy", "name": "right"})
    (deciding,) = build_metrics([settings], judge=JudgeTerms(TERMS.protocol, calibrated_mark))
    assert (deciding.name, deciding.pass_mark, deciding.advisory) == ("right", 0.75, False)
    assert seen == [(advisory.version, "accuracy")]
    assert deciding.version == advisory.version


@pytest.mark.parametrize("mark", [0.75, None])
def test_a_calibrated_judge_may_decide_at_the_mark_of_its_calibration_or_not_at_all(mark: float | None) -> None:
    terms = JudgeTerms(TERMS.protocol, lambda version, metric: 0.75)
    settings = ScorerSettings.model_validate({"kind": "judge", "metric": "accuracy", "pass_mark": mark})
    (metric,) = build_metrics([settings], judge=terms)
    assert (metric.pass_mark, metric.advisory) == (mark, False)
    lenient = ScorerSettings.model_validate({"kind": "judge", "metric": "accuracy", "pass_mark": 0.25})
    with pytest.raises(ConfigurationError, match=r"calibrated at a pass mark of 0\.75, not of 0\.25") as refused:
        build_metrics([lenient], judge=terms)
    assert (refused.value.code, refused.value.problem.where) == ("E1908", "scorers[0].pass_mark")


@pytest.mark.parametrize(
    ("scorers", "code", "where", "hint"),
    [
        (["exact", "judge:accuracy"], "E1901", "scorers[1]", "--judge"),
        (["judge:acuracy"], "E1902", "scorers[0]", "did you mean accuracy?"),
        ([{"kind": "all_of", "of": ["exact", {"kind": "judge", "metric": "accuracy"}]}], "E1903", "scorers[0].of[1]", "on its own"),
        ([{"kind": "any_of", "of": ["judge:safety"]}], "E1903", "scorers[0].of[0]", "on its own"),
        (["judge"], "E1703", "scorers[0]", ""),
        ([{"kind": "judge", "metric": "accuracy", "votes": 3}], "E1702", "scorers[0]", "known: metric, rubric"),
        (["judge:accuracy", "judge:accuracy"], "E1707", "scorers[1]", "give one of them a `name`"),
    ],
)
def test_what_cannot_be_judged_is_one_clear_error(scorers: list[Any], code: str, where: str, hint: str) -> None:
    written = [one if isinstance(one, str) else ScorerSettings.model_validate(one) for one in scorers]
    with pytest.raises(GoldfinchError) as refused:
        build_metrics(written, judge=None if code == "E1901" else TERMS)
    assert (refused.value.code, refused.value.problem.where) == (code, where)
    assert hint in refused.value.problem.hint
