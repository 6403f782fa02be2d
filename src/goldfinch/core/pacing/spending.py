"""What calls to models took together, and whether that is within a limit. Unknown is never 0."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Spent:
    """One call. `cost_usd` and `tokens` are None where they are unknown; `paid` is False of a replayed call."""

    cost_usd: float | None
    tokens: int | None
    paid: bool = True
    model: str | None = None


@dataclass(slots=True)
class Spending:
    """The sum of calls. The known sums are lower bounds as long as something is unknown."""

    calls: int = 0
    replayed: int = 0
    known_cost_usd: float = 0.0
    paid_usd: float = 0.0
    known_tokens: int = 0
    calls_without_price: int = 0
    calls_without_tokens: int = 0
    paid_calls_without_price: int = 0
    unpriced_models: set[str] = field(default_factory=set)

    def add(self, spent: Spent) -> None:
        self.calls += 1
        self.replayed += not spent.paid
        if spent.cost_usd is None:
            self.calls_without_price += 1
            self.paid_calls_without_price += spent.paid
            self.unpriced_models.add(spent.model or "not stated")
        else:
            self.known_cost_usd += spent.cost_usd
            self.paid_usd += spent.cost_usd if spent.paid else 0.0
        if spent.tokens is None:
            self.calls_without_tokens += 1
        else:
            self.known_tokens += spent.tokens

    @property
    def cost_usd(self) -> float | None:
        return None if self.calls_without_price else self.known_cost_usd

    @property
    def tokens(self) -> int | None:
        return None if self.calls_without_tokens else self.known_tokens


@dataclass(frozen=True, slots=True)
class SpendingLimit:
    """None is no limit."""

    usd: float | None = None
    tokens: int | None = None

    def exceeded_by(self, spending: Spending) -> str:
        """In words what is beyond the limit; empty where nothing is known to be."""
        if self.usd is not None and spending.known_cost_usd > self.usd:
            return f"{_usd(spending.known_cost_usd)} spent, {_usd(self.usd)} allowed ({_calls(spending.calls)})"
        if self.tokens is not None and spending.known_tokens > self.tokens:
            return f"{spending.known_tokens:,} tokens used, {self.tokens:,} allowed ({_calls(spending.calls)})"
        return ""

    def unknown_of(self, spending: Spending) -> str:
        """In words why nobody can tell whether the limit was kept; empty where it can be told."""
        if self.usd is not None and spending.calls_without_price:
            models = ", ".join(sorted(spending.unpriced_models))
            return f"the cost of {spending.calls_without_price} of {_calls(spending.calls)} is unknown (model {models})"
        if self.tokens is not None and spending.calls_without_tokens:
            return f"the tokens of {spending.calls_without_tokens} of {_calls(spending.calls)} are unknown"
        return ""


def _usd(amount: float) -> str:
    return f"${amount:.4g}"


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
