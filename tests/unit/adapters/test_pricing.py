from __future__ import annotations

import pytest

from goldfinch.adapters.pricing import PriceList
from goldfinch.core.output import Usage
from goldfinch.settings import Price

USAGE = Usage(1_000_000, 1_000_000)


def test_prices_a_known_model() -> None:
    assert PriceList().cost_usd("gpt-4.1", "openai", USAGE) == pytest.approx(10.0)
    assert PriceList().cost_usd("gpt-4.1", "https://api.openai.com/v1", USAGE) == pytest.approx(10.0)


def test_cached_input_is_cheaper() -> None:
    cached = Usage(1_000_000, 0, 1_000_000)
    assert PriceList().cost_usd("gpt-4.1", "openai", cached) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("model", "provider"), [("no-such-model", None), ("gpt-4.1", "no-such-provider"), ("gpt-4.1", "http://127.0.0.1:9/v1")]
)
def test_what_is_unknown_stays_unknown(model: str, provider: str | None) -> None:
    prices = PriceList()
    assert prices.cost_usd(model, provider, USAGE) is None
    assert prices.cost_usd(model, provider, USAGE) is None


@pytest.mark.parametrize("usage", [Usage(None, 1), Usage(1, None), Usage()])
def test_unknown_tokens_have_no_price(usage: Usage) -> None:
    assert PriceList({"m": Price(input_per_mtok=1, output_per_mtok=1)}).cost_usd("m", None, usage) is None


def test_own_prices_come_first() -> None:
    own = PriceList({"gpt-4.1": Price(input_per_mtok=1, output_per_mtok=3, cached_input_per_mtok=0.5)})
    assert own.cost_usd("gpt-4.1", "openai", Usage(1_000_000, 1_000_000, 500_000)) == pytest.approx(0.5 + 0.25 + 3)
    free = PriceList({"local": Price(input_per_mtok=0, output_per_mtok=0)})
    assert free.cost_usd("local", None, USAGE) == 0.0
