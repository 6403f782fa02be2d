"""Prices from the `genai-prices` package, which ships its list and is never asked to update it, under the user's own prices."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from goldfinch.core.output import Usage
from goldfinch.settings import Price

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

MILLION = 1_000_000


class PriceList:
    """Implements `ports.prices.Prices`. `overrides` are looked up by the model's exact name, before the list.

    A model is looked up in the list once, also one that the list does not know: a look-up takes most of the time of a request.
    """

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._listed: dict[tuple[str, str | None], _Listed | None] = {}

    def cost_usd(self, model: str, provider: str | None, usage: Usage) -> float | None:
        """Price one answer in US dollars; None where anything that the price depends on is unknown."""
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        cached = min(usage.cached_input_tokens or 0, usage.input_tokens)
        override = self._overrides.get(model)
        if override is not None:
            return _by(override, usage.input_tokens, usage.output_tokens, cached)
        key = (model, provider)
        if key not in self._listed:
            self._listed[key] = _look_up(model, provider)
        listed = self._listed[key]
        return None if listed is None else listed.cost_usd(usage.input_tokens, usage.output_tokens, cached)


class _Rates(NamedTuple):
    """US dollars per request and per token."""

    request: float
    fresh_input: float
    cached_input: float
    output: float


class _Tariff:
    """One price of one model, read once per tier of input length: a cost then is three products."""

    def __init__(self, price: ModelPrice) -> None:
        self._price = price
        self._starts = sorted({tier.start for part in vars(price).values() for tier in getattr(part, "tiers", ())})
        self._rates: dict[int, _Rates] = {}

    def cost_usd(self, input_tokens: int, output_tokens: int, cached: int) -> float:
        tier = bisect_left(self._starts, input_tokens)  # a tier holds above its start, not at it
        rates = self._rates.get(tier)
        if rates is None:
            rates = self._rates[tier] = self._rates_at(self._starts[tier - 1] + 1 if tier else 1)
        tokens = (input_tokens - cached) * rates.fresh_input + cached * rates.cached_input + output_tokens * rates.output
        return rates.request + tokens

    def _rates_at(self, length: int) -> _Rates:
        """Read the rates for inputs of `length` tokens from what such requests cost."""
        request = self._total(0, 0, 0)
        fresh = self._total(length, 0, 0)
        cached = self._total(length, 0, length)
        output = self._total(length, MILLION, 0)
        rates = (request, (fresh - request) / length, (cached - request) / length, (output - fresh) / MILLION)
        return _Rates(*map(float, rates))

    def _total(self, input_tokens: int, output_tokens: int, cached: int) -> Decimal:
        import genai_prices

        usage = genai_prices.Usage(input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=cached)
        return self._price.calc_price(usage)["total_price"]


class _Listed:
    """One model of the list. Its price may change with the date or the hour."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info
        self._fixed = None if isinstance(info.prices, list) else _Tariff(info.prices)
        self._by_price: dict[int, _Tariff] = {}

    def cost_usd(self, input_tokens: int, output_tokens: int, cached: int) -> float | None:
        cost = (self._fixed or self._now()).cost_usd(input_tokens, output_tokens, cached)
        return cost if isfinite(cost) else None

    def _now(self) -> _Tariff:
        price = self._info.get_prices(datetime.now(UTC))
        tariff = self._by_price.get(id(price))  # the list holds its prices for the life of the process
        if tariff is None:
            tariff = self._by_price[id(price)] = _Tariff(price)
        return tariff


def _look_up(model: str, provider: str | None) -> _Listed | None:
    import genai_prices

    probe = genai_prices.Usage(input_tokens=1, output_tokens=1)
    try:
        if provider is not None and "://" in provider:
            found = genai_prices.calc_price(probe, model, provider_api_url=provider)
        else:
            found = genai_prices.calc_price(probe, model, provider_id=provider)
    except (LookupError, ValueError):
        return None
    return _Listed(found.model)


def _by(price: Price, input_tokens: int, output_tokens: int, cached: int) -> float:
    for_cached = price.input_per_mtok if price.cached_input_per_mtok is None else price.cached_input_per_mtok
    return ((input_tokens - cached) * price.input_per_mtok + cached * for_cached + output_tokens * price.output_per_mtok) / MILLION
