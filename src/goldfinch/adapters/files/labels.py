"""People's labels and a judge's recorded judgements: JSON Lines, read within the limits of golden datasets, every problem with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from goldfinch.adapters.files.formats.jsonl import read_jsonl
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.calibration import codes
from goldfinch.core.calibration.items import PREFERS_A, PREFERS_B, TIE, LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.limits import MAX_COUNTED_PROBLEMS, MAX_PROBLEMS
from goldfinch.core.errors import LabelsError, Problem

MAX_LABELS = 100_000
"""Labels, and items judged; people label hundreds."""
MAX_JUDGEMENTS = 1_000_000
MAX_REPEAT = 1_000
_PREFERENCE = {"a": PREFERS_A, "b": PREFERS_B, "tie": TIE}

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Scale = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
Verdict = bool | int | float | str | None
T = TypeVar("T")


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    id: Name
    input: Any
    label: bool | int | float | None = None
    scale: Scale | None = None
    preferred: Literal["a", "b", "tie"] | None = None
    answer: str | None = None
    answer_a: str | None = None
    answer_b: str | None = None
    context: Any = None
    reference: str | None = None
    cluster: str | None = None
    system: str | None = None
    system_a: str | None = None
    system_b: str | None = None
    metadata: dict[str, Any] | None = None


class _JudgementLine(msgspec.Struct, forbid_unknown_fields=True):
    id: Name
    judge: Name
    verdict: Verdict
    scale: Scale | None = None
    swapped: bool = False
    repeat: Annotated[int, msgspec.Meta(ge=0, le=MAX_REPEAT)] = 0
    judge_version: Name | None = None
    metadata: dict[str, Any] | None = None


class _Refused(Exception):
    """A line says something that cannot be: what, and what to do."""

    def __init__(self, what: str, hint: str, code: str) -> None:
        super().__init__(what)
        self.what, self.hint, self.code = what, hint, code


def read_labels(path: str | Path) -> tuple[LabelledItem, ...]:
    """Every label of a file, all of one kind. Raises `LabelsError` with all that is wrong."""
    file = _File(path)
    items: dict[str, LabelledItem] = {}
    for where, raw in file.lines(MAX_LABELS):
        try:
            item = _item(_convert(raw, _Line, codes.BAD_LABEL))
            _require_fitting(item, items)
        except _Refused as refused:
            file.report(Problem(refused.what, where, refused.hint, refused.code))
        else:
            items[item.id] = item
    if not items and not file.problems:
        file.report(Problem("holds no label", file.label, "write one label a line", codes.NO_LABELS))
    file.require_sound()
    return tuple(items.values())


def read_judgements(path: str | Path, items: Sequence[LabelledItem]) -> tuple[RecordedJudgement, ...]:
    """Every judgement of a file. Those of labelled items must fit their labels; of the others only the id is kept. Raises `LabelsError`."""
    file = _File(path)
    labelled = {item.id: item for item in items}
    found: dict[tuple[str, str, bool, int], RecordedJudgement] = {}
    for where, raw in file.lines(MAX_JUDGEMENTS):
        try:
            line = _convert(raw, _JudgementLine, codes.BAD_JUDGEMENT)
            key = (line.id, line.judge, line.swapped, line.repeat)
            if key in found:
                raise _duplicate_judgement(line)
            found[key] = _judgement(line, labelled.get(line.id))
        except _Refused as refused:
            file.report(Problem(refused.what, where, refused.hint, refused.code))
    if not found and not file.problems:
        file.report(Problem("holds no judgement", file.label, "write one judgement a line", codes.NOTHING_JUDGED))
    file.require_sound()
    return tuple(found.values())


@dataclass(slots=True)
class _File:
    """A file being read, with the problems found so far."""

    path: str | Path
    problems: list[Problem] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(self.path)

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_COUNTED_PROBLEMS:
            self.require_sound()

    def lines(self, most: int) -> Iterator[tuple[str, Any]]:
        """Place and value of every line that is JSON."""
        try:
            for count, (number, raw) in enumerate(read_jsonl(SourceFile(Path(self.path), self.label), self.report), start=1):
                if count > most:
                    self.report(Problem(f"holds more than {most} lines", f"{self.label}:{number}", "read a sample", codes.TOO_MANY))
                    return
                yield f"{self.label}:{number}", _plain(raw)
        except Unreadable as error:
            self.report(error.at(self.label))

    def require_sound(self) -> None:
        """Raise what was found, the first of them if there are many."""
        if not self.problems:
            return
        shown = self.problems[:MAX_PROBLEMS]
        if left := len(self.problems) - len(shown):
            shown.append(Problem(f"and {left} more problems", self.label))
        raise LabelsError(tuple(shown))


def _plain(raw: Any) -> Any:
    """The reader of golden datasets gives a line that has nothing but an id and an input as a case: here it is one that lacks its label."""
    return {"id": raw.id, "input": raw.input} if isinstance(raw, Case) else raw


def _convert(raw: Any, kind: type[T], code: str) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what = str(error).replace("\n", " ")[:300]
        raise _Refused(f"{what[:1].lower()}{what[1:]}", "see the table of keys in the guide to judge calibration", code) from error


def _item(line: _Line) -> LabelledItem:
    if line.preferred is not None:
        return _pair(line)
    if line.label is None or line.answer is None:
        what = "has no `label`" if line.label is None else "has no `answer`"
        raise _bad_label(what, "write `answer` and `label`, or `answer_a`, `answer_b` and `preferred`")
    if line.answer_a is not None or line.answer_b is not None:
        raise _bad_label("has `label` and also two answers", "a pair has `preferred`, one answer has `label`")
    if isinstance(line.label, bool):
        if line.scale is not None:
            raise _bad_label("has a `scale`, and a `label` that is true or false", "write the grade as a number, or leave `scale` out")
        return _labelled(line, LabelKind.BINARY, float(line.label))
    scale = _scale(line.scale, codes.BAD_LABEL)
    return _labelled(line, LabelKind.ORDINAL, _on_scale(line.label, scale, "label", codes.BAD_LABEL), scale)


def _pair(line: _Line) -> LabelledItem:
    if line.answer_a is None or line.answer_b is None:
        raise _bad_label("has `preferred` and not both of `answer_a` and `answer_b`", "write both answers")
    if line.label is not None or line.answer is not None or line.scale is not None:
        raise _bad_label("has `preferred` and also `label`, `answer` or `scale`", "a pair has `preferred`, one answer has `label`")
    return _labelled(line, LabelKind.PAIRWISE, _PREFERENCE[line.preferred or "tie"])


def _labelled(line: _Line, kind: LabelKind, label: float, scale: tuple[float, float] = (0.0, 1.0)) -> LabelledItem:
    return LabelledItem(
        id=line.id,
        kind=kind,
        label=label,
        input=line.input,
        answer=line.answer,
        answer_a=line.answer_a,
        answer_b=line.answer_b,
        cluster=line.cluster or "",
        system=line.system,
        system_a=line.system_a,
        system_b=line.system_b,
        context=line.context,
        reference=line.reference,
        scale=scale,
    )


def _require_fitting(item: LabelledItem, items: Mapping[str, LabelledItem]) -> None:
    if item.id in items:
        raise _Refused(f"the id {item.id[:80]!r} was given before", "give each item its own id", codes.DUPLICATE_LABEL)
    first = next(iter(items.values()), item)
    if first.kind is not item.kind:
        what = f"is a label of the kind {item.kind.value}, the first one is {first.kind.value}"
        raise _Refused(what, "put each kind into a file of its own", codes.MIXED_LABELS)


def _judgement(line: _JudgementLine, item: LabelledItem | None) -> RecordedJudgement:
    value = None if line.verdict is None or item is None else _value(line, line.verdict, item)
    if item is not None and line.swapped and item.kind is not LabelKind.PAIRWISE:
        raise _bad_judgement("is `swapped`, and the item is one answer", "only the two answers of a pair can change places")
    return RecordedJudgement(line.id, line.judge, value, line.swapped, line.repeat, line.judge_version)


def _value(line: _JudgementLine, verdict: bool | float | str, item: LabelledItem) -> float:
    if item.kind is LabelKind.PAIRWISE:
        if not isinstance(verdict, str) or verdict not in _PREFERENCE:
            raise _bad_judgement("has a `verdict` that is not a, b or tie", "people compared two answers: name the better one")
        return _PREFERENCE[verdict]
    if isinstance(verdict, str):
        raise _bad_judgement("has a text for a `verdict`", "write true or false, a number, or null where the judge failed")
    if isinstance(verdict, bool):
        if item.kind is LabelKind.ORDINAL:
            raise _bad_judgement("says true or false, and people gave a grade", "write the judge's grade as a number")
        return float(verdict)
    scale = item.scale if line.scale is None else _scale(line.scale, codes.BAD_JUDGEMENT)
    return _on_scale(verdict, scale, "verdict", codes.BAD_JUDGEMENT)


def _scale(scale: Sequence[float] | None, code: str) -> tuple[float, float]:
    low, high = scale or (0.0, 1.0)
    if not (isfinite(low) and isfinite(high) and low < high and isfinite(high - low)):
        raise _Refused("has a `scale` that is not the lowest and the highest grade", "write for example `scale: [1, 5]`", code)
    return low, high


def _on_scale(value: float, scale: tuple[float, float], name: str, code: str) -> float:
    low, high = scale
    if not low <= value <= high:
        what = f"has a `{name}` of {value:g}, which is outside its scale, {low:g} to {high:g}"
        raise _Refused(what, "give the scale as `scale: [1, 5]`", code)
    return (value - low) / (high - low)


def _bad_label(what: str, hint: str) -> _Refused:
    return _Refused(what, hint, codes.BAD_LABEL)


def _bad_judgement(what: str, hint: str) -> _Refused:
    return _Refused(what, hint, codes.BAD_JUDGEMENT)


def _duplicate_judgement(line: _JudgementLine) -> _Refused:
    order = "swapped" if line.swapped else "given"
    what = f"judges {line.id[:80]!r} again by {line.judge[:80]!r} in the {order} order as repeat {line.repeat}"
    return _Refused(what, "number repeated judgements by `repeat`", codes.DUPLICATE_JUDGEMENT)


def label_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas (draft 2020-12) by name, as `docs/schemas/<name>.schema.json` publishes them: a line of either file."""
    return {
        "label": schema_of(
            _Line,
            "A line of a labels file: an answer with `label`, or two answers with `preferred`.",
            title="Label",
            **_LABEL_OR_PREFERENCE,
        ),
        "judgement": schema_of(
            _JudgementLine, "A line of a judgements file: what a judge said of the item with this id.", title="Judgement"
        ),
    }


_TEXT, _ABSENT = {"type": "string"}, {"type": "null"}
_LABEL_OR_PREFERENCE: dict[str, Any] = {
    "oneOf": [
        {
            "required": ["answer", "label"],
            "properties": {
                "answer": _TEXT,
                "label": {"type": ["boolean", "number"]},
                **dict.fromkeys(("answer_a", "answer_b", "preferred"), _ABSENT),
            },
        },
        {
            "required": ["answer_a", "answer_b", "preferred"],
            "properties": {
                "answer_a": _TEXT,
                "answer_b": _TEXT,
                "preferred": {"enum": ["a", "b", "tie"]},
                **dict.fromkeys(("answer", "label", "scale"), _ABSENT),
            },
        },
    ]
}
