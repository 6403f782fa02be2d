"""Read the scores of a run by column: lines are decoded a few thousand at a time, and only what a comparison needs of them is kept."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from math import nan
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import msgspec

from goldfinch.adapters.files.append_only import end_of_whole_lines
from goldfinch.adapters.files.run_directory import RESULTS, RunDirectory
from goldfinch.core.comparison import codes
from goldfinch.core.comparison.run_table import COST, LATENCY, STEPS, TOKENS, RunTable
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.output import FailureKind
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import Manifest, MetricIdentity

CHUNK_BYTES = 1 << 18
"""What is decoded at once should stay in the processor's cache: eight times as much takes a fifth longer."""
_FIGURE_LIMIT = 1e15
_MOST_TRIALS = 1_000_000
_PASSED = {True: 1.0, False: 0.0, None: nan}
_LACKING = ("error", "missing")
_CANNOT_DECODE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Figure = Annotated[float, msgspec.Meta(ge=0, le=_FIGURE_LIMIT)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=int(_FIGURE_LIMIT))]
_Status = Literal["scored", "not_applicable", "error", "missing"]


class _Failure(msgspec.Struct, gc=False):
    kind: FailureKind


class _Pair(msgspec.Struct, gc=False):
    case_id: str
    trial: int


class RunTableReader(RunDirectory):
    """A run directory, as a comparison reads it."""

    def table(self) -> RunTable:
        """Read `results.jsonl`. Raises `RunDirectoryError`: E1501, E1502, or E2304 where it is not the manifest's."""
        manifest = self.manifest()
        if not (self.path / RESULTS).is_file():
            raise RunDirectoryError(
                "the run has no results.jsonl",
                where=self.location,
                hint="make it anew from the answers with 'goldfinch score'",
                code="E1501",
            )
        table = _TableBuilder(manifest, str(self.path / RESULTS)).build(self._chunks(manifest))
        self._check_counts(manifest, table)
        return table

    def _check_counts(self, manifest: Manifest, table: RunTable) -> None:
        """A run that says that it is whole, and is not, was cut or put together from others."""
        cases = manifest.dataset.cases
        if len(table.cases) > cases:
            raise self._mixed_up(f"{len(table.cases)} cases in results.jsonl, {cases} in manifest.json")
        if manifest.status is manifest.status_when_finished and (len(table.cases) < cases or table.rows < table.planned):
            missing = max(table.planned - table.rows, 0) + (cases - len(table.cases)) * manifest.trials
            raise self._mixed_up(f"manifest.json says {manifest.status}, and {missing} scores are missing in results.jsonl")
        summary = self.summary()
        if summary is None or (summary.run_id, summary.status) != (manifest.run_id, manifest.status):
            return
        told = summary.finished, summary.passes.passed + summary.passes.failed + summary.passes.undecided
        if told != (table.rows - table.no_answer, table.rows):
            raise self._mixed_up("summary.json and results.jsonl count different answers")

    def _mixed_up(self, what: str) -> RunDirectoryError:
        return _mixed_up(what, self.location)

    def _chunks(self, manifest: Manifest) -> Iterator[list[Any]]:
        """The lines that count, many at a time."""
        path = self.path / RESULTS
        last = self._last_lines(path) if manifest.resumed else None
        number = 0
        for rows in self._decoded(path, *_decoders(manifest.metrics, self.location)):
            if last is None:
                yield rows
                continue
            yield [row for at, row in enumerate(rows, number) if last.get(answer_key(row.case_id, row.trial)) == at]
            number += len(rows)

    def _last_lines(self, path: Path) -> CompactMap:
        """(case, trial) -> number of its last line: only a run that was taken up again holds earlier ones."""
        last = CompactMap()
        number = 0
        for rows in self._decoded(path, msgspec.json.Decoder(_Pair)):
            for row in rows:
                last[answer_key(row.case_id, row.trial)] = number
                number += 1
        return last

    def _decoded(self, path: Path, *decoders: msgspec.json.Decoder[Any]) -> Iterator[list[Any]]:
        """Each chunk by the first of `decoders` that takes it; what none takes is damage, or what a power loss left unfinished."""
        line, offset = 1, 0
        for chunk, lines in _whole_lines(path):
            rows = next((rows for decoder in decoders if (rows := _decode_lines(decoder, chunk)) is not None), None)
            if rows is None:
                yield self._up_to_the_damage(path, bytes(chunk), line, offset, decoders[-1])
                return
            yield rows
            line, offset = line + lines, offset + len(chunk)

    def _up_to_the_damage(self, path: Path, chunk: bytes, line: int, offset: int, decoder: msgspec.json.Decoder[Any]) -> list[Any]:
        """Lines before what a power loss left unfinished at the end of the file; damage elsewhere is an error with its place."""
        rows = []
        for text in chunk.removesuffix(b"\n").split(b"\n"):
            try:
                rows += [decoder.decode(text)] if text.strip() else []
            except _CANNOT_DECODE as error:
                if offset >= end_of_whole_lines(path, decoder):
                    return rows
                raise _damaged(f"{path}:{line}", error) from error
            line, offset = line + 1, offset + len(text) + 1
        return rows


def _decode_lines(decoder: msgspec.json.Decoder[Any], chunk: memoryview) -> list[Any] | None:
    try:
        return decoder.decode_lines(chunk)
    except _CANNOT_DECODE:
        return None


def _whole_lines(path: Path) -> Iterator[tuple[memoryview, int]]:
    """The file in chunks that end with a line, and how many lines they have; what follows the last line break is not a line yet.

    A chunk is good until the next one: all are read into one buffer, as new memory for each costs as much as reading does.
    """
    buffer, kept = bytearray(CHUNK_BYTES), 0
    try:
        with path.open("rb", buffering=0) as file:
            while read := file.readinto(memoryview(buffer)[kept:]):
                filled = kept + read
                end = buffer.rfind(b"\n", 0, filled) + 1
                if end:
                    yield memoryview(buffer)[:end], buffer.count(b"\n", 0, end)
                kept = filled - end
                buffer[:kept] = buffer[end:filled]
                if kept == len(buffer):
                    buffer = buffer + bytes(len(buffer))
    except OSError as error:
        raise RunDirectoryError(
            f"cannot read: {error.strerror or error}", where=str(path), hint="name the folder of a run", code="E1501"
        ) from error


def _decoders(metrics: Sequence[MetricIdentity], location: str) -> tuple[msgspec.json.Decoder[Any], ...]:
    """Decoders of lines of exactly these metrics in these versions: a fast one for all of them in order, and one for any of them."""
    names = [metric.name for metric in metrics]
    if len(set(names)) != len(names):
        raise _mixed_up("manifest.json names a metric twice", location)
    kinds = tuple(
        msgspec.defstruct(
            f"Score{number}",
            [("status", _Status), ("version", Literal[metric.version]), ("value", _Share | None, None)],
            tag_field="metric",
            tag=metric.name,
            gc=False,
        )
        for number, metric in enumerate(metrics)
    )
    if not kinds:
        return (msgspec.json.Decoder(_row_type("Row", tuple[()])),)
    some: Any = tuple.__class_getitem__((Union[kinds], ...))  # noqa: UP007 - made from a list
    every: Any = tuple.__class_getitem__(kinds)
    return msgspec.json.Decoder(_row_type("WholeRow", every, is_whole=True)), msgspec.json.Decoder(_row_type("Row", some))


def _row_type(name: str, scores: Any, *, is_whole: bool = False) -> Any:
    """A line of `results.jsonl`; what is not needed of it is skipped unparsed. `is_whole`: it has every score, in order."""
    return msgspec.defstruct(
        name,
        [
            ("case_id", str),
            ("case_hash", str),
            ("trial", Annotated[int, msgspec.Meta(ge=0, lt=_MOST_TRIALS)]),
            ("passed", bool | None),
            ("scores", scores),
            ("trials", Annotated[int, msgspec.Meta(ge=1, le=_MOST_TRIALS)], 1),
            ("critical", bool, False),
            ("tags", tuple[str, ...], ()),
            ("failure", _Failure | None, None),
            ("cost_usd", _Figure | None, None),
            ("latency_ms", _Figure | None, None),
            ("input_tokens", _Count | None, None),
            ("output_tokens", _Count | None, None),
            ("steps", _Count, 0),
            ("cached", bool, False),
        ],
        namespace={"is_whole": is_whole},
        gc=False,
    )


class _TableBuilder:
    """Puts decoded lines into columns."""

    def __init__(self, manifest: Manifest, where: str) -> None:
        self._where = where
        self._names = [metric.name for metric in manifest.metrics]
        self._decisive = frozenset(number for number, metric in enumerate(manifest.metrics) if metric.pass_mark is not None)
        self._table = RunTable(tuple(self._names))
        self._trials: list[int] = []
        self._seen: set[int] = set()
        self._tags: dict[tuple[str, ...], tuple[str, ...]] = {}

    def build(self, chunks: Iterator[list[Any]]) -> RunTable:
        for rows in chunks:
            if rows:
                self._add(rows)
        self._table.planned = sum(self._trials)
        return self._table

    def _add(self, rows: list[Any]) -> None:
        self._add_cases(rows)
        passed = [row.passed for row in rows]
        self._table.passed.extend(array("d", map(_PASSED.__getitem__, passed)))
        has_gaps = None in passed or [row.failure for row in rows].count(None) != len(rows)
        self._add_scores(rows, has_gaps=has_gaps)
        self._add_measures(rows, has_gaps=has_gaps)

    def _add_cases(self, rows: list[Any]) -> None:
        table = self._table
        if not _have_one_trial(rows):
            for row in rows:
                self._add_row(row)
            return
        ids = [row.case_id for row in rows]
        first = len(table.cases)
        table.cases.update(zip(ids, range(first, first + len(ids)), strict=True))
        if len(table.cases) != first + len(ids):
            before = set(islice(table.cases, first))
            twice = next(case_id for at, case_id in enumerate(ids) if case_id in before or case_id in ids[:at])
            raise _mixed_up(f"case {twice}, trial 0 is there twice", self._where)
        table.row_cases.extend(range(first, first + len(ids)))
        table.hashes.extend([row.case_hash for row in rows])
        self._trials.extend([1] * len(rows))
        tags = [row.tags for row in rows]
        table.tags.extend(map(self._tags.setdefault, tags, tags))
        if True in [row.critical for row in rows]:
            table.critical.update([place for place, row in enumerate(rows, first) if row.critical])

    def _add_row(self, row: Any) -> None:
        table = self._table
        place = table.cases.setdefault(row.case_id, len(table.cases))
        if place == len(table.hashes):
            table.hashes.append(row.case_hash)
            self._trials.append(row.trials)
            table.tags.append(self._tags.setdefault(row.tags, row.tags))
        elif table.hashes[place] != row.case_hash or self._trials[place] != row.trials:
            raise _mixed_up(f"the lines of case {row.case_id} do not belong to one run: another hash or number of trials", self._where)
        elif row.trials == 1 or place * _MOST_TRIALS + row.trial in self._seen:
            raise _mixed_up(f"case {row.case_id}, trial {row.trial} is there twice", self._where)
        if row.trial >= row.trials:
            raise _mixed_up(f"case {row.case_id}: trial {row.trial} of {row.trials}, counted from 0", self._where)
        if row.trials > 1:
            self._seen.add(place * _MOST_TRIALS + row.trial)
        if row.critical:
            table.critical.add(place)
        table.row_cases.append(place)

    def _add_scores(self, rows: list[Any], *, has_gaps: bool) -> None:
        width = len(self._names)
        scores = list(chain.from_iterable([row.scores for row in rows]))
        if not rows[0].is_whole:
            scores = [score for row in rows for score in self._row_in_order(row)]
        values = [score.value for score in scores]
        if None in values:
            for at, value in enumerate(values):
                if value is None:
                    values[at] = nan
                    self._count_lacking(rows[at // width], self._names[at % width], scores[at].status)
        self._table.scores.extend(array("d", values))
        if has_gaps:
            for number, row in enumerate(rows):
                self._count_open(row, scores[number * width : (number + 1) * width])

    def _row_in_order(self, row: Any) -> list[Any]:
        found = {_name_of(score): score for score in row.scores}
        if len(found) != len(row.scores):
            raise _mixed_up(f"case {row.case_id}, trial {row.trial} has two scores of one metric", self._where)
        return [found.get(name, _ABSENT) for name in self._names]

    def _count_lacking(self, row: Any, name: str, status: str) -> None:
        if status in _LACKING:
            self._table.no_score[name] += 1
        elif status == "scored":
            raise _mixed_up(f"case {row.case_id}, trial {row.trial}: {name} is scored and has no value", self._where)

    def _count_open(self, row: Any, scores: Sequence[Any]) -> None:
        has_no_answer = row.failure is not None and row.failure.kind.is_missing
        if row.failure is not None and (row.passed or (row.passed is False and has_no_answer)):
            raise _mixed_up(f"case {row.case_id}, trial {row.trial} has a verdict and no answer", self._where)
        self._table.no_answer += has_no_answer
        if row.passed is None:
            self._table.no_verdict += has_no_answer or any(scores[at].status in _LACKING for at in self._decisive)

    def _add_measures(self, rows: list[Any], *, has_gaps: bool) -> None:
        """What an answer took. Of one from the cache, and of one that could not be had, nothing is told about the agent."""
        if has_gaps or True in [row.cached for row in rows]:
            rows = [_UNMEASURED if row.cached or (row.failure is not None and row.failure.kind.is_missing) else row for row in rows]
        measures = self._table.measures
        measures[COST].extend(array("d", [nan if row.cost_usd is None else row.cost_usd for row in rows]))
        measures[LATENCY].extend(array("d", [nan if row.latency_ms is None else row.latency_ms for row in rows]))
        read, written = [row.input_tokens for row in rows], [row.output_tokens for row in rows]
        tokens = [nan if one is None or other is None else one + other for one, other in zip(read, written, strict=True)]
        measures[TOKENS].extend(array("d", tokens))
        measures[STEPS].extend(array("d", [row.steps or nan for row in rows]))


def _name_of(score: Any) -> str:
    """The metric, which is the tag of the structure that a score was decoded as."""
    name: str = score.__struct_config__.tag
    return name


def _have_one_trial(rows: list[Any]) -> bool:
    return [row.trials for row in rows].count(1) == len(rows) == [row.trial for row in rows].count(0)


class _Unmeasured:
    cost_usd = latency_ms = input_tokens = output_tokens = None
    steps = 0


class _Absent:
    value, status = None, "missing"


_UNMEASURED, _ABSENT = _Unmeasured(), _Absent()


def _mixed_up(what: str, where: str) -> RunDirectoryError:
    return RunDirectoryError(
        f"the files of the run do not belong together: {what}",
        where=where,
        hint="'goldfinch score' makes scores and summary anew from the answers",
        code=codes.MIXED_UP,
    )


def _damaged(where: str, error: Exception) -> RunDirectoryError:
    if isinstance(error, msgspec.ValidationError) and "Invalid" in str(error) and ("metric" in str(error) or "version" in str(error)):
        return _mixed_up(f"a score is not of the metrics of manifest.json ({error})", where)
    return RunDirectoryError(
        f"damaged record: {error}", where=where, hint="'goldfinch score' makes the scores anew from outputs.jsonl", code="E1502"
    )
