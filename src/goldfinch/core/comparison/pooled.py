"""Trials of one version from several runs, added up: as if they had been asked in one."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace

from goldfinch.core.baselines.codes import NOT_LIKE_BEFORE
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.manifest import Manifest, RunStatus

_WORST_FIRST = (RunStatus.RUNNING, RunStatus.BOOTSTRAP, RunStatus.REPLAYED, RunStatus.INCOMPLETE, RunStatus.COMPLETE)


def pooled_manifest(manifests: Sequence[Manifest]) -> Manifest:
    """The first run's, with the trials of all, and no better a status than the worst."""
    worst = min(manifests, key=lambda one: _WORST_FIRST.index(one.status))
    return replace(manifests[0], trials=sum(one.trials for one in manifests), status=worst.status, reason=worst.reason)


def pooled_table(tables: Sequence[RunTable]) -> RunTable:
    """The rows of all; places are those of the first run. Raises `RunDirectoryError` (E2410) for a case that was asked differently."""
    whole = RunTable(tables[0].metrics)
    for table in tables:
        _add(whole, table)
    return whole


def _add(whole: RunTable, table: RunTable) -> None:
    if table.metrics != whole.metrics:
        raise _different(f"metrics were {', '.join(whole.metrics)}, now {', '.join(table.metrics)}")
    places = array("q", [_place(whole, table, case_id, place) for case_id, place in table.cases.items()])
    whole.critical.update(places[place] for place in table.critical)
    whole.row_cases.extend(array("q", [places[place] for place in table.row_cases]))
    whole.passed.extend(table.passed)
    whole.scores.extend(table.scores)
    for name, values in table.measures.items():
        whole.measures[name].extend(values)
    whole.planned += table.planned
    whole.no_answer += table.no_answer
    whole.no_verdict += table.no_verdict
    whole.no_score.update(table.no_score)


def _place(whole: RunTable, table: RunTable, case_id: str, place: int) -> int:
    """Where the case is in the whole; a new one is put at the end."""
    found = whole.cases.setdefault(case_id, len(whole.cases))
    if found == len(whole.hashes):
        whole.hashes.append(table.hashes[place])
        whole.tags.append(table.tags[place])
    elif whole.hashes[found] != table.hashes[place]:
        raise _different(f"case {case_id} was edited since")
    return found


def _different(what: str) -> RunDirectoryError:
    return RunDirectoryError(what, hint="trials of the two cannot be added up; evaluate both versions anew", code=NOT_LIKE_BEFORE)
