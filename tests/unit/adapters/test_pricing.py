from __future__ import annotations

from decimal import Decimal

import genai_prices
import pytest
from genai_prices.data import providers
from genai_prices.types import ModelPrice, Provider, Tier, TieredPrices

from goldfinch.adapters import pricing
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


def priced_by_the_list(model: str, provider: str, usage: Usage) -> float | None:
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, cache_read_tokens=usage.cached_input_tokens
    )
    try:
        return float(genai_prices.calc_price(counted, model, provider_id=provider).total_price)
    except LookupError:
        return None


@pytest.mark.parametrize("provider", providers, ids=lambda provider: provider.id)
def test_costs_what_the_list_says_for_each_of_its_models(provider: Provider) -> None:
    prices = PriceList()
    for model in provider.models:
        for usage in (Usage(0, 0, 0), Usage(1234, 567, 89), Usage(300_001, 5, 300_000)):
            expected = priced_by_the_list(model.id, provider.id, usage)
            found = prices.cost_usd(model.id, provider.id, usage)
            assert found == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-15)), model.id


@pytest.mark.parametrize("input_tokens", [199_999, 200_000, 200_001, 400_000])
def test_a_longer_input_may_cost_more_for_every_token(input_tokens: int) -> None:
    price = ModelPrice(input_mtok=TieredPrices(base=Decimal(1), tiers=[Tier(start=200_000, price=Decimal(2))]), output_mtok=Decimal(10))
    tariff = pricing._Tariff(price)
    rate = 2 if input_tokens > 200_000 else 1
    assert tariff.cost_usd(input_tokens, 100_000, 0) == pytest.approx(rate * input_tokens / 1e6 + 1)
