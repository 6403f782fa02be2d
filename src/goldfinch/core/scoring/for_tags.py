"""A scorer for some of the cases only."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.score import Score, Scorer
from goldfinch.core.scoring.versioning import version_with


@dataclass(frozen=True, slots=True, kw_only=True)
class ForTags:
    """`scorer` where the case has one of `tags`; elsewhere it does not apply. For checks whose options belong to a few cases."""

    scorer: Scorer
    tags: frozenset[str]

    @property
    def name(self) -> str:
        return self.scorer.name

    @property
    def version(self) -> str:
        return version_with(self.scorer.version, {"for_tags": sorted(self.tags)})

    def score(self, case: Case, output: Output) -> Score | None:
        return None if self.tags.isdisjoint(case.tags) else self.scorer.score(case, output)
