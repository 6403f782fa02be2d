"""Wires a run that is recorded or replayed: the exchanges, the proxy for other people's code, and the environment that leads to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goldfinch.bootstrap.secrets import SECRET_HEADER, named_secrets, redactor_for
from goldfinch.core.errors import ConfigurationError, InfrastructureError, UsageError
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import Matching, Scrubber
from goldfinch.ports.agent import Agent
from goldfinch.ports.exchanges import Exchanges, Replay
from goldfinch.settings import AgentSettings, ExchangeSettings, HttpAgent, OpenAIAgent, RunSettings, Settings

if TYPE_CHECKING:
    from goldfinch.adapters.cassettes.recording import Recording
    from goldfinch.adapters.cassettes.replaying import Replaying


@dataclass(frozen=True, slots=True)
class AskedModels:
    """Whose keys a recording must not hold: those of the agent and of the judge that are really asked, in the settings file or not."""

    agent: AgentSettings | None = None
    judge: AgentSettings | None = None


@dataclass(frozen=True, slots=True)
class ExchangeWiring:
    """What the rest of the wiring needs of it. The default is that of a run that is neither recorded nor replayed."""

    exchanges: Exchanges | None = None
    replay: Replay | None = None
    environment: Mapping[str, str] | None = None
    """As it was before it led to the proxy: for clients of our own, which need none. None: as it is."""
    wrap: Callable[[Agent], Agent] = lambda agent: agent
    note: Callable[[], str] = str
    """What a person must hear at the end of the run; empty where there is nothing to say."""

    def environment_for(self, settings: AgentSettings) -> Mapping[str, str]:
        """The environment of an agent: one of our own client's, or one that leads to the proxy; in a replay no key is missing."""
        is_own = isinstance(settings, OpenAIAgent | HttpAgent)
        environment = self.environment if is_own and self.environment is not None else os.environ
        if self.replay is None:
            return environment
        from goldfinch.adapters.cassettes.environment import with_stand_in_keys

        return with_stand_in_keys(environment, named_secrets(settings))


NO_EXCHANGES = ExchangeWiring()


def refuse_replay(run: RunSettings, command: str) -> None:
    """Raise `UsageError` where `command`, which asks a judge for real, would follow settings that say to replay."""
    if run.replay is not None:
        raise UsageError(
            f"the settings say to replay, and {command} asks the judge for real",
            where="run.replay",
            hint="leave it out, or give another --config; 'goldfinch evaluate --replay' replays the judge with the agent",
            code="E2013",
        )


@contextmanager
def wired_exchanges(
    run: RunSettings, settings: Settings, *, asked: AskedModels, path: Callable[[str], Path], run_id: Callable[[], str]
) -> Iterator[ExchangeWiring]:
    """The exchanges of a run, for as long as it takes. Raises `ConfigurationError` and `UsageError`."""
    if run.record is None and run.replay is None:
        yield NO_EXCHANGES
        return
    if run.record is not None and run.replay is not None:
        raise UsageError("a run is recorded or replayed, not both", where="--record, --replay", hint="leave one out", code="E2001")
    if run.cache is not None:
        raise UsageError("cached answers are neither recorded nor replayed", where="--cache", hint="leave it out", code="E2001")
    with ExitStack() as stack:
        if run.record is not None:
            yield stack.enter_context(_recorded(path(run.record), settings, asked, run_id))
        elif run.replay is not None:
            yield stack.enter_context(_replayed(path(run.replay), settings, asked))


@contextmanager
def _recorded(folder: Path, settings: Settings, asked: AskedModels, run_id: Callable[[], str]) -> Iterator[ExchangeWiring]:
    from goldfinch.adapters.cassettes.agent import RecordedOnTheWay
    from goldfinch.adapters.cassettes.environment import upstreams_now
    from goldfinch.adapters.cassettes.recording import Recording

    own = settings.exchanges
    redact = redactor_for(asked.agent, os.environ, own.keys, judge=asked.judge)
    with closing(Recording(folder, Scrubber(redact, matching_of(own)), run_id)) as recording:
        environment = dict(os.environ)
        with led_to_proxy(upstreams_now(own.upstreams, environment), recording, redact, ()):
            yield ExchangeWiring(
                exchanges=recording,
                environment=environment,
                wrap=lambda agent: RecordedOnTheWay(agent, lambda: recording.problem),
                note=lambda: _note_of(recording, folder),
            )


@contextmanager
def _replayed(folder: Path, settings: Settings, asked: AskedModels) -> Iterator[ExchangeWiring]:
    from goldfinch.adapters.cassettes.agent import ReplayedAgent
    from goldfinch.adapters.cassettes.environment import KEYS, upstreams_now, with_stand_in_keys
    from goldfinch.adapters.cassettes.replaying import CountedMisses

    own = settings.exchanges
    keys = (*KEYS, *own.keys, *named_secrets(asked.agent), *named_secrets(asked.judge))
    environment = with_stand_in_keys(os.environ, keys)
    upstreams = upstreams_now(own.upstreams, environment)
    redact = redactor_for(asked.agent, environment, keys, judge=asked.judge)
    with closing(open_replay(folder, own, redact, upstreams)) as replaying:
        by_proxy = CountedMisses(replaying)
        with led_to_proxy(upstreams, by_proxy, redact, keys):
            yield ExchangeWiring(replaying, replaying, environment, lambda agent: ReplayedAgent(agent, by_proxy))


def open_replay(folder: Path, settings: ExchangeSettings, redact: Redactor, upstreams: Mapping[str, str]) -> Replaying:
    """The recording in a folder. Raises `ConfigurationError`."""
    from goldfinch.adapters.cassettes.replaying import Replaying

    matching = matching_of(settings)
    return Replaying(folder, Scrubber(redact, matching), matching, upstreams)


@contextmanager
def led_to_proxy(
    upstreams: Mapping[str, str], exchanges: Exchanges, redact: Redactor, stand_ins: tuple[str, ...]
) -> Iterator[Mapping[str, str]]:
    """A proxy that listens, and an environment that leads every SDK to it; gives each variable's new value.

    Raises `ConfigurationError` and `InfrastructureError`.
    """
    from goldfinch.adapters.cassettes.environment import leading_to
    from goldfinch.adapters.cassettes.proxy import RecordingProxy

    for name, address in upstreams.items():
        if not address.startswith(("http://", "https://")):
            raise ConfigurationError(f"{redact(address)!r} is no http(s) address", where=name, hint="correct or unset it", code="E2010")
    proxy = RecordingProxy(upstreams, exchanges, redact)
    try:
        proxy.start()
    except OSError as error:
        raise InfrastructureError(str(error), hint="is loopback (127.0.0.1) available here?", code="E2011") from error
    addresses = {name: proxy.address_of(name) for name in upstreams}
    try:
        with leading_to(addresses, stand_ins):
            yield addresses
    finally:
        proxy.stop()


def matching_of(settings: ExchangeSettings) -> Matching:
    """What counts when a request is looked up. Raises `ConfigurationError` (E2012) for a header that would be stored and is a secret."""
    for name in settings.match_headers:
        if SECRET_HEADER.search(name):
            raise ConfigurationError(
                f"{name!r} holds a secret, and headers that are matched are stored", where="exchanges.match_headers", code="E2012"
            )
    return Matching(tuple(settings.ignore_body), tuple(settings.match_headers))


def _note_of(recording: Recording, folder: Path) -> str:
    if recording.kept:
        return f"{recording.kept} exchanges recorded in {folder}"
    return "nothing was recorded: the agent sent no request that Goldfinch could see; its model's address must come from the environment"
