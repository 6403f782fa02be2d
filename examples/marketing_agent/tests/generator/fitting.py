"""A fit of response curves that shares nothing with the generator: Poisson regression of conversions on log cost and weekday."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Fitted:
    exponent: float
    standard_error: float
    """Of the exponent, if counts were Poisson."""
    at_reference: float
    """Conversions on an average day at the reference cost."""


def fit(rows: Sequence[Mapping[str, Any]], reference: float) -> Fitted:
    """Iteratively reweighted least squares (McCullagh and Nelder, Generalized Linear Models, chapter 2); log link."""
    counts = np.array([row["conversions"] for row in rows], dtype=float)
    weekdays = np.array([date.fromisoformat(row["date"]).weekday() for row in rows])
    dummies = np.eye(7)[weekdays]
    design = np.column_stack([dummies, np.log([row["cost"] / reference for row in rows])])
    beta = np.append(np.full(7, math.log(counts.mean())), 0.5)
    for _ in range(50):
        mean = np.exp(design @ beta)
        information = design.T @ (mean[:, None] * design)
        beta = beta + np.linalg.solve(information, design.T @ (counts - mean))
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return Fitted(float(beta[7]), float(errors[7]), float(np.exp(beta[:7]).mean()))
