"""Every number that a golden case expects, computed again from the text of the CSV files by other code than wrote it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator.accounts import generate
from generator.golden import SEED
from tests.generator.judging import GOLDEN

DATA = Path(__file__).parents[2] / "data"
DIVIDED = {
    "ctr": "clicks/impressions",
    "cvr": "conversions/clicks",
    "cpa": "cost/conversions",
    "cpc": "cost/clicks",
    "roas": "revenue/cost",
}
CASES = [json.loads(line) for path in sorted(GOLDEN.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
NUMBERED = [case for case in CASES if case["expected"].get("numbers")]


def read(account: str, table: str) -> list[dict[str, str]]:
    with (DATA / account / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def selected(account: str, table: str, source: dict[str, Any]) -> list[dict[str, str]]:
    where = {key: source[key] for key in ("campaign", "channel", "audience", "creative") if key in source}
    found = [row for row in read(account, table) if source["start"] <= row["date"] <= source["end"]]
    return [row for row in found if all(row.get(key, value) == value for key, value in where.items())]


def figure(account: str, source: dict[str, Any]) -> float:
    metric = source["figure"]
    table = "orders" if metric == "orders" else "creatives" if "creative" in source else "daily"
    rows = selected(account, table, source)
    if metric not in DIVIDED:
        return sum(float(row[metric]) for row in rows if row[metric])
    top, bottom = DIVIDED[metric].split("/")
    whole = [row for row in rows if row[top] and row[bottom]]
    scale = 100 if metric in ("ctr", "cvr") else 1
    return scale * sum(float(row[top]) for row in whole) / sum(float(row[bottom]) for row in whole)


def per_day(account: str, source: dict[str, Any]) -> float:
    """The sum over campaigns of cost per day with data."""
    rows = selected(account, "daily", source)
    names = {row["campaign"] for row in rows}
    costs = {name: [float(row["cost"]) for row in rows if row["campaign"] == name and row["cost"]] for name in names}
    return sum(sum(found) / len(found) for found in costs.values())


def gain_percent(account: str, source: dict[str, Any]) -> float:
    """The best allocation found by giving out one unit of money after the other to whom it earns most, not by calculus."""
    (truth,) = [one.truth for one in generate(SEED) if one.name == account]
    document = json.loads((DATA / account / "account.json").read_text(encoding="utf-8"))
    september = {"start": "2026-09-01", "end": "2026-09-30"}
    now = {name: per_day(account, {**september, "campaign": name}) for name in truth.curves}
    limits = {name: [bounds["min"], bounds["max"]] for name, bounds in document["budget"]["limits"].items()}
    if keep := source.get("keep"):
        limits[keep] = [now[keep], now[keep]]

    def value(name: str, cost: float) -> float:
        curve = truth.curves[name]
        sold = curve.scale * (cost / curve.reference) ** curve.exponent
        return float(sold * (curve.value_per_conversion if source["gain_percent"] == "revenue" else 1))

    given, left = {name: bounds[0] for name, bounds in limits.items()}, sum(now.values()) - sum(bounds[0] for bounds in limits.values())
    while left > 1e-9:
        step = min(1.0, left)
        best = max(
            (name for name in given if given[name] + step <= limits[name][1]),
            key=lambda name: value(name, given[name] + step) - value(name, given[name]),
        )
        given[best] += step
        left -= step
    return 100 * (sum(value(name, cost) for name, cost in given.items()) / sum(value(name, cost) for name, cost in now.items()) - 1)


def in_document(account: str, source: dict[str, Any]) -> float:
    found = json.loads((DATA / account / "account.json").read_text(encoding="utf-8"))
    for key in source["document"]:
        found = found[key]
    return float(found)


def recomputed(case: dict[str, Any], source: dict[str, Any]) -> float:
    account = case["context"]["account"]
    if "figure" in source:
        return figure(account, source)
    if "per_day" in source:
        return per_day(account, source)
    if "gain_percent" in source:
        return gain_percent(account, source)
    if "document" in source:
        return in_document(account, source)
    if "difference" in source:
        more, less = (figure(account, {**source, "figure": source["difference"], "audience": audience}) for audience in source["audiences"])
        return more - less
    if "leads" in source:
        return float(sum(row["campaign"] == source["leads"] for row in read(account, "leads")))
    return float(next(number for number in _said(case) if number == source["said"]))


def _said(case: dict[str, Any]) -> list[float]:
    """The numbers in the messages of the user."""
    messages = case["input"] if isinstance(case["input"], list) else [{"content": case["input"]}]
    text = " ".join(message["content"] for message in messages)
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@pytest.mark.parametrize("case", NUMBERED, ids=[case["id"] for case in NUMBERED])
def test_the_expected_numbers_are_right(case: dict[str, Any]) -> None:
    sources = case["metadata"]["sources"]
    for number, source in zip(case["expected"]["numbers"], sources, strict=True):
        near = 0.05 if "gain_percent" in source else 1e-3
        assert recomputed(case, source) == pytest.approx(number["value"], rel=1e-4, abs=near), number["label"]


def test_the_mistake_of_averaging_ratios_is_outside_the_tolerance() -> None:
    """For each case tagged `ratio`, over days as over rows."""
    for case in CASES:
        if "ratio" not in case["tags"]:
            continue
        (number,), (source,) = case["expected"]["numbers"], case["metadata"]["sources"]
        allowed = max(number["tolerance"], number["relative"] * number["value"])
        for wrong in averaged(case["context"]["account"], source):
            assert abs(wrong - number["value"]) > 1.2 * allowed, case["id"]


def averaged(account: str, source: dict[str, Any]) -> tuple[float, float]:
    top, bottom = DIVIDED[source["figure"]].split("/")
    scale = 100 if source["figure"] in ("ctr", "cvr") else 1
    rows = selected(account, "daily", source)
    days = {day: [row for row in rows if row["date"] == day] for day in {row["date"] for row in rows}}
    of_days = [(sum(float(row[top]) for row in day), sum(float(row[bottom]) for row in day)) for day in days.values()]
    of_rows = [(float(row[top]), float(row[bottom])) for row in rows]
    means = []
    for pairs in (of_days, of_rows):
        ratios = [above / below for above, below in pairs if below]
        means.append(scale * sum(ratios) / len(ratios))
    return means[0], means[1]
