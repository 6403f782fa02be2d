"""Which tool wrote a file, by what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from goldfinch.core.importing.document import Document
from goldfinch.core.importing.finishing import Imported
from goldfinch.core.importing.inspect_logs import NAME as INSPECT
from goldfinch.core.importing.inspect_logs import import_inspect
from goldfinch.core.importing.langfuse import NAME as LANGFUSE
from goldfinch.core.importing.langfuse import import_langfuse
from goldfinch.core.importing.langsmith import NAME as LANGSMITH
from goldfinch.core.importing.langsmith import import_langsmith
from goldfinch.core.importing.openai_evals import NAME as OPENAI_EVALS
from goldfinch.core.importing.openai_evals import import_openai_evals, registry_specs
from goldfinch.core.importing.openai_hosted import is_hosted
from goldfinch.core.importing.options import Options
from goldfinch.core.importing.promptfoo import CONFIG_KEYS, import_promptfoo, is_results
from goldfinch.core.importing.promptfoo import NAME as PROMPTFOO

IMPORTERS: Mapping[str, Callable[[Sequence[Document], Options], Imported]] = {
    PROMPTFOO: import_promptfoo,
    OPENAI_EVALS: import_openai_evals,
    LANGSMITH: import_langsmith,
    LANGFUSE: import_langfuse,
    INSPECT: import_inspect,
}
"""The importer of each tool, by the name that `--from` takes."""


def tools_of(document: Document) -> tuple[str, ...]:
    """The tools that may have written `document`; empty where none is recognised."""
    if document.form == "inspect":
        return (INSPECT,)
    if document.form == "table":
        return tuple(name for name, fits in _TABLES.items() if fits(set(document.value[0] if document.value else ())))
    if document.form == "tree" and isinstance(document.value, Mapping):
        found = tuple(name for name, fits in _TREES.items() if fits(document.value))
        if found:
            return found
    record = _first_record(document.value)
    found = tuple(name for name, fits in _RECORDS.items() if fits(record)) if record is not None else ()
    return (OPENAI_EVALS,) if is_hosted(document) and OPENAI_EVALS not in found else found


def _first_record(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        for key in ("data", "examples"):
            if isinstance(value.get(key), list):
                return _first_record(value[key])
        return value
    return value[0] if isinstance(value, list) and value and isinstance(value[0], Mapping) else None


_TREES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    PROMPTFOO: lambda tree: is_results(tree) or ("prompts" in tree and isinstance(tree["prompts"], str | list)) or _has_tests(tree),
    OPENAI_EVALS: lambda tree: bool(registry_specs(tree)) and not CONFIG_KEYS & tree.keys(),
}
_RECORDS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    PROMPTFOO: lambda record: isinstance(record.get("vars"), Mapping) or isinstance(record.get("assert"), list),
    OPENAI_EVALS: lambda record: {"input", "ideal"} <= record.keys(),
    LANGSMITH: lambda record: isinstance(record.get("inputs"), Mapping),
    LANGFUSE: lambda record: (
        "input" in record
        and ("expectedOutput" in record or ("expected_output" in record and bool({"status", "dataset_name"} & record.keys())))
    ),
}
_TABLES: dict[str, Callable[[set[str]], bool]] = {
    PROMPTFOO: lambda titles: any(title.startswith("__expected") for title in titles),
    LANGSMITH: lambda titles: "inputs" in titles or any(title.startswith(("inputs.", "inputs_", "input_")) for title in titles),
    LANGFUSE: lambda titles: {"input", "expectedOutput"} <= titles,
}


def _has_tests(tree: Mapping[str, Any]) -> bool:
    return isinstance(tree.get("tests"), str | list) or "scenarios" in tree or "defaultTest" in tree
