"""The same comparison for the cases of each tag."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace

from goldfinch.core.comparison.measured import Measured
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import MetricChange
from goldfinch.core.comparison.pairing import Pairing
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.comparison.verdicts import judge
from goldfinch.core.statistics.paired_columns import PairedColumns

Figure = tuple[Measured, PairedColumns | None]


def cases_by_tag(pairing: Pairing, current: RunTable, limit: int) -> tuple[dict[str, array[int]], int]:
    """The common cases of the `limit` most frequent tags of the current run, by name, and how many tags were left out."""
    by_tags: dict[tuple[str, ...], list[int]] = {}
    for number, place in enumerate(pairing.current):
        by_tags.setdefault(current.tags[place], []).append(number)
    common: dict[str, array[int]] = {}
    for tags, numbers in by_tags.items():
        for tag in dict.fromkeys(tags):
            common.setdefault(tag, array("q")).extend(numbers)
    ordered = sorted(common, key=lambda tag: (-len(common[tag]), tag))
    return {tag: common[tag] for tag in sorted(ordered[:limit])}, max(0, len(ordered) - limit)


def slices(tags: Mapping[str, Sequence[int]], figures: Sequence[Figure], options: CompareOptions) -> dict[str, tuple[MetricChange, ...]]:
    """Every figure for each tag, as one family: a false alarm rate of 10 % over all of them. None of them gates."""
    compared = [(measured, values) for measured, values in figures if values is not None and not measured.reason]
    cut = [replace(measured, gating=False, values=values.subset(tags[tag]).known()) for tag in tags for measured, values in compared]
    changes = iter(judge(cut, replace(options, strict=False)))
    return {tag: tuple(next(changes) for _ in compared) for tag in tags}
