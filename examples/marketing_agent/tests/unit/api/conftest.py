from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from src.api.app import create_app
from src.api.service import Service
from src.api.settings import ServiceSettings
from src.config import Config
from src.telemetry.logs import Logs
from src.telemetry.redaction import Redactor
from tests.asgi_client import Client, client_of
from tests.scripted_agent import ScriptedAgent

RELEASE = "good-test"


class Running:
    """A service in this process, its agent, and what it logs."""

    def __init__(self, client: Client, agent: ScriptedAgent, log: io.StringIO) -> None:
        self.client, self.agent, self._log = client, agent, log

    @property
    def service(self) -> Service:
        service: Service = self.client.app.state.service
        return service

    @property
    def log(self) -> str:
        return self._log.getvalue()

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log.splitlines()) if line["event"] == event]

    def sample(self, name: str, **labels: str) -> float | None:
        return self.service.metrics.registry.get_sample_value(name, {"release": RELEASE, **labels})


Serve = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    account = tmp_path / "data" / "aurora-outdoor"
    account.mkdir(parents=True)
    account.joinpath("account.json").write_text("{}", encoding="utf-8")
    return Config(data_dir=tmp_path / "data", release_id=RELEASE)


@pytest.fixture
def serve(config: Config) -> Serve:
    @asynccontextmanager
    async def serving(
        settings: ServiceSettings | None = None, config: Config = config, redact: Redactor | None = None, **options: Any
    ) -> AsyncIterator[Running]:
        agent = ScriptedAgent(config)
        log = io.StringIO()
        logs = Logs(RELEASE, redact or Redactor(), log)
        options.setdefault("agent", None if "agent_name" in options else agent)
        async with client_of(create_app(config, settings=settings, logs=logs, **options)) as client:
            yield Running(client, agent, log)

    return serving
