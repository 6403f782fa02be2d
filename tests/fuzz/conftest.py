"""How much to fuzz: the same examples every time by default, ten times as many and new ones in `make test-long`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

Check = Callable[..., None]


@pytest.fixture(params=[pytest.param(1, id="short"), pytest.param(10, id="full", marks=pytest.mark.long)])
def fuzz(request: pytest.FixtureRequest) -> Callable[..., Callable[[Check], None]]:
    """`@fuzz(300, strategy)` above a function calls it with 300 examples at once (3,000 in the full size)."""
    scale: int = request.param

    def of_size(examples: int, *strategies: SearchStrategy[Any]) -> Callable[[Check], None]:
        limits = settings(
            max_examples=examples * scale,
            deadline=None,
            database=None,
            derandomize=scale == 1,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
        return lambda check: limits(given(*strategies)(check))()

    return of_size
