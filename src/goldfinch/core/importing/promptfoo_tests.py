"""The tests of a promptfoo configuration, one by one: files followed, defaults put under, lists of variables taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from goldfinch.core.importing.document import Document, Refused
from goldfinch.core.importing.finishing import require_room
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.promptfoo_assertions import Files, from_text

Located = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Test:
    """One test with everything merged into it. `asserts` has each assertion with its place."""

    place: str
    variables: dict[str, Any]
    asserts: list[tuple[str, Any]]
    options: dict[str, Any]
    metadata: dict[str, Any]
    raw: Mapping[str, Any]


def tests_of_config(config: Mapping[str, Any], files: Files, notes: Notes) -> Iterator[Test]:
    """Every test of `tests:` and `scenarios:`, under `defaultTest:`. Without either, one test without variables, as promptfoo does."""
    default = _object(_default_test(config.get("defaultTest"), files, notes))
    listed = list(located_tests(config.get("tests"), "tests", files, notes))
    if not listed and not config.get("scenarios"):
        listed = [("prompts", {})]
    for place, raw in [*listed, *_scenario_tests(config.get("scenarios"), files, notes)]:
        yield from merged_tests(raw, place, default, files, notes)


def located_tests(value: Any, place: str, files: Files, notes: Notes) -> Iterator[Located]:
    """Every test below `value`: objects, and names of files with tests."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict) and "path" not in item:
                yield f"{place}[{index}]", item
            else:
                yield from located_tests(item, f"{place}[{index}]", files, notes)
    elif isinstance(value, dict) and isinstance(value.get("path"), str):
        yield from _tests_of_file(value["path"], place, files, notes)
    elif isinstance(value, str):
        yield from _tests_of_file(value, place, files, notes)
    elif value is not None:
        notes.lost("test that is no object not carried over", place)


def tests_of_document(document: Document, notes: Notes) -> Iterator[Located]:
    """The tests of a file that holds nothing else: a list, JSON Lines or a table."""
    if document.form == "table":
        for line, row in zip(document.lines, document.value, strict=True):
            yield f"line {line}", test_of_row(row, f"line {line}", notes)
        return
    items = document.value if isinstance(document.value, list) else [document.value]
    for index, item in enumerate(items):
        place = f"line {document.lines[index]}" if document.lines else f"[{index}]"
        if isinstance(item, dict):
            yield place, item
        else:
            notes.lost("test that is no object not carried over", place)


def test_of_row(row: Mapping[str, str], place: str, notes: Notes) -> dict[str, Any]:
    """A row of promptfoo's CSV: variables, and columns that begin with two underscores. Source: promptfoo 0.123, src/csv.ts."""
    test: dict[str, Any] = {"vars": {}, "assert": [], "options": {}, "metadata": {}}
    columns: list[str] = []
    for title, cell in row.items():
        if title.startswith("__expected"):
            if cell.strip():
                test["assert"].append(from_text(cell.strip()))
                columns.append(title)
        elif title in ("__prefix", "__suffix"):
            test["options"][title[2:]] = cell
        elif title in ("__description", "__providerOutput", "__threshold"):
            if cell:
                test[title[2:]] = cell
        elif title.startswith("__metadata:"):
            _put_metadata(test["metadata"], title.removeprefix("__metadata:"), cell)
        elif not title.startswith("__"):
            test["vars"][title] = cell
        elif cell and not title.startswith("__config:"):
            notes.lost(f"column {title} not carried over", place)
    _configure(test["assert"], columns, row, place, notes)
    return test


def merged_tests(raw: Mapping[str, Any], place: str, default: Mapping[str, Any], files: Files, notes: Notes) -> Iterator[Test]:
    """`raw` under the defaults, once for each combination of its lists of variables."""
    options = {**_object(default.get("options")), **_object(raw.get("options"))}
    inherited = [] if options.get("disableDefaultAsserts") is True else _list(default.get("assert"))
    asserts = [(f"defaultTest.assert[{index}]", one) for index, one in enumerate(inherited)]
    asserts += [(f"{place}.assert[{index}]", one) for index, one in enumerate(_list(raw.get("assert")))]
    metadata = {**_object(default.get("metadata")), **_object(raw.get("metadata"))}
    merged = {**{key: default[key] for key in ("threshold", "provider", "assertScoringFunction") if key in default}, **raw}
    variables = {
        **_variables(default.get("vars"), "defaultTest.vars", files, notes),
        **_variables(raw.get("vars"), f"{place}.vars", files, notes),
    }
    whole = options.get("disableVarExpansion") is True
    for one in [variables] if whole else combinations(variables):
        yield Test(place, one, asserts, options, metadata, merged)


def combinations(variables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each list of texts taken apart, in every combination, as promptfoo does; other lists are values. Raises `TooMuch`."""
    choices = [value if isinstance(value, list) and value and isinstance(value[0], str) else [value] for value in variables.values()]
    require_room(prod(map(len, choices)))
    return (dict(zip(variables, chosen, strict=True)) for chosen in product(*choices))


def _tests_of_file(name: str, place: str, files: Files, notes: Notes) -> Iterator[Located]:
    found = files.get(name, Refused("the file was not read"))
    if isinstance(found, Refused):
        notes.lost(f"tests of {name[:80]} not carried over ({found.why})", place)
        return
    for document in found:
        for inner, test in tests_of_document(document, notes):
            yield f"{document.label}: {inner}", test


def _scenario_tests(value: Any, files: Files, notes: Notes) -> Iterator[Located]:
    for number, scenario in enumerate(_list(value)):
        if not isinstance(scenario, dict):
            notes.lost("scenario that is no object not carried over", f"scenarios[{number}]")
            continue
        place = f"scenarios[{number}]"
        tests = list(located_tests(scenario.get("tests"), f"{place}.tests", files, notes)) or [(place, {})]
        for data in map(_object, _list(scenario.get("config"))):
            for inner, test in tests:
                yield (
                    inner,
                    {
                        **data,
                        **test,
                        "vars": {**_object(data.get("vars")), **_object(test.get("vars"))},
                        "assert": [*_list(data.get("assert")), *_list(test.get("assert"))],
                    },
                )


def _default_test(value: Any, files: Files, notes: Notes) -> Any:
    if not isinstance(value, str):
        return value
    found = files.get(value, Refused("the file was not read"))
    if isinstance(found, Refused):
        notes.lost(f"defaultTest not carried over ({found.why})", "defaultTest")
        return {}
    return found[0].value


def _variables(value: Any, place: str, files: Files, notes: Notes) -> dict[str, Any]:
    """The variables of a test: an object, a name of a file with one, or a list of such names; values that name files are read."""
    if isinstance(value, str | list):
        merged: dict[str, Any] = {}
        for name in [value] if isinstance(value, str) else value:
            found = files.get(name, Refused("the file was not read")) if isinstance(name, str) else Refused("no name of a file")
            if isinstance(found, Refused):
                notes.lost(f"variables of {str(name)[:80]} not carried over ({found.why})", place)
            else:
                merged.update(_object(found[0].value))
        value = merged
    return {name: _variable(name, item, place, files, notes) for name, item in _object(value).items()}


def _variable(name: str, value: Any, place: str, files: Files, notes: Notes) -> Any:
    if not (isinstance(value, str) and value.startswith("file://")):
        return value
    found = files.get(value, Refused("the file was not read"))
    if isinstance(found, Refused):
        notes.lost(f"content of {value[:80]} not carried over ({found.why})", f"{place}.{name}")
        return value
    return [document.text for document in found] if len(found) > 1 else found[0].text


def _put_metadata(metadata: dict[str, Any], key: str, cell: str) -> None:
    if cell.strip() and key.endswith("[]"):
        metadata[key[:-2]] = [item.strip() for item in cell.split(",")]
    elif cell.strip():
        metadata[key] = cell


def _configure(asserts: list[dict[str, Any]], columns: list[str], row: Mapping[str, str], place: str, notes: Notes) -> None:
    """Columns such as `__config:__expected2:threshold`."""
    for title, cell in row.items():
        _, _, about = title.partition("__config:")
        column, _, key = about.partition(":")
        if not cell.strip() or not column:
            continue
        same = {column, "__expected1" if column == "__expected" else column, "__expected" if column == "__expected1" else column}
        index = next((index for index, known in enumerate(columns) if known in same), None)
        if index is None or key != "threshold":
            notes.lost(f"column {title[:80]} not carried over", place)
        else:
            asserts[index][key] = cell.strip()


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
