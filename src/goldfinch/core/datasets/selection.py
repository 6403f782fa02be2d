"""Which cases of a dataset are meant: asked, scored, shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import UsageError


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
        """The selected cases, in order; stops reading once `limit`, or every one of `case_ids`, are found."""
        if self.takes_all:
            return iter(cases)
        fitting = ((case, case_hash) for case, case_hash in cases if self._fits(case))
        bounds = [bound for bound in (self.limit, len(self.case_ids) or None) if bound is not None]
        return islice(fitting, min(bounds, default=None))

    def require_all(self, found: Set[str]) -> None:
        """Raise `UsageError` where an id was asked for that no case has. `found` are the ids that `apply` gave, to its end."""
        may_be_hidden = self.tags or (self.limit is not None and len(found) >= self.limit)
        absent = [] if may_be_hidden else sorted(self.case_ids - found)
        if absent:
            hint = "'goldfinch dataset show --limit 0' lists the ids"
            raise UsageError(f"no case has the id {', '.join(absent)}", hint=hint, code=codes.NO_SUCH_CASE)

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
