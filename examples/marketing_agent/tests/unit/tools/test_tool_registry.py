"""The registry: schemas, the check of arguments, calls that never raise, failures drawn by seed, results kept and not shared."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from made_accounts import Made, iso, plain_rows, small, workspace

from src.config import Behaviour, Config
from src.tools import ToolRegistry, Workspace, registry
from src.tools.registry import TOOL_ERROR

TOOLS = (
    "describe_data",
    "query_data",
    "compute_kpis",
    "test_significance",
    "detect_anomalies",
    "diagnose_campaign",
    "reallocate_budget",
    "check_copy",
)
GOOD = registry(Config())


def with_behaviour(**behaviour: Any) -> ToolRegistry:
    return registry(Config(behaviour=Behaviour(**behaviour)))


def test_schemas_are_functions_that_refuse_unknown_arguments_and_describe_each_known_one() -> None:
    assert [schema["function"]["name"] for schema in GOOD.schemas()] == list(TOOLS)
    for schema in GOOD.schemas():
        parameters = schema["function"]["parameters"]
        Draft202012Validator.check_schema(parameters)
        assert schema["type"] == "function"
        assert schema["function"]["description"]
        assert parameters["additionalProperties"] is False
        assert all(argument.get("description") for argument in parameters["properties"].values())


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("guess", {}, "unknown tool 'guess'; known: describe_data"),
        ("compute_kpis", {"group": "total"}, "unknown argument group; known: group_by"),
        ("compute_kpis", {"group_by": "year"}, "compute_kpis: group_by has to be one of total"),
        ("compute_kpis", {"start": "1.10.2026"}, "compute_kpis: start has to be an ISO day"),
        ("compute_kpis", {"start": "2026-02-30"}, "2026-02-30 is no day of the calendar"),
        ("compute_kpis", {"start": "2026-10-02", "end": "2026-10-01"}, "end 2026-10-01 is before start 2026-10-02"),
        ("compute_kpis", {"campaign": 3}, "compute_kpis: campaign has to be of type string"),
        ("query_data", {}, "'sql' is missing"),
        ("query_data", {"sql": "SELECT 1", "limit": 0}, "query_data: limit has to keep minimum 1"),
        ("test_significance", {"metric": "ctr", "a": {}, "b": {"weeks": 2}}, "test_significance: b: unknown argument weeks"),
        ("test_significance", {"metric": "ctr", "a": {"start": "2026-13-01"}, "b": {}}, "a.start: 2026-13-01 is no day"),
        ("reallocate_budget", {"limits": {"Alpha": {"most": 3}}}, "limits.Alpha: unknown argument most; known: min, max"),
        ("reallocate_budget", {"total": -1}, "total has to keep exclusiveMinimum 0"),
        ("check_copy", [], "check_copy has to be of type object"),
    ],
)
async def test_a_wrong_call_is_told_in_words(name: str, arguments: Any, words: str) -> None:
    assert any(words in problem for problem in GOOD.validate(name, arguments)), GOOD.validate(name, arguments)
    seen = await GOOD.call("s1", name, arguments, small(plain_rows()))
    assert seen.result is None
    assert words in (seen.error or "")


CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("describe_data", {}),
    ("query_data", {"sql": "SELECT COUNT(*) FROM daily"}),
    ("compute_kpis", {"group_by": "campaign", "start": iso(10)}),
    ("test_significance", {"metric": "cvr", "a": {"end": iso(40)}, "b": {"start": iso(41)}}),
    ("detect_anomalies", {"metric": "roas"}),
    ("diagnose_campaign", {"campaign": "Alpha"}),
    ("reallocate_budget", {"objective": "conversions", "max_change": 0.3}),
    ("check_copy", {"text": "Hello", "kind": "headline"}),
)
SPACE = workspace(Made(), Made("Beta", channel="social"))


@pytest.mark.parametrize(("name", "arguments"), CALLS)
async def test_each_tool_answers_with_its_warnings(name: str, arguments: dict[str, Any]) -> None:
    assert GOOD.validate(name, arguments) == ()
    seen = await GOOD.call("s1", name, arguments, SPACE)
    assert (seen.step_id, seen.tool, seen.arguments, seen.error) == ("s1", name, arguments, None)
    assert isinstance((seen.result or {})["warnings"], list)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
@pytest.mark.parametrize(
    "context",
    [{}, {"data": [1, 2, 3]}, {"account": {"name": "x", "tables": {"daily": []}}}, {"account": {"tables": {"daily": [{"date": 5}]}}}],
)
async def test_each_tool_survives_data_without_what_it_needs(name: str, arguments: dict[str, Any], context: dict[str, Any]) -> None:
    seen = await GOOD.call("s1", name, arguments, Workspace.from_inline(context))
    assert (seen.result is None) != (seen.error is None)
    assert "failed on these data" not in (seen.error or "")


async def test_a_crash_of_a_tool_is_an_error_of_its_step() -> None:
    def crash(workspace: Workspace, arguments: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    seen = await ToolRegistry({"describe_data": crash}).call("s1", "describe_data", {}, SPACE)
    assert seen.error == "the tool describe_data failed on these data (ZeroDivisionError)"


async def test_a_result_is_computed_once_and_given_to_each_as_its_own() -> None:
    calls = []

    def count(workspace: Workspace, arguments: Any) -> dict[str, Any]:
        calls.append(arguments)
        return {"rows": [1]}

    tools, space = ToolRegistry({"compute_kpis": count}), small(plain_rows())
    first = await tools.call("s1", "compute_kpis", {"group_by": "total", "start": iso(0)}, space)
    (first.result or {})["rows"].append(2)
    second = await tools.call("s2", "compute_kpis", {"start": iso(0), "group_by": "total"}, space)
    assert second.result == {"rows": [1]}
    assert len(calls) == 1


async def test_releases_that_compute_differently_do_not_share_results() -> None:
    rows = [*plain_rows(1), *plain_rows(1, date=iso(1), impressions=500)]
    space = small(rows)
    values = [
        ((await tools.call("s1", "compute_kpis", {}, space)).result or {})["groups"][0]["ctr"]["value"]
        for tools in (GOOD, with_behaviour(kpi_aggregation="mean_of_ratios"), GOOD)
    ]
    assert values == pytest.approx([100 * 200 / 5500, 11.0, 100 * 200 / 5500])


async def failures(tools: ToolRegistry, draws: int = 400) -> list[bool]:
    space = small(plain_rows())
    seen = [await tools.call("s1", "compute_kpis", {}, space, draw=f"session-{number}") for number in range(draws)]
    assert {observation.error for observation in seen} <= {None, TOOL_ERROR}
    return [observation.error is not None for observation in seen]


async def test_tool_errors_come_at_their_rate_by_seed_and_draw() -> None:
    flaky = await failures(with_behaviour(tool_error_rate=0.1))
    assert 20 <= sum(flaky) <= 62
    assert flaky == await failures(with_behaviour(tool_error_rate=0.1))
    assert flaky != await failures(with_behaviour(tool_error_rate=0.1, seed=1))
    assert not any(await failures(GOOD, 50))
    assert all(await failures(with_behaviour(tool_error_rate=1.0), 50))


async def test_tool_errors_differ_by_step_and_arguments() -> None:
    tools, space = with_behaviour(tool_error_rate=0.5), small(plain_rows(9))
    by_step = [(await tools.call(f"s{number}", "compute_kpis", {}, space)).error is None for number in range(40)]
    by_argument = [(await tools.call("s1", "query_data", {"sql": f"SELECT {number}"}, space)).error is None for number in range(40)]
    assert 0 < sum(by_step) < 40
    assert 0 < sum(by_argument) < 40


async def test_many_calls_at_once_give_what_one_alone_gives() -> None:
    fresh = workspace(Made(), Made("Beta", channel="social"))
    at_once = await asyncio.gather(*(GOOD.call("s1", name, arguments, fresh) for name, arguments in CALLS * 10))
    alone = [await GOOD.call("s1", name, arguments, SPACE) for name, arguments in CALLS]
    assert list(at_once) == alone * 10
