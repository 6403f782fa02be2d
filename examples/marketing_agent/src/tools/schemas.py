"""What each tool is called with: JSON schemas in the OpenAI function format, and arguments held against them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from src.tools.errors import name_list, shortened
from src.tools.kpis import GROUPS
from src.tools.query import DEFAULT_ROWS, MAX_ROWS
from src.tools.ratios import METRICS

Schema = dict[str, Any]
MAX_TEXT = 10_000
_START: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}$",
    "description": "First day, ISO (2026-10-01), inclusive; absent: the account's first day.",
}
_END: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}$",
    "description": "Last day, ISO (2026-10-31), inclusive; absent: the account's last day.",
}
_DAYS = {"start": _START, "end": _END}


def _name(what: str) -> Schema:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_TEXT,
        "description": f"Exact name of the {what}, as describe_data lists it; absent: all.",
    }


_FILTERS = {"campaign": _name("campaign"), "channel": _name("channel"), "audience": _name("audience"), **_DAYS}
_METRIC: Schema = {
    "type": "string",
    "enum": list(METRICS),
    "description": "ctr and cvr in percent; cpa, cpc in the account's currency; roas revenue per cost; conversions, cost, revenue per day.",
}


def _object(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False}


def _side(which: str) -> Schema:
    return {**_object({**_FILTERS, "creative": _name("creative")}), "description": f"The rows of {which}."}


_LIMIT = _object(
    {
        "min": {"type": "number", "minimum": 0, "description": "Least per day, in the account's currency."},
        "max": {"type": "number", "minimum": 0, "description": "Most per day, in the account's currency."},
    }
)

PARAMETERS: Mapping[str, tuple[str, Schema]] = {
    "describe_data": (
        "What the account holds: name, currency, first and last day, tables, campaigns, creatives, budget (per day), brand rules, targets, notes.",
        _object({}),
    ),
    "query_data": (
        (
            "Run one read-only SQLite SELECT over the account's tables (daily, orders, creatives, leads). Dates are ISO texts, money in the account's "
            "currency. Personal columns of leads are masked; counting them works."
        ),
        _object(
            {
                "sql": {"type": "string", "minLength": 1, "maxLength": 20_000, "description": "One SELECT statement in SQLite's dialect."},
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_ROWS,
                    "default": DEFAULT_ROWS,
                    "description": "Most rows that are returned.",
                },
            },
            ("sql",),
        ),
    ),
    "compute_kpis": (
        "Sums and key figures with 95 % intervals: CTR and CVR in percent, CPA and CPC in the account's currency, ROAS as a factor; always ratios of sums.",
        _object(
            {
                "group_by": {
                    "type": "string",
                    "enum": list(GROUPS),
                    "default": "total",
                    "description": "What makes a group; weeks are ISO weeks.",
                },
                **_FILTERS,
            }
        ),
    ),
    "test_significance": (
        "Whether a metric differs between the rows a and b (periods, campaigns, creatives) by more than chance; relative change of b against a, p-value.",
        _object(
            {"metric": _METRIC, "a": _side("the reference, such as the earlier period"), "b": _side("what is compared with it")},
            ("metric", "a", "b"),
        ),
    ),
    "detect_anomalies": (
        "Days on which the level of a metric changes, and single days that stand out, weekday effects removed.",
        _object({"metric": _METRIC, **_FILTERS}, ("metric",)),
    ),
    "diagnose_campaign": (
        "Why a campaign got worse: broken_landing_page, tracking_gap, bid_inflation, creative_fatigue or none; since when, evidence, what is ruled out.",
        _object(
            {"campaign": {**_name("campaign"), "description": "Exact name of the campaign, as describe_data lists it."}, **_DAYS},
            ("campaign",),
        ),
    ),
    "reallocate_budget": (
        "The split of a daily budget over the campaigns that earns most, with diminishing returns and within all limits; says why where a wish cannot be granted.",
        _object(
            {
                "total": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "description": "To spend per day, in the account's currency; absent: as now.",
                },
                "objective": {
                    "type": "string",
                    "enum": ["revenue", "conversions"],
                    "default": "revenue",
                    "description": "What is to be most.",
                },
                "limits": {
                    "type": "object",
                    "additionalProperties": _LIMIT,
                    "description": "By campaign, least and most per day; they tighten the account's own limits.",
                },
                "max_change": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1,
                    "description": "Most that a campaign may change, as a fraction of its current spend: 0.2 is 20 %.",
                },
                "keep": {"type": "array", "items": {"type": "string"}, "description": "Campaigns that stay at their current spend."},
                **_DAYS,
            }
        ),
    ),
    "check_copy": (
        "Whether an advertising text keeps the brand's rules: length in characters, banned phrases, required disclaimers.",
        _object(
            {
                "text": {"type": "string", "maxLength": MAX_TEXT, "description": "The text to check."},
                "kind": {"type": "string", "enum": ["headline", "body"], "default": "body", "description": "Which length limit holds."},
            },
            ("text",),
        ),
    ),
}


@cache
def function_schemas() -> tuple[Schema, ...]:
    """All tools in the OpenAI function format."""
    return tuple(
        {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
        for name, (description, parameters) in PARAMETERS.items()
    )


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(PARAMETERS[name][1])


def problems(name: str, arguments: object) -> tuple[str, ...]:
    """What is wrong with a call, in words that a planner can act on; empty where nothing is."""
    if name not in PARAMETERS:
        return (f"unknown tool {shortened(name)!r}; known: {name_list(PARAMETERS)}",)
    found = sorted(_validator(name).iter_errors(arguments), key=lambda error: [str(part) for part in error.absolute_path])
    if found:
        return tuple(text for error in found for text in _words(name, error))
    return tuple(f"{name}: {text}" for text in _bad_days("", arguments))


def _words(tool: str, error: ValidationError) -> Iterator[str]:
    where = f"{tool}: " + ".".join(str(part) for part in error.absolute_path)
    place = where.rstrip(": ") if not error.absolute_path else where
    kind, wanted = error.validator, cast("Any", error.validator_value)
    if kind == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        given = error.instance if isinstance(error.instance, Mapping) else {}
        yield f"{place}: unknown argument {name_list(str(key) for key in given if key not in known)}; known: {name_list(known)}"
    elif kind == "required":
        yield f"{place}: {re.sub(r' is a required property', ' is missing', shortened(error.message))}"
    elif kind == "enum":
        yield f"{place} has to be one of {name_list(str(value) for value in wanted)}"
    elif kind == "pattern":
        yield f"{place} has to be an ISO day such as 2026-10-31"
    elif kind == "type":
        yield f"{place} has to be of type {wanted}"
    else:
        yield f"{place} has to keep {kind} {wanted}"


def _bad_days(place: str, arguments: object) -> Iterator[str]:
    """Days that no calendar has, and periods that end before they begin."""
    if not isinstance(arguments, Mapping):
        return
    days: dict[str, date] = {}
    for key, value in arguments.items():
        if key in ("start", "end"):
            try:
                days[key] = date.fromisoformat(value)
            except ValueError:
                yield f"{place}{key}: {value} is no day of the calendar"
        elif key in ("a", "b"):
            yield from _bad_days(f"{key}.", value)
    if len(days) == 2 and days["end"] < days["start"]:
        yield f"{place}end {days['end']} is before {place}start {days['start']}"
