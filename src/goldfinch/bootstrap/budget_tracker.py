"""`goldfinch.BudgetTracker`: what the calls inside a block cost, and a limit that is kept (REQUIREMENTS R55)."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from goldfinch.adapters.agents.outputs import OutputInvalid, priced, read_output
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.watching import Account, Watch
from goldfinch.core.errors import BudgetExhausted, InfrastructureError, UsageError
from goldfinch.core.pacing.spending import Spending, SpendingLimit, Spent

_LARGEST = 1e12


class BudgetTracker:
    """Counts calls to models while its block runs, and what `add` is given.

        with BudgetTracker(max_cost=0.05, max_tokens=2000) as tracker:
            result = await agent.reason(task)
            assert tracker.total_cost < 0.05

    Calls are seen where the SDK's client reads its address from the environment and is made inside the block, or, in a pytest session
    that Goldfinch watches, anywhere. Beyond the limit the next call is refused, and the end of the block raises `BudgetExhausted`
    (E2020). A call whose price is not known is not free: the block raises `InfrastructureError` (E2021) where there is a limit on cost,
    and so does `total_cost`. Replayed calls count with what they cost when they were recorded. Works with `async with` too.
    """

    def __init__(self, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        """`max_cost` in US dollars; None is no limit. Raises `UsageError` for what is no amount."""
        _require_amount("max_cost", max_cost)
        _require_amount("max_tokens", max_tokens)
        self._account = Account(SpendingLimit(max_cost, max_tokens))
        self._watch: Watch | None = None
        self._stack = ExitStack()
        self._depth = 0

    def __repr__(self) -> str:
        return f"BudgetTracker({self.limit}, {self.spending})"

    @property
    def limit(self) -> SpendingLimit:
        return self._account.limit

    @property
    def spending(self) -> Spending:
        """All that was counted; its known sums are lower bounds where something is unknown."""
        return self._account.spending

    @property
    def calls(self) -> int:
        """Calls that were counted, replayed ones included."""
        return self.spending.calls

    @property
    def total_cost(self) -> float:
        """US dollars so far. Raises `InfrastructureError` (E2021) where the price of a call is not known."""
        if self.spending.cost_usd is None:
            raise _unknown(SpendingLimit(usd=0.0).unknown_of(self.spending))
        return self.spending.cost_usd

    @property
    def total_tokens(self) -> int:
        """Tokens so far, input and output. Raises `InfrastructureError` (E2021) where those of a call are not known."""
        if self.spending.tokens is None:
            raise _unknown(SpendingLimit(tokens=0).unknown_of(self.spending))
        return self.spending.tokens

    def add(self, output: Any) -> None:
        """Count an answer by hand: an `Output`, or what an agent may return (`{"text": …, "model": …, "input_tokens": …}`).

        For calls that nothing else sees, such as those of a fake. Raises `UsageError` (E2026) for what is no answer.
        """
        try:
            answer = priced(read_output(output), PriceList() if self._watch is None else self._watch.prices)
        except OutputInvalid as error:
            raise UsageError(f"nothing to count: {error}", where="BudgetTracker.add", code="E2026") from None
        tokens = None if answer.usage is None else answer.usage.total_tokens
        self.spending.add(Spent(answer.cost_usd, tokens, model=answer.model))

    def check(self) -> None:
        """Raise `BudgetExhausted` (E2020) beyond the limit, `InfrastructureError` (E2021) where nobody can tell."""
        if over := self.limit.exceeded_by(self.spending):
            raise BudgetExhausted(over, where="budget", hint="make fewer or smaller calls, or allow more", code="E2020")
        if unknown := self.limit.unknown_of(self.spending):
            raise _unknown(unknown)

    def open_in(self, watch: Watch, *, may_ask: bool) -> None:
        """Count what goes through `watch`, as long as `close` is not called. For whoever holds a watch; a block does this by itself."""
        self._account.may_ask = may_ask
        self._watch = watch
        self._depth += 1
        watch.open(self._account)

    def close(self) -> None:
        """Count no more."""
        self._depth = 0
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close(self._account)
        self._stack.close()

    def __enter__(self) -> Self:
        if self._depth:
            self._account.may_ask = True
            self._depth += 1
            return self
        watch = Watch.current
        if watch is None:
            watch = Watch()
            watch.start()
            self._stack.callback(watch.stop)
        else:
            self._stack.enter_context(watch.leading_here())
        self.open_in(watch, may_ask=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        __tracebackhide__ = True
        self._depth -= 1
        if not self._depth:
            self.close()
        if error is None or isinstance(error, Exception):
            self.check()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        __tracebackhide__ = True
        self.__exit__(kind, error, traceback)


def _unknown(what: str) -> InfrastructureError:
    hint = "give the model a price under 'prices:' in goldfinch.yaml; ask streams for their usage (stream_options: include_usage)"
    return InfrastructureError(what, where="budget", hint=hint, code="E2021")


def _require_amount(name: str, value: object) -> None:
    if value is not None and not (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LARGEST):
        raise UsageError(f"{name} is {value!r:.40}, not an amount of at least 0", where="BudgetTracker", code="E2026")
