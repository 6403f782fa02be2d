"""A small account as `describe_data` tells it, and a scripted set of tools with the contract's result shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.domain import ModelRequest, Observation, Plan, PlanStep, Recollection, Task
from src.models.deterministic import RulesModel

CAMPAIGNS = (
    ("Trail Boots Prospecting", "social", "new"),
    ("Summit Retargeting", "display", "returning"),
    ("Rain Jackets Search", "search", "returning"),
    ("Outdoor Newsletter", "email", "returning"),
    ("Backpack Films", "video", "new"),
    ("Winter Layers Social", "social", "returning"),
    ("Ice Axe Search", "search", "new"),
)

OVERVIEW: Mapping[str, Any] = {
    "name": "aurora-outdoor",
    "currency": "EUR",
    "first_date": "2026-08-09",
    "last_date": "2026-10-31",
    "tables": {
        "daily": {
            "rows": 588,
            "columns": ["date", "campaign", "channel", "audience", "impressions", "clicks", "conversions", "cost", "revenue"],
        },
        "orders": {"rows": 588, "columns": ["date", "campaign", "orders", "order_value"]},
        "creatives": {"rows": 1700, "columns": ["date", "campaign", "creative", "headline"]},
        "leads": {"rows": 40, "columns": ["lead_id", "date", "campaign", "full_name", "email", "phone"]},
    },
    "campaigns": [{"name": name, "channel": channel, "audience": audience} for name, channel, audience in CAMPAIGNS],
    "channels": ["social", "display", "search", "email", "video"],
    "audiences": ["new", "returning"],
    "creatives": [
        {"campaign": name, "creative": f"{name} {letter}", "headline": f"{name}, made well"} for name, _, _ in CAMPAIGNS for letter in "ABC"
    ],
    "budget": {"daily_total": 4210.0, "limits": {name: {"min": 20.0, "max": 1900.0} for name, _, _ in CAMPAIGNS}},
    "brand": {"name": "Aurora Outdoor"},
    "targets": {"cpa": 20.5, "roas": 4.4},
    "notes": ["The autumn catalogue went out in September."],
    "warnings": [],
}


def ratio(value: float | None) -> dict[str, float | None]:
    return {"value": value, "low": None if value is None else value * 0.9, "high": None if value is None else value * 1.1}


def group(key: str, cost: float, conversions: int | None, revenue: float) -> dict[str, Any]:
    cpa = None if not conversions else cost / conversions
    return {
        "key": key,
        "impressions": 100_000,
        "clicks": 2_000,
        "conversions": conversions,
        "cost": cost,
        "revenue": revenue,
        "orders": conversions,
        "ctr": ratio(2.0),
        "cvr": ratio(None if conversions is None else conversions / 20),
        "cpa": ratio(cpa),
        "cpc": ratio(cost / 2_000),
        "roas": ratio(revenue / cost),
    }


KEYS = {
    "total": ["total"],
    "campaign": [name for name, _, _ in CAMPAIGNS],
    "channel": ["social", "display", "search", "email", "video"],
    "audience": ["new", "returning"],
    "creative": ["Trail Boots Prospecting A", "Trail Boots Prospecting B"],
    "date": ["2026-10-01", "2026-10-02"],
    "week": ["2026-W40", "2026-W41"],
    "month": ["2026-09", "2026-10"],
}


def call(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a tool gives; the numbers are made up, the shapes are the contract's."""
    return {
        "describe_data": lambda: dict(OVERVIEW),
        "compute_kpis": lambda: {
            "groups": [group(key, 1000.0 - 100 * i, 40 - 5 * i, 3000.0 + 400 * i) for i, key in enumerate(KEYS[arguments["group_by"]])],
            "currency": "EUR",
            "start": "2026-08-09",
            "end": "2026-10-31",
            "days": 84,
            "missing_days": ["2026-10-15", "2026-10-16"],
            "warnings": ["Missing days (all campaigns): 2026-10-15, 2026-10-16"],
        },
        "test_significance": lambda: {
            "metric": arguments["metric"],
            "a": {**ratio(2.0), "n": 1000},
            "b": {**ratio(1.5), "n": 900},
            "relative_change": -0.25,
            "p_value": 0.012,
            "significant": True,
            "enough_data": True,
            "method": "two proportions",
            "warnings": [],
        },
        "detect_anomalies": lambda: {
            "metric": arguments["metric"],
            "change_points": [{"date": "2026-09-20", "before": 2.0, "after": 1.0, "relative_change": -0.5, "p_value": 0.001}],
            "anomalies": [{"date": "2026-10-03", "value": 9.0, "expected": 4.0, "z": 4.2}],
            "days": 84,
            "warnings": [],
        },
        "diagnose_campaign": lambda: {
            "campaign": arguments["campaign"],
            "cause": "broken_landing_page" if arguments["campaign"] == "Backpack Films" else "none",
            "since": "2026-10-05" if arguments["campaign"] == "Backpack Films" else None,
            "evidence": [{"metric": "cvr", "before": 2.0, "after": 0.8, "relative_change": -0.6}],
            "explanation": "Visitors come as before, but fewer of them buy.",
            "confidence": 0.9,
            "ruled_out": [{"cause": "tracking_gap", "why": "the shop's orders fell too"}],
            "warnings": [],
        },
        "reallocate_budget": lambda: split(arguments),
        "check_copy": lambda: {
            "passes": "cheapest" not in arguments["text"],
            "violations": [{"rule": "banned_phrases", "text": "cheapest", "why": "the brand does not use this phrase"}]
            if "cheapest" in arguments["text"]
            else [],
            "characters": len(arguments["text"]),
            "warnings": [],
        },
        "query_data": lambda: {"columns": ["leads"], "rows": [[17]], "row_count": 1, "truncated": False, "warnings": []},
    }[tool]()


def split(arguments: Mapping[str, Any]) -> dict[str, Any]:
    feasible = arguments.get("total", 0) <= 4210
    return {
        "current": {"Rain Jackets Search": 900.0, "Backpack Films": 600.0, "Outdoor Newsletter": 180.0},
        "proposed": {"Rain Jackets Search": 1100.0, "Backpack Films": 400.0, "Outdoor Newsletter": 180.0} if feasible else {},
        "total": 1680.0,
        "expected_current": 100.0,
        "expected_proposed": 112.0,
        "expected_gain": 0.12,
        "binding": ["Outdoor Newsletter is kept"],
        "feasible": feasible,
        "why_not": None if feasible else "budget.daily_total allows at most 4210.00",
        "warnings": [],
    }


async def turn(
    model: RulesModel,
    question: str,
    memory: Recollection = Recollection(),  # noqa: B008 - a value
    *,
    overview: Mapping[str, Any] = OVERVIEW,
    problems: tuple[str, ...] = (),
    failing: str = "",
) -> tuple[list[Mapping[str, Any]], Mapping[str, Any], tuple[Observation, ...]]:
    """Plan, carry out with the scripted tools, write: the steps, the reply and what was observed."""
    task = Task(question, context={"account": "aurora-outdoor"})
    planned = await model.generate(ModelRequest("plan", task, account=overview, memory=memory))
    steps = planned["plan"]["steps"]
    plan = Plan(tuple(PlanStep(f"s{i}", s["thought"], s["tool"], s["arguments"]) for i, s in enumerate(steps, 1)), "", 0.01)
    observed = tuple(observe(step, overview, failing) for step in plan.steps)
    request = ModelRequest("write", task, account=overview, memory=memory, plan=plan, observations=observed, problems=problems)
    return steps, await model.generate(request), observed


def observe(step: PlanStep, overview: Mapping[str, Any], failing: str) -> Observation:
    tool = step.tool or ""
    if tool == failing:
        return Observation(step.id, tool, step.arguments, error="no connection")
    result = overview if tool == "describe_data" else call(tool, step.arguments)
    return Observation(step.id, tool, step.arguments, result=result)
