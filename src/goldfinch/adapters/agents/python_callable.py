"""A Python callable as agent: `module:function`, sync or async, or a class whose instances are called."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind, Output
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.json_values import copy_json
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.prices import Prices
from goldfinch.ports.tracer import current_span

from .daemon_threads import DaemonThreads
from .failures import answer_failed, from_exception
from .outputs import OutputInvalid, invalid, priced, read_output
from .span_context import join

_NO_EXTRAS: dict[str, Any] = {}


class PythonAgent:
    """Calls `function` with the case's input (with the `Case` where `takes_case`) and `options` as keyword arguments.

    A parameter named `trial` or `seed` receives the trial's number and the run's seed. Async callables run on the event loop, others in
    at most `threads` threads. A class is instantiated once, without arguments.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str,
        prices: Prices,
        takes_case: bool = False,
        options: Mapping[str, Any] | None = None,
        redact: Redactor | None = None,
        threads: int = 64,
    ) -> None:
        self._name = name
        self._version = _version(function, takes_case, options or {})
        called = _instance(function, name) if inspect.isclass(function) else function
        self._call: Callable[..., Any] = partial(called, **options) if options else called
        self._extras = _wanted_extras(called)
        _require_callable_with_one(self._call, self._extras, name)
        self._is_async = _is_async(called)
        self._takes_case = takes_case
        self._prices = prices
        self._redact = redact or Redactor()
        self._thread_count = threads
        self._threads = DaemonThreads(threads, "goldfinch-agent")

    def __repr__(self) -> str:
        return f"PythonAgent({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """A hash of the source file that defines the callable and of the options; other files are not looked at."""
        return self._version

    @property
    def limit_key(self) -> str:
        return f"python:{self._name}"

    @property
    def timeout_kind(self) -> FailureKind:
        return FailureKind.TIMEOUT

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        """Unknown: what the callable pays for is its own affair."""
        return None

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        argument: Any = case if self._takes_case else case.input
        if type(argument) in (dict, list):
            argument = copy_json(argument)
        extras = _extras(self._extras, trial, seed) if self._extras else _NO_EXTRAS
        if (span := current_span.get()) is not None:
            join(span)
        began = perf_counter()
        try:
            value = await (self._call(argument, **extras) if self._is_async else self._in_thread(argument, extras))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise answer_failed(FailureKind.EXCEPTION, "CancelledError: the agent cancelled its own call") from error
        except (AnswerFailed, AgentUnusable):
            raise
        except (Exception, SystemExit) as error:
            raise from_exception(error, name=self._name, redact=self._redact) from error
        if type(value) is str and value.isascii():  # with its latency at once: adding it later would copy the answer
            return Output(text=value, latency_ms=(perf_counter() - began) * 1000)
        return self._read(value)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._threads.close()
        self._threads = DaemonThreads(self._thread_count, "goldfinch-agent")

    async def _in_thread(self, argument: Any, extras: Mapping[str, Any]) -> Any:
        value, error = await self._threads.run(partial(self._call, argument, **extras))
        if isinstance(error, StopIteration | KeyboardInterrupt | asyncio.CancelledError):
            # None of these may travel through a coroutine as itself: they would mean something else there.
            raise RuntimeError(f"the agent raised {type(error).__name__}") from error
        if error is not None:
            raise error
        return await value if isinstance(value, Awaitable) else value

    def _read(self, value: Any) -> Output:
        try:
            return priced(read_output(value), self._prices)
        except OutputInvalid as error:
            raise self._invalid(error) from None

    def _invalid(self, error: OutputInvalid) -> AnswerFailed:
        return invalid(OutputInvalid(self._redact.line(str(error))))


def load_target(target: str, *, search: Path) -> Callable[..., Any]:
    """Import `module:attribute` with `search` in front of `sys.path`. Raises `ConfigurationError` with one clear line."""
    module_name, _, attribute = target.partition(":")
    if not module_name or not attribute:
        raise ConfigurationError(f"{target!r} is no module:function", hint="write for example my_agent:answer", code="E1301")
    if module_name.endswith(".py"):
        module = module_name.removesuffix(".py").removeprefix("./").replace("/", ".")
        raise ConfigurationError(f"{target!r} names a file", hint=f"write the module: {module}:{attribute}", code="E1301")
    if str(search) not in sys.path:
        sys.path.insert(0, str(search))
    try:
        found: Any = import_module(module_name)
    except (Exception, SystemExit) as error:
        detail = Redactor().line(f"{type(error).__name__}: {error}")
        raise ConfigurationError(
            f"cannot import {module_name}: {detail}", where=target, hint=f"searched {search} first", code="E1302"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ConfigurationError(f"{module_name} has no {part!r}{_offer(found, part)}", where=target, code="E1303")
        found = getattr(found, part)
    if not callable(found):
        raise ConfigurationError(f"it is of type {type(found).__name__} and cannot be called", where=target, code="E1304")
    return found  # type: ignore[no-any-return]


def _offer(module: Any, wanted: str) -> str:
    names = sorted(name for name, value in vars(module).items() if callable(value) and not name.startswith("_"))
    offered = get_close_matches(wanted, names) or names[:6]
    return f"; it has {', '.join(offered)}" if offered else ""


def _instance(kind: type, name: str) -> Callable[..., Any]:
    try:
        instance = kind()
    except Exception as error:
        detail = Redactor().line(f"{type(error).__name__}: {error}")
        raise AgentUnusable(
            f"{kind.__name__}() failed: {detail}", where=name, hint="it must work without arguments", code="E1305"
        ) from error
    if not callable(instance):
        raise ConfigurationError(f"instances of {kind.__name__} have no __call__", where=name, code="E1304")
    return instance  # type: ignore[no-any-return]


def _is_async(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - not a test for callability


def _wanted_extras(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        parameters = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
    return tuple(name for name in parameters[1:] if name in ("trial", "seed"))


def _require_callable_with_one(call: Callable[..., Any], extras: tuple[str, ...], name: str) -> None:
    """Refuse a callable that no call could reach: each case would score 0 for a mistake that is not the agent's."""
    try:
        # What a decorator passes on is its own affair: only the outermost signature binds.
        signature = inspect.signature(call, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None, **dict.fromkeys(extras))
    except TypeError as error:
        hint = "it gets the case's input as its one argument; others need a default or a value under agent.options"
        raise ConfigurationError(f"it cannot be called: {error}", where=name, hint=hint, code="E1304") from None


def _extras(wanted: tuple[str, ...], trial: int, seed: int | None) -> dict[str, Any]:
    given = {"trial": trial, "seed": seed}
    return {name: given[name] for name in wanted if given[name] is not None}


def _version(function: Any, takes_case: bool, options: Mapping[str, Any]) -> str:
    while isinstance(function, partial):
        function = function.func
    holder = function if inspect.isclass(function) or hasattr(function, "__code__") else type(function)
    qualified = f"{getattr(holder, '__module__', '')}:{getattr(holder, '__qualname__', '')}"
    try:
        source = Path(inspect.getsourcefile(inspect.unwrap(holder)) or "").read_bytes()
    except (TypeError, OSError, ValueError):
        source = b""
    settings = json.dumps([qualified, takes_case, dict(options)], sort_keys=True, default=repr)
    return sha256(source + b"\0" + settings.encode("utf-8", "replace")).hexdigest()[:16]
