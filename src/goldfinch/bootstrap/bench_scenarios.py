"""From the `bench:` section to scenarios with their targets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from yarl import URL

from goldfinch.adapters.agents.environment import expand, secrets_in
from goldfinch.adapters.agents.http_client import checked_url
from goldfinch.adapters.load.agent import AgentTarget
from goldfinch.adapters.load.request import PlainRequest, RequestTarget, payload_of
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.agents import build_agent, parse_agent_spec
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.settings import LoadedSettings, load_settings, settings_from
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.load import codes
from goldfinch.core.load.scenario import Arrivals, ClosedLoop, Objective, OpenLoop, Scenario
from goldfinch.core.redaction import Redactor
from goldfinch.operations.bench import Aimed
from goldfinch.ports.load_target import LoadTarget
from goldfinch.settings import AgentSettings, BenchScenario, BenchTarget, OpenLoad
from goldfinch.settings import PlainRequest as RequestSettings

DEFAULT_MIN_RPS = 10.0
"""R63, for a closed loop; in an open one the rate is given."""
MOST_CASES = 10_000
"""Cases of a dataset that an agent is asked in turn: they are held in memory."""
_LINE_BREAK = re.compile(r"[\r\n\0]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def bench_settings(config: Path | None, scenarios: Path | None) -> LoadedSettings:
    """The settings file, its `bench:` replaced by the file of scenarios where one is given."""
    loaded = load_settings(config)
    return loaded if scenarios is None else settings_from(scenarios, key="bench", over=loaded)


def chosen(loaded: LoadedSettings, names: Sequence[str] | None) -> tuple[BenchScenario, ...]:
    """The scenarios of these names, all of them where none is named; one that asks the agent its cases where there are none."""
    bench = loaded.settings.bench
    scenarios = tuple(bench.scenarios)
    if not scenarios:
        if loaded.settings.agent is None:
            raise UsageError("there is no benchmark scenario", hint="list them under 'bench:' in goldfinch.yaml", code=codes.NO_SCENARIO)
        scenarios = (BenchScenario(name="default"),)
    known = [scenario.name for scenario in scenarios]
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise ConfigurationError(f"two scenarios are called {twice!r}", where="bench.scenarios", code=codes.BAD_SCENARIO)
    for name in names or ():
        if name not in known:
            raise UsageError(f"there is no scenario {name!r}", hint=f"there are {', '.join(known)}", code=codes.UNKNOWN_SCENARIO)
    return tuple(scenario for scenario in scenarios if not names or scenario.name in names)


def aimed(settings: BenchScenario, loaded: LoadedSettings) -> Aimed:
    """The scenario with its own target."""
    target = settings.target if settings.target is not None else loaded.settings.agent
    if target is None:
        raise _bad(settings, "has no target", "give it a 'target:', or an 'agent:' to this file", codes.NO_TARGET)
    return Aimed(scenario_of(settings), target_of(target, settings, loaded))


def scenario_of(settings: BenchScenario) -> Scenario:
    """The scenario without its target. Raises `ConfigurationError` for an objective that the load can never reach."""
    load, least = settings.load, settings.objective.min_rps
    if isinstance(load, OpenLoad):
        if least is not None and least > load.rate_per_s:
            raise _bad(settings, f"min_rps {least:g} is above the rate {load.rate_per_s:g}", "use `concurrency` to find the throughput")
        chosen_load: OpenLoop | ClosedLoop = OpenLoop(load.rate_per_s, Arrivals(load.arrivals), load.ramp_s, load.max_in_flight)
    else:
        chosen_load = ClosedLoop(load.concurrency, load.ramp_s)
        least = least if least is not None or "min_rps" in settings.objective.model_fields_set else DEFAULT_MIN_RPS
    return Scenario(
        settings.name,
        chosen_load,
        settings.requests,
        settings.warmup,
        settings.timeout_s,
        Objective(settings.objective.p95_ms, least),
        settings.seed,
    )


def target_of(target: BenchTarget | AgentSettings, settings: BenchScenario, loaded: LoadedSettings) -> LoadTarget:
    """What requests go to. Raises as `build_agent` does, and `ConfigurationError`."""
    if isinstance(target, RequestSettings):
        return RequestTarget(_request(target, settings), timeout_s=settings.timeout_s)
    load = settings.load
    most = load.max_in_flight if isinstance(load, OpenLoad) else load.concurrency
    agent = build_agent(
        target,
        base_dir=loaded.folder,
        prices=PriceList(loaded.settings.prices),
        allow_code=loaded.settings.allow_code,
        concurrency=most,
    )
    return AgentTarget(agent, _cases(settings, loaded), timeout_s=settings.timeout_s)


def spoken_target(text: str, settings: BenchScenario, loaded: LoadedSettings) -> LoadTarget:
    """A target as it stands on a command line: a URL takes the place of the scenario's own, else an agent as `--agent` names it."""
    own = settings.target
    if isinstance(own, RequestSettings):
        if not text.startswith(("http://", "https://")):
            raise UsageError(f"{text!r} is no URL, and the scenario sends a plain request", hint="give http://…", code=codes.BAD_OPTION)
        return target_of(own.model_copy(update={"url": text}), settings, loaded)
    if text.startswith(("http://", "https://")):
        base = own if own is not None else loaded.settings.agent
        kind = getattr(base, "kind", None)
        if base is None:
            return target_of(RequestSettings(url=text), settings, loaded)
        if kind in ("http", "openai"):
            return target_of(base.model_copy(update={"url" if kind == "http" else "base_url": text}), settings, loaded)
    spoken = replace(loaded, settings=loaded.settings.model_copy(update={"allow_code": True}))  # whoever typed it trusts it
    return target_of(parse_agent_spec(text), settings, spoken)


def _cases(settings: BenchScenario, loaded: LoadedSettings) -> tuple[Case, ...]:
    if settings.inputs is not None:
        return tuple(Case(id=f"input-{number}", input=value) for number, value in enumerate(settings.inputs))
    written: Any = settings.dataset if settings.dataset is not None else loaded.settings.dataset
    if written is None:
        raise _bad(settings, "has nothing to ask its agent", "give it 'inputs:' or a 'dataset:'", codes.NO_TARGET)
    dataset = open_dataset([loaded.path(path) for path in ([written] if isinstance(written, str) else written)])
    dataset.check()
    return tuple(case for case, _ in islice(dataset.cases(), MOST_CASES))


def _request(target: RequestSettings, settings: BenchScenario) -> PlainRequest:
    written = expand(target.url, os.environ, where=f"{settings.name}: target.url")
    url = checked_url(written, allow_private=target.allow_private)
    if url.host is None or url.port is None:
        raise _bad(settings, "target.url names no host", "write http://host:port/path")
    headers = {name: _header(name, text, settings) for name, text in target.headers.items()}
    body = _body(target.body)
    if isinstance(target.body, dict | list) and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return PlainRequest(
        name=f"{target.method} {Redactor(secrets_in(target.url, os.environ)).line(_shown(url))}",
        host=url.host,
        port=url.port,
        payload=payload_of(target.method, url.raw_path_qs, url.raw_authority, headers, body),
        tls=url.scheme == "https",
        expect_status=target.expect_status,
        stream=target.stream,
        cost_path=target.cost_path,
        allow_private=target.allow_private,
    )


def _shown(url: URL) -> str:
    """Without the query, which may hold a key."""
    return str(url.with_query(None).with_fragment(None))


def _header(name: str, text: str, settings: BenchScenario) -> str:
    value = expand(text, os.environ, where=f"{settings.name}: target.headers.{name}")
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
        raise _bad(settings, f"target.headers: {name!r} may not be set", "leave it out")
    if _LINE_BREAK.search(value) or not value.isascii():
        raise _bad(settings, f"target.headers.{name} holds characters that no header has", "look for a line break")
    return value


def _body(body: Any) -> bytes | None:
    if body is None:
        return None
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _bad(settings: BenchScenario, what: str, hint: str, code: str = codes.BAD_SCENARIO) -> ConfigurationError:
    return ConfigurationError(what, where=f"scenario {settings.name!r}", hint=hint, code=code)
