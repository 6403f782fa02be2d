"""Turn files of another tool into golden cases: recognise the tool, map, validate; write only what is valid as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.json_values import NotJson, require_json
from goldfinch.core.datasets.limits import MAX_PROBLEMS
from goldfinch.core.datasets.plain import to_plain
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import DatasetError, Problem, UsageError
from goldfinch.core.importing import codes
from goldfinch.core.importing.document import Document, NotOfFormat, TooMuch
from goldfinch.core.importing.finishing import Imported
from goldfinch.core.importing.options import Options, SeveralModels
from goldfinch.core.importing.recognition import IMPORTERS, tools_of
from goldfinch.ports.dataset import CaseSink, Dataset

_KNOWN = f"--from takes {', '.join(IMPORTERS)}"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """`tool` None: recognised by the files' content."""

    paths: tuple[str, ...]
    options: Options
    tool: str | None = None


def read_cases(request: ImportRequest, read: Callable[[str], Document]) -> Imported:
    """The cases, valid and with unique ids, and what was not carried over. Raises `UsageError` and `DatasetError`."""
    documents = [read(path) for path in request.paths]
    tool = request.tool or _recognised(documents)
    try:
        imported = IMPORTERS[tool](documents, request.options)
    except NotOfFormat as error:
        label = error.label or (documents[0].label if len(documents) == 1 else "")
        where = ": ".join(filter(None, (label, error.place)))
        raise UsageError(error.what, where=where, hint=f"is it a file of {tool}?", code=codes.NOT_OF_FORMAT) from error
    except TooMuch as error:
        raise UsageError(f"the files {error}", where=" ".join(request.paths), hint="split them", code=codes.TOO_MUCH) from error
    except SeveralModels as error:
        hint = f"give --model with one of: {', '.join(error.names)}"
        where = " ".join(request.paths)
        raise UsageError("no answers of that model, or of several", where=where, hint=hint, code=codes.SEVERAL_MODELS) from error
    _require_sound(imported, request)
    return imported


def _recognised(documents: Sequence[Document]) -> str:
    """The one tool that all files may be of; a file that none is recognised in goes with the others."""
    found = [set(tools_of(document)) for document in documents]
    unknown = next((document for document, tools in zip(documents, found, strict=True) if not tools), None)
    if unknown is not None:
        raise UsageError("is of no tool that is known by its content", where=unknown.label, hint=_KNOWN, code=codes.UNKNOWN_FORMAT)
    common = set.intersection(*found)
    if len(common) != 1:
        several = sorted(common or set.union(*found))
        where = " ".join(document.label for document in documents)
        what = f"could be of {' or '.join(several)}" if common else f"are of different tools: {', '.join(several)}"
        raise UsageError(what, where=where, hint=_KNOWN if common else "import each by itself", code=codes.SEVERAL_FORMATS)
    return common.pop()


def _require_sound(imported: Imported, request: ImportRequest) -> None:
    where = " ".join(request.paths)
    if not imported.cases:
        lost = imported.notes[0] if imported.notes else "nothing in the file is a test, sample or item"
        raise UsageError(f"there is nothing to import ({lost})", where=where, hint="name another file", code=codes.NO_CASES)
    problems = tuple(_problems(imported))
    if problems:
        raise DatasetError(problems, code=codes.INVALID_CASES)
    if request.options.answers and not imported.answers:
        hint = "leave --answers out; Inspect logs, promptfoo's results.json and runs of OpenAI's hosted evals hold answers"
        raise UsageError("holds no recorded answers", where=where, hint=hint, code=codes.NO_ANSWERS)


def _problems(imported: Imported) -> Iterator[Problem]:
    """The first problems that the dataset's own validation finds, each with the place that its case comes from."""
    count = 0
    for case, place in zip(imported.cases, imported.places, strict=True):
        for problem in problems_of(case, where=place) or _problems_as_a_whole(case, place):
            yield problem
            count += 1
            if count >= MAX_PROBLEMS:
                return


def _problems_as_a_whole(case: Case, place: str) -> tuple[Problem, ...]:
    """What its parts do not show: a case that could be written and not be read again."""
    try:
        require_json(to_plain(case))
    except NotJson as error:
        where = f"{place} (case {case.id})"
        return (Problem(f"the case{error.path} {error.what}", where, "shorten or flatten it", codes.INVALID_CASES),)
    return ()


def require_free_ids(imported: Imported, others: Dataset, folder: str) -> None:
    """Raise `UsageError` where `others`, the cases that the folder holds besides, have an id of the imported ones."""
    wanted = {case.id for case in imported.cases}
    taken = next((case.id for case, _ in others.cases() if case.id in wanted), None)
    if taken is not None:
        what = f"holds a case {taken} in another file already"
        raise UsageError(what, where=folder, hint="name another folder with --to, or remove that file", code=codes.IDS_TAKEN)


def write_cases(imported: Imported, sink: CaseSink) -> None:
    """Write every case; a file appears as a whole or not at all."""
    with sink:
        for case in imported.cases:
            sink.write(case)
