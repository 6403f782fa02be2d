"""Prices from the `genai-prices` package, which ships its list and is never asked to update it, under the user's own prices."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from goldfinch.core.output import Usage
from goldfinch.settings import Price

MILLION = 1_000_000


class PriceList:
    """Implements `ports.prices.Prices`. `overrides` are looked up by the model's exact name, before the list.

    Names that the list does not know are remembered: an unknown model is asked for once, not once a case.
    """

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._unknown: set[tuple[str, str | None]] = set()

    def cost_usd(self, model: str, provider: str | None, usage: Usage) -> float | None:
        """Price one answer in US dollars; None where anything that the price depends on is unknown."""
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        override = self._overrides.get(model)
        if override is not None:
            return _by(override, usage.input_tokens, usage.output_tokens, usage.cached_input_tokens or 0)
        if (model, provider) in self._unknown:
            return None
        cost = _from_list(model, provider, usage)
        if cost is None:
            self._unknown.add((model, provider))
        return cost


def _by(price: Price, input_tokens: int, output_tokens: int, cached: int) -> float:
    cached = min(cached, input_tokens)
    for_cached = price.input_per_mtok if price.cached_input_per_mtok is None else price.cached_input_per_mtok
    return ((input_tokens - cached) * price.input_per_mtok + cached * for_cached + output_tokens * price.output_per_mtok) / MILLION


def _from_list(model: str, provider: str | None, usage: Usage) -> float | None:
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_input_tokens or 0, usage.input_tokens or 0),
    )
    try:
        if provider is not None and "://" in provider:
            price = genai_prices.calc_price(counted, model, provider_api_url=provider)
        else:
            price = genai_prices.calc_price(counted, model, provider_id=provider)
    except (LookupError, ValueError):
        return None
    cost = float(price.total_price)
    return cost if isfinite(cost) else None
