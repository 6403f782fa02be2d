"""How smoke tests and probe sessions reach the service, with which cases, and what decides about an answer."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from goldfinch.adapters.agents.probe_target import HttpProbeTarget
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.scorers import build_metrics, default_metrics, expanded
from goldfinch.bootstrap.secrets import named_secrets, redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.probes import codes
from goldfinch.core.rollout.arms import RELEASE_HEADER
from goldfinch.core.rollout.durations import duration
from goldfinch.core.scoring.score import Metric
from goldfinch.settings import HttpAgent

_ENDPOINT = re.compile(r"(?P<origin>https?://[^/?#\s]+)(?P<path>/[^?#\s]*)?", re.IGNORECASE)
_AGENT_URL = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
LONGEST_TURN = timedelta(seconds=30)
HELD_CASES = 1_000
"""Probes go round a few cases; a dataset of a million is not for them."""


@dataclass(frozen=True, slots=True)
class ProbeService:
    """The service as the settings describe it, wherever it is."""

    loaded: LoadedSettings
    agent: HttpAgent

    def at(self, endpoint: str, *, headers: Mapping[str, str] | None = None, allow_private: bool, proxied: bool = False) -> HttpProbeTarget:
        """The same service behind `endpoint`. Behind the proxy only the proxy is believed about which release answered."""
        settings = self.agent.model_copy(update={"url": _moved(self.agent.url, endpoint), "allow_private": allow_private})
        named = (RELEASE_HEADER,) if proxied else (RELEASE_HEADER, self.loaded.settings.live.probes.release_header)
        return HttpProbeTarget(
            settings,
            release_headers=named,
            prices=PriceList(self.loaded.settings.prices),
            environment=os.environ,
            redact=redactor_for(self.agent, also=named_secrets(self.loaded.settings.agent)),
            headers=headers,
        )


def probe_service(loaded: LoadedSettings) -> ProbeService:
    """Raises `ConfigurationError` where no settings say how the service is asked over HTTP."""
    probes, agent = loaded.settings.live.probes, loaded.settings.agent
    if probes.agent is not None:
        return ProbeService(loaded, probes.agent)
    if isinstance(agent, HttpAgent):
        return ProbeService(loaded, agent)
    what = "no setting says how a question is put to the service over HTTP"
    raise ConfigurationError(what, where="live.probes.agent", hint="write it as an agent of kind http", code=codes.NO_SERVICE)


def turn_timeout_s(loaded: LoadedSettings) -> float:
    """How long one turn of a probe or a smoke test may take."""
    text = loaded.settings.live.probes.timeout
    return (LONGEST_TURN if text is None else duration(text)).total_seconds()


def probe_cases(loaded: LoadedSettings) -> tuple[tuple[Case, str], ...]:
    """What probe sessions play: `live.probes.dataset`, of it those with the settings' tags. Raises as `smoke_cases`."""
    probes = loaded.settings.live.probes
    paths = [] if probes.dataset is None else [loaded.path(probes.dataset)]
    return _cases(paths, Selection(tags=frozenset(probes.tags), limit=HELD_CASES))


def smoke_cases(loaded: LoadedSettings, given: Sequence[Path], selection: Selection) -> tuple[tuple[Case, str], ...]:
    """`selection` of `given`, else of `dataset:`, else of the probes' dataset.

    Raises `UsageError` where there are none, `DatasetError` where they are not valid.
    """
    written = loaded.settings.dataset or loaded.settings.live.probes.dataset
    names = [written] if isinstance(written, str) else written or []
    return _cases(list(given) or [loaded.path(name) for name in names], selection)


def _cases(paths: Sequence[Path], selection: Selection) -> tuple[tuple[Case, str], ...]:
    if not paths:
        hint = "name it as dataset:, or give --dataset"
        raise UsageError("no dataset to take a case from", where="live.probes.dataset", hint=hint, code=codes.NO_CASES)
    dataset = open_dataset(paths)
    dataset.check()
    cases = tuple(selection.apply(dataset.cases()))
    selection.require_all({case.id for case, _ in cases})
    if not cases:
        raise UsageError("no case fits", where=", ".join(map(str, paths)), hint="choose other tags or ids", code=codes.NO_CASES)
    return cases


def probe_metrics(loaded: LoadedSettings) -> tuple[Metric, ...]:
    """The configured scorers without those that ask a model: a probe is to decide in milliseconds, and for nothing.

    Raises `ConfigurationError` where none of the rest has a pass mark.
    """
    settings = loaded.settings
    listed = [one for written in settings.scorers for one in expanded(written) if getattr(one, "kind", one) != "judge"]
    metrics = build_metrics(listed, allow_code=settings.allow_code, folder=loaded.folder) if settings.scorers else default_metrics()
    own = tuple(metric for metric in metrics if not isinstance(metric.scorer, JudgedMetric))
    if not any(metric.pass_mark is not None for metric in own):
        raise ConfigurationError("no scorer decides whether an answer passes", where="scorers", code=codes.NOTHING_DECIDES)
    return own


def _moved(url: str, endpoint: str) -> str:
    """The agent's path behind the endpoint; a path of the endpoint goes before it."""
    found = _ENDPOINT.fullmatch(endpoint.strip())
    if found is None:
        what = "the endpoint is no http:// or https:// address without query"
        raise UsageError(what, where="--endpoint", hint="such as https://staging.example.com", code=codes.BAD_ENDPOINT)
    rest = _AGENT_URL.sub("", url, count=1)
    return found["origin"] + (found["path"] or "").rstrip("/") + (rest or "/")
