"""What a task has taken and may still take, in tokens and US dollars."""

from __future__ import annotations

from src.config import Config
from src.domain import ReasoningError, TokenUsage

LEAST_TOKENS = 200
"""With fewer tokens left a call of the model cannot give anything."""


class LimitReached(ReasoningError):
    """The task took what it may take before there was an answer."""


class Spending:
    """One task's account. A call is refused that cannot fit; what a call took is known when it ends."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.usage = TokenUsage()

    @property
    def cost(self) -> float:
        """US dollars at the configured prices."""
        return self.cost_of(self.usage)

    def cost_of(self, usage: TokenUsage) -> float:
        config = self._config
        return (usage.input_tokens * config.price_input_per_mtok + usage.output_tokens * config.price_output_per_mtok) / 1e6

    def count(self, usage: TokenUsage) -> None:
        self.usage += usage

    def tokens_left(self) -> int:
        """By the limit in tokens and by that in dollars, as if every token were of the dearer kind; may be negative."""
        tokens = self._config.max_tokens_per_test - self.usage.total
        dearest = max(self._config.price_input_per_mtok, self._config.price_output_per_mtok)
        if dearest == 0:
            return tokens
        return min(tokens, int((self._config.max_cost_per_test - self.cost) * 1e6 / dearest))

    def require(self, purpose: str) -> int:
        """Tokens left for a call. Raises `LimitReached` where they are too few."""
        left = self.tokens_left()
        if left < LEAST_TOKENS:
            config = self._config
            raise LimitReached(
                f"the task's limit ({config.max_tokens_per_test} tokens, ${config.max_cost_per_test:g}) leaves nothing to {purpose} with: "
                f"{self.usage.total} tokens, ${self.cost:.4f} are spent"
            )
        return left
