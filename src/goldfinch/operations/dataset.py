"""What can be done with a golden dataset as a whole: count, pick cases, split, copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.datasets.split import SplitPlan, stratified_parts
from goldfinch.core.datasets.stats import DatasetStats, dataset_stats
from goldfinch.core.errors import UsageError
from goldfinch.ports.dataset import CaseSink, Dataset, DatasetInfo


def count_dataset(dataset: Dataset) -> tuple[DatasetInfo, DatasetStats]:
    """Validate, then count."""
    info = dataset.check()
    return info, dataset_stats(case for case, _ in dataset.cases())


def pick_cases(dataset: Dataset, selection: Selection) -> Iterator[tuple[Case, str]]:
    """The selected cases with their hashes, in the dataset's order. Raises `UsageError` where an id that was asked for is absent."""
    found: set[str] = set()
    for case, content_hash in selection.apply(dataset.cases()):
        if selection.case_ids:
            found.add(case.id)
        yield case, content_hash
    selection.require_all(found)


def split_dataset(dataset: Dataset, plan: SplitPlan, open_sink: Callable[[str], CaseSink]) -> dict[str, int]:
    """Write every case into the file of its part and return how many went where. Where a case or a part is refused, no file appears."""
    dataset.check()
    counts = [0] * len(plan.parts)
    assigned = iter(stratified_parts(plan, dataset.cases())) if plan.stratify_by else None
    with ExitStack() as stack:
        sinks = [stack.enter_context(open_sink(part.name)) for part in plan.parts]
        for case, content_hash in dataset.cases():
            index = plan.part_of(case, content_hash) if assigned is None else next(assigned)
            sinks[index].write(case)
            counts[index] += 1
        _require_cases(plan, counts)
    return {part.name: count for part, count in zip(plan.parts, counts, strict=True)}


def _require_cases(plan: SplitPlan, counts: list[int]) -> None:
    for part, count in zip(plan.parts, counts, strict=True):
        if not count:
            hint = "give it a larger share, another --seed, or --stratify-by"
            raise UsageError(f"part {part.name} would hold no case", hint=hint, code=codes.BAD_SPLIT)


def copy_dataset(dataset: Dataset, sink: CaseSink) -> DatasetInfo:
    """Validate, then write every case; defaults of a dataset.yaml are written into the cases."""
    info = dataset.check()
    with sink:
        for case, _ in dataset.cases():
            sink.write(case)
    return info
