"""What agents ask about money."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.output import Usage


class Prices(Protocol):
    """A price list."""

    def cost_usd(self, model: str, provider: str | None, usage: Usage) -> float | None:
        """Price one answer in US dollars; None where the model, the provider or a token count is unknown, never 0 for that.

        `provider` is a provider id (`openai`) or the base URL of an API; None lets the list find the model's own provider.
        """
        ...
