"""From agent settings to agents."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from goldfinch.bootstrap.exchanges import NO_EXCHANGES, ExchangeWiring
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.errors import ConfigurationError, GoldfinchError, UsageError
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import Agent
from goldfinch.ports.exchanges import Exchanges
from goldfinch.ports.prices import Prices
from goldfinch.settings import (
    BUILT_IN_AGENTS,
    AgentSettings,
    HttpAgent,
    OpenAIAgent,
    PluginAgent,
    PythonAgent,
    RecordedAgent,
    SubprocessAgent,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PLUGINS = "goldfinch.agents"
_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")

_SPECS = "write module:function, a URL such as http://localhost:8000/ask, openai:MODEL, recorded:PATH or subprocess:COMMAND"


def build_agent(
    settings: AgentSettings,
    *,
    base_dir: Path,
    prices: Prices,
    allow_code: bool = True,
    environment: Mapping[str, str] | None = None,
    concurrency: int = 64,
    exchanging: ExchangeWiring = NO_EXCHANGES,
) -> Agent:
    """Make the agent that `settings` describe; paths are relative to `base_dir`. Nothing is called yet.

    `allow_code` False refuses what runs code named in a configuration file (REQUIREMENTS T13). `concurrency` bounds the threads of a
    sync callable. `exchanging` has it recorded or replayed. Raises `ConfigurationError` and `AgentUnusable`.
    """
    if environment is None:
        environment = exchanging.environment_for(settings)
    if not allow_code and isinstance(settings, PythonAgent | SubprocessAgent):
        raise ConfigurationError(
            f"agent.kind {settings.kind} runs code and allow_code is off", hint="set allow_code: true if you trust this file", code="E1370"
        )
    make = _BUILDERS.get(settings.kind)
    if make is None:
        return _from_plugin(settings, base_dir=base_dir)
    wiring = _Wiring(
        base_dir=base_dir,
        prices=prices,
        environment=environment,
        redact=redactor_for(settings, environment),
        concurrency=concurrency,
        exchanges=exchanging.exchanges,
    )
    return make(settings, wiring)


def parse_agent_spec(text: str) -> AgentSettings:
    """Read an agent as it stands on a command line. Raises `UsageError` listing the forms there are."""
    scheme, _, rest = text.partition(":")
    if scheme in ("http", "https"):
        return HttpAgent(url=text)
    if scheme == "openai" and rest:
        return OpenAIAgent(model=rest)
    if scheme == "recorded" and rest:
        return RecordedAgent(path=rest)
    if scheme == "subprocess" and rest.strip():
        return SubprocessAgent(command=_words(rest))
    if _TARGET.match(text):
        return PythonAgent(target=text)
    raise UsageError(f"{text!r} names no agent", where="--agent", hint=_SPECS, code="E1371")


def is_agent(value: object) -> TypeGuard[Agent]:
    """Whether it is an agent and not a callable: told by what only agents have."""
    return hasattr(value, "answer") and hasattr(value, "limit_key")


class _Wiring:
    """What builders need besides the settings."""

    def __init__(
        self,
        *,
        base_dir: Path,
        prices: Prices,
        environment: Mapping[str, str],
        redact: Redactor,
        concurrency: int,
        exchanges: Exchanges | None,
    ) -> None:
        self.base_dir = base_dir
        self.prices = prices
        self.environment = environment
        self.redact = redact
        self.concurrency = concurrency
        self.exchanges = exchanges


def _python(settings: PythonAgent, wiring: _Wiring) -> Agent:
    from goldfinch.adapters.agents.python_callable import PythonAgent as Adapter
    from goldfinch.adapters.agents.python_callable import load_target

    function = load_target(settings.target, search=(wiring.base_dir / (settings.path or ".")).resolve())
    return Adapter(
        function,
        name=settings.target,
        prices=wiring.prices,
        takes_case=settings.takes_case,
        options=settings.options,
        redact=wiring.redact,
        threads=wiring.concurrency,
    )


def _http(settings: HttpAgent, wiring: _Wiring) -> Agent:
    from goldfinch.adapters.agents.http import HttpEndpointAgent

    return HttpEndpointAgent(
        settings, prices=wiring.prices, environment=wiring.environment, redact=wiring.redact, exchanges=wiring.exchanges
    )


def _openai(settings: OpenAIAgent, wiring: _Wiring) -> Agent:
    from goldfinch.adapters.agents.openai import OpenAIModelAgent

    variable = None if "base_url" in settings.model_fields_set else "OPENAI_BASE_URL"
    if variable and (gateway := wiring.environment.get(variable)):
        settings = settings.model_copy(update={"base_url": gateway})
    return OpenAIModelAgent(
        settings,
        prices=wiring.prices,
        environment=wiring.environment,
        redact=wiring.redact,
        exchanges=wiring.exchanges,
        base_url_variable=variable,
    )


def _subprocess(settings: SubprocessAgent, wiring: _Wiring) -> Agent:
    from goldfinch.adapters.agents.subprocess import ProgramAgent

    return ProgramAgent(settings, base_dir=wiring.base_dir, prices=wiring.prices, environment=wiring.environment, redact=wiring.redact)


def _recorded(settings: RecordedAgent, wiring: _Wiring) -> Agent:
    from goldfinch.adapters.agents.recorded import RecordedAnswers

    return RecordedAnswers(wiring.base_dir / settings.path, shown=settings.path, name=settings.name)


_BUILDERS: dict[str, Callable[[Any, _Wiring], Agent]] = {
    "python": _python,
    "http": _http,
    "openai": _openai,
    "subprocess": _subprocess,
    "recorded": _recorded,
}


def _from_plugin(settings: AgentSettings, *, base_dir: Path) -> Agent:
    """Call the factory that an installed package registers: `factory(options, base_dir=…) -> Agent`."""
    points: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=PLUGINS)}
    if not isinstance(settings, PluginAgent) or settings.kind not in points:
        known = ", ".join((*BUILT_IN_AGENTS, *sorted(points)))
        raise ConfigurationError(f"unknown agent kind {settings.kind!r}", where="agent.kind", hint=f"known kinds: {known}", code="E1372")
    try:
        agent: Agent = points[settings.kind].load()(settings.options, base_dir=base_dir)
    except GoldfinchError:
        raise
    except Exception as error:
        detail = Redactor().line(f"{type(error).__name__}: {error}")
        raise ConfigurationError(f"the plugin {settings.kind!r} failed: {detail}", where="agent.kind", code="E1373") from error
    return agent


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise UsageError(f"cannot read the command: {error}", where="--agent", code="E1371") from None
