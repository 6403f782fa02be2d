"""Whether this instance can answer: its agent, memory, data and model are there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from src.api.agent import Agent, memory_of
from src.api.agent_thread import AgentThread, AgentUnavailable
from src.config import Config
from src.telemetry.redaction import Redactor

PROBE = "readiness-probe"
"""A session that never exists: asking for it shows whether memory answers, where memory has no `ping`."""
TIMEOUT_S = 2.0
FRESH_S = 1.0
VENDOR = "https://api.openai.com/v1"


class Readiness:
    """Checks the parts, at most once a second however often it is asked."""

    def __init__(self, config: Config, agents: AgentThread, redact: Redactor, clock: Callable[[], float] = monotonic) -> None:
        self._config, self._agents, self._redact, self._clock = config, agents, redact, clock
        self._known: tuple[float, dict[str, str]] | None = None
        self._checking = asyncio.Lock()

    async def checks(self) -> Mapping[str, str]:
        """By part `ok`, or what is wrong with it."""
        async with self._checking:
            if self._known is None or self._clock() - self._known[0] >= FRESH_S:
                memory, data, model = await asyncio.gather(self._memory(), asyncio.to_thread(self._data), self._model())
                self._known = (self._clock(), {"memory": memory, "data": data, "model": model})
            return self._known[1]

    async def _memory(self) -> str:
        async def probe(agent: Agent) -> None:
            memory = memory_of(agent)
            ping = getattr(memory, "ping", None)
            if ping is not None:
                await ping()
            elif memory is not None:
                await memory.recall(PROBE)

        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._agents.call(probe)
        except TimeoutError:
            return f"no reply within {TIMEOUT_S:g} s"
        except AgentUnavailable as error:
            return self._told("the agent cannot start", error.__cause__ or error)
        except Exception as error:  # noqa: BLE001 - whatever a store's driver raises, it is not reachable
            return self._told("not reachable", error)
        return "ok"

    def _data(self) -> str:
        folder = Path(self._config.data_dir)
        if any(folder.glob("*/account.json")):
            return "ok"
        return f"no account in {folder}: a folder with an account.json is one" if folder.is_dir() else f"there is no folder {folder}"

    async def _model(self) -> str:
        address = model_address(self._config, os.environ)
        if address is None:
            return "ok"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                _, writer = await asyncio.open_connection(*address)
            writer.close()
        except (OSError, TimeoutError):
            return f"no connection to {address[0]}:{address[1]}"
        return "ok"

    def _told(self, what: str, error: BaseException) -> str:
        return f"{what}: {self._redact.line(f'{type(error).__name__}: {error}')}"


def model_address(config: Config, environment: Mapping[str, str]) -> tuple[str, int] | None:
    """Host and port of the model; None where it is in this process."""
    if config.llm_provider == "deterministic" or (config.llm_provider == "local" and config.base_url is None):
        return None
    url = urlsplit(config.base_url or environment.get("OPENAI_BASE_URL") or VENDOR)
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
