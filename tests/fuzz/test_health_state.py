"""A saved health state comes from a database that anything may have happened to: it is read, or refused with one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from goldfinch.core.health.check import HealthState, assess, begin, take
from goldfinch.core.health.failures import HealthStateUnreadable, ImpossibleMeasurement
from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import HealthRules
from tests.health_streams import BEGIN, STEPS, interval, random_stratum

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
RULES = HealthRules(absolute_limits={"error_rate": 0.1})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def saved(seed: int) -> dict[str, Any]:
    random, state = Random(seed), begin(RULES, steps=STEPS)
    for index in range(3):
        state = take(RULES, state, one(random, index))
    read: dict[str, Any] = json.loads(json.dumps(state.to_state()))
    return read


def one(random: Random, index: int) -> Interval:
    return interval(index, random_stratum(random, 0, 8_000.0), step=min(1, index // 2))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, part in inner for deeper in paths(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], by)
    return copied


def goes_on_or_is_refused(state: Any) -> None:
    try:
        read = HealthState.from_state(state)
        assert HealthState.from_state(json.loads(json.dumps(read.to_state()))) == read
        read = take(RULES, read, one(Random(1), 4))
        assess(RULES, read, now=BEGIN, step=1)
        assess(RULES, read, now=BEGIN, step=2, after_promotion=True)
    except (HealthStateUnreadable, ImpossibleMeasurement) as error:
        refusal = str(error)
    else:
        return
    assert "\n" not in refusal
    assert len(refusal) < 400


def test_a_state_with_one_value_changed(fuzz: Fuzz) -> None:
    @fuzz(250, st.integers(0, 20), st.randoms(use_true_random=False), JSON)
    def check(seed: int, random: Random, by: Any) -> None:
        state = saved(seed)
        goes_on_or_is_refused(replaced(state, random.choice(paths(state)), by))


def test_anything_at_all(fuzz: Fuzz) -> None:
    @fuzz(100, JSON)
    def check(state: Any) -> None:
        goes_on_or_is_refused(state)
