"""Which cases of a dataset a run asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from goldfinch.core.datasets.case import Case


@dataclass(frozen=True, slots=True)
class Selection:
    """`case_ids` and `tags` are alternatives among themselves and conditions to each other; `limit` takes the first that fit."""

    case_ids: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    limit: int | None = None

    @property
    def takes_all(self) -> bool:
        return not self.case_ids and not self.tags and self.limit is None

    def apply(self, cases: Iterable[tuple[Case, str]]) -> Iterator[tuple[Case, str]]:
        """The selected cases, in order; stops reading once `limit` are found."""
        if self.takes_all:
            return iter(cases)
        fitting = ((case, case_hash) for case, case_hash in cases if self._fits(case))
        return islice(fitting, self.limit)

    def as_filters(self) -> dict[str, Any]:
        """What the manifest says of it; empty for the whole dataset."""
        filters: dict[str, Any] = {}
        if self.case_ids:
            filters["case"] = sorted(self.case_ids)
        if self.tags:
            filters["tag"] = sorted(self.tags)
        if self.limit is not None:
            filters["limit"] = self.limit
        return filters

    @classmethod
    def from_filters(cls, filters: Mapping[str, Any]) -> Self:
        """The inverse of `as_filters`."""
        return cls(frozenset(filters.get("case", ())), frozenset(filters.get("tag", ())), filters.get("limit"))

    def _fits(self, case: Case) -> bool:
        return (not self.case_ids or case.id in self.case_ids) and (not self.tags or not self.tags.isdisjoint(case.tags))
