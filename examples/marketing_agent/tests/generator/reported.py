"""Sums and rates that a test knows to be there."""

from __future__ import annotations

from typing import Any

from generator import truth_of
from generator.account import Account


def sums(account: Account, **filters: Any) -> dict[str, float]:
    """`truth_of.totals` without the columns that nothing reports."""
    return {column: value for column, value in truth_of.totals(account, **filters).items() if value is not None}


def rate(account: Account, metric: str, **filters: Any) -> float:
    """`truth_of.kpi` where there is one; fails the test where there is none."""
    value = truth_of.kpi(account, metric, **filters)
    assert value is not None, (metric, filters)
    return value
