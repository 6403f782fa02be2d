"""Cases that a program made, behind `ports.dataset.Dataset`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.fingerprint import Fingerprint, case_hash
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import DatasetError, Problem
from goldfinch.ports.dataset import DatasetInfo


class MemoryDataset:
    """A dataset in memory: for tests, notebooks and datasets that are computed."""

    def __init__(self, cases: Iterable[Case], name: str = "in memory") -> None:
        self._cases = tuple(cases)
        self._name = name

    def check(self) -> DatasetInfo:
        problems = [problem for index, case in enumerate(self._cases) for problem in problems_of(case, where=f"{self._name}[{index}]")]
        counts = Counter(case.id for case in self._cases)
        for case_id, count in counts.items():
            if count > 1:
                problems.append(Problem(f"id {case_id!r} stands {count} times", self._name, "ids are unique", codes.DUPLICATE_ID))
        if not self._cases:
            problems.append(Problem("the dataset holds no case", self._name, "add a case", codes.EMPTY))
        if problems:
            raise DatasetError(tuple(problems))
        fingerprint = Fingerprint()
        for case, content in self.cases():
            fingerprint.add(case.id, content)
        own_trials = Counter(case.trials for case in self._cases if case.trials is not None)
        return DatasetInfo(self._name, fingerprint.hexdigest(), len(self._cases), (), dict(own_trials))

    def cases(self) -> Iterator[tuple[Case, str]]:
        return ((case, case_hash(case)) for case in self._cases)
