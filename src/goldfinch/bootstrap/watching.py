"""Wires the watch over a test session: what goes to models is counted, limited, recorded or replayed, and never sent by accident."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from goldfinch.adapters.cassettes.environment import KEYS, upstreams_now, with_stand_in_keys
from goldfinch.adapters.cassettes.format import FILE
from goldfinch.adapters.cassettes.recording import Recording
from goldfinch.adapters.cassettes.watching import Call, Watching
from goldfinch.adapters.pricing import PriceList
from goldfinch.adapters.spending_file import SpendingFile
from goldfinch.bootstrap.exchanges import led_to_proxy, matching_of, open_replay
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.pacing.spending import Spending, SpendingLimit, Spent
from goldfinch.core.wire.exchanges import Scrubber
from goldfinch.ports.prices import Prices


class Account:
    """What is spent on one thing (a test, a block of code), and its limit. `may_ask`: who opens it means to pay."""

    def __init__(self, limit: SpendingLimit, *, may_ask: bool = True) -> None:
        self.limit = limit
        self.spending = Spending()
        self.may_ask = may_ask


class Watch:
    """The proxy of this process and who looks at it. One at a time: `Watch.current`."""

    current: Watch | None = None

    def __init__(self, *, folder: Path | None = None, session_usd: float | None = None, ledger: SpendingFile | None = None) -> None:
        self._loaded = load_settings(folder=folder)
        self.prices: Prices = PriceList(self._loaded.settings.prices)
        self._own = self._loaded.settings.exchanges
        self._keys = (*KEYS, *self._own.keys)
        self._redact = redactor_for(self._loaded.settings.agent, with_stand_in_keys(os.environ, self._keys), self._keys)
        self._scrubber = Scrubber(self._redact, matching_of(self._own))
        self._watching = Watching(self._scrubber, refusal=self._refusal, told=self._told, refused=self._refused)
        self._session_usd = session_usd
        self._ledger = ledger
        self._upstreams = upstreams_now(self._own.upstreams, os.environ)
        self._addresses: Mapping[str, str] = {}
        self._stack = ExitStack()
        self._lock = RLock()
        self._accounts: list[Account] = []
        self._problems: list[str] = []
        self.may_ask = True
        """Whether real models may be asked now; an open account may allow it too."""

    def start(self) -> None:
        """Lead every SDK here. Raises `ConfigurationError` and `InfrastructureError`."""
        self._addresses = self._stack.enter_context(led_to_proxy(self._upstreams, self._watching, self._redact, self._keys))
        Watch.current = self

    def stop(self) -> None:
        """Put everything back."""
        Watch.current = None
        self._stack.close()

    @contextmanager
    def leading_here(self) -> Iterator[None]:
        """Lead here again what was led elsewhere since `start`: a test may have set OPENAI_BASE_URL itself."""
        now = upstreams_now(self._own.upstreams, os.environ)
        elsewhere = {name: address for name, address in now.items() if os.environ.get(name) != self._addresses.get(name)}
        if not elsewhere:
            yield
            return
        before, self._addresses = self._addresses, dict(self._addresses)
        with led_to_proxy(elsewhere, self._watching, self._redact, self._keys) as addresses:
            self._addresses = {**before, **addresses}
            try:
                yield
            finally:
                self._addresses = before

    def open(self, account: Account) -> None:
        with self._lock:
            self._accounts.append(account)

    def close(self, account: Account) -> None:
        with self._lock:
            self._accounts.remove(account)

    def take_problems(self) -> list[str]:
        """Why requests got no reply since this was asked last, each in one line."""
        with self._lock:
            problems, self._problems = self._problems, []
            return problems

    @contextmanager
    def replaying(self, folder: Path) -> Iterator[None]:
        """Replies come from a recording. Raises `ConfigurationError` where there is none."""
        with closing(open_replay(folder, self._own, self._redact, self._upstreams)) as replaying:
            self._watching.inner = replaying
            try:
                yield
            finally:
                self._watching.inner = None

    @contextmanager
    def recording(self, folder: Path, *, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Replies are recorded; where that `is_wanted` in the end, they take the place of the folder's recording."""
        new = folder / ".new"
        (new / FILE).unlink(missing_ok=True)
        name = datetime.now(UTC).isoformat(timespec="milliseconds")
        recording = Recording(new, self._scrubber, lambda: name)
        self._watching.inner = recording
        try:
            yield
        finally:
            self._watching.inner = None
            recording.close()
        if (new / FILE).exists() and is_wanted():
            (new / FILE).replace(folder / FILE)
        (new / FILE).unlink(missing_ok=True)
        new.rmdir()
        with suppress(OSError):  # a test that asked nobody leaves no folder
            folder.rmdir()

    def _refusal(self, has_stand_in_key: bool) -> str:
        with self._lock:
            if self._session_usd is not None and self._ledger is not None and self._ledger.total_usd() >= self._session_usd:
                return f"E2022: the budget of this session, ${self._session_usd:g}, is spent; no further call is made"
            for account in self._accounts:
                if over := account.limit.exceeded_by(account.spending):
                    return f"E2020: the budget is exceeded: {over}; no further call is made"
                if unknown := account.limit.unknown_of(account.spending):
                    return f"E2021: {unknown}, so the budget cannot be kept; no further call is made"
            if not self.may_ask and not any(account.may_ask for account in self._accounts):
                return "E2023: this test would ask a real model by accident; record it, or mark it integration, e2e or budget"
            if has_stand_in_key:
                return "E2024: there is no key to ask a real model with; set it, or record the test where there is one"
            return ""

    def _refused(self, why: str) -> None:
        with self._lock:
            self._problems.append(why)

    def _told(self, call: Call) -> None:
        spent = self._spent(call)
        with self._lock:
            for account in self._accounts:
                account.spending.add(spent)
        if self._ledger is not None and spent.paid and spent.cost_usd:
            self._ledger.add(spent.cost_usd)
        if self._session_usd is not None and spent.paid and spent.cost_usd is None:
            self._refused(
                f"E2021: the cost of a call is unknown (model {call.model or 'not stated'}), so the session's budget cannot be kept"
            )

    def _spent(self, call: Call) -> Spent:
        if call.is_free:
            return Spent(0.0, 0, not call.is_replayed, call.model)
        tokens = None if call.usage is None else call.usage.total_tokens
        cost = None
        if call.model is not None and call.usage is not None:
            cost = self.prices.cost_usd(call.model, self._upstreams.get(call.route), call.usage)
            if cost is None:  # a gateway is no provider that a price list knows
                cost = self.prices.cost_usd(call.model, None, call.usage)
        return Spent(cost, tokens, not call.is_replayed, call.model)
