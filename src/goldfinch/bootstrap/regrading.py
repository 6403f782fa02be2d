"""The metrics with which stored answers are held against the base branch's cases."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from goldfinch.bootstrap.base_rules import Rules
from goldfinch.bootstrap.evaluation_request import requested_metrics
from goldfinch.bootstrap.judging import configured_judge
from goldfinch.bootstrap.scorers import given_metrics
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.output import Output
from goldfinch.core.results.manifest import Manifest, MetricIdentity
from goldfinch.core.scoring.score import CannotScore, Metric, Score
from goldfinch.operations.check import Regrading


@dataclass(frozen=True, slots=True)
class _NotHere:
    """Stands for a metric of the run that the settings here do not give: what it would say is missing, never assumed."""

    name: str
    version: str

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - the protocol's signature
        raise CannotScore(f"{self.name} {self.version} is not in the settings here")


def regrading_for(rules: Rules, manifest: Manifest) -> Regrading:
    """The base branch's metrics for every answer where the change scores otherwise, else the run's own for edited cases."""
    judge = configured_judge(None, rules.loaded)
    if rules.scorers_changed:
        return Regrading(requested_metrics(None, rules.loaded, judge), everything=True)
    built = {metric.name: metric for metric in requested_metrics(None, rules.loaded, judge)}
    return Regrading(tuple(_metric(identity, built) for identity in manifest.metrics))


def _metric(identity: MetricIdentity, built: dict[str, Metric]) -> Metric:
    found = built.get(identity.name)
    if found is None or found.version != identity.version:
        with suppress(GoldfinchError):
            found = next(iter(given_metrics([identity.name])), None)
    if found is not None and (found.name, found.version) == (identity.name, identity.version):
        return Metric(found.scorer, identity.pass_mark, found.version, advisory=identity.advisory, is_heuristic=identity.is_heuristic)
    return Metric(_NotHere(identity.name, identity.version), identity.pass_mark, identity.version, advisory=identity.advisory)
