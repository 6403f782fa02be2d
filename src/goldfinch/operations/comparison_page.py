"""The records that the page of a comparison shows, as streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from goldfinch.core.errors import DatasetError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.case_result import trials_by_case
from goldfinch.core.results.evidence import AskedCase, Evidence, IsWanted, stated
from goldfinch.operations.report import RunRecords
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.run_journal import RunReader


def evidence_of(reader: RunReader, dataset: Dataset | None, redact: Redactor) -> Evidence:
    """What a run has stored, without any figure of it; with `dataset` also what was asked, free of secrets."""
    records = RunRecords(reader)

    def cases(is_wanted: IsWanted) -> Iterator[AskedCase]:
        if dataset is None:
            return
        with suppress(DatasetError):  # a dataset that was broken since costs the page its inputs, not the page
            for case, case_hash in dataset.cases():
                if is_wanted(case.id, case_hash):
                    yield AskedCase(case.id, redact.value(case.input), redact.value(case.context), redact.value(stated(case.expected)))

    return Evidence(trials_by_case=lambda: trials_by_case(records), outputs=reader.outputs, cases=cases)
