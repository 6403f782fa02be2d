"""promptfoo: configurations, files of tests, and results (`promptfoo eval -o results.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goldfinch.core.importing.document import Document, NotOfFormat, file_name
from goldfinch.core.importing.draft import Draft
from goldfinch.core.importing.finishing import Imported, finish, require_room
from goldfinch.core.importing.ids import name_from_content, slug
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.options import Options
from goldfinch.core.importing.promptfoo_assertions import Context, add_assertion
from goldfinch.core.importing.promptfoo_prompts import Prompt, asked, input_of, prompts_of
from goldfinch.core.importing.promptfoo_tests import Test, merged_tests, tests_of_config, tests_of_document
from goldfinch.core.importing.templates import NotRendered, resolve

NAME = "promptfoo"
CONFIG_KEYS = frozenset({"prompts", "tests", "providers", "targets", "defaultTest", "scenarios"})
_READ_KEYS = frozenset({"prompts", "tests", "defaultTest", "scenarios", "$schema"})
_READ_TEST_KEYS = frozenset({"vars", "assert", "options", "metadata", "description", "providerOutput"})
_ROW = re.compile(r"Row #\d+")
"""What promptfoo calls a row of a table that has no description."""
_READ_OPTIONS = frozenset({"prefix", "suffix", "disableVarExpansion", "disableDefaultAsserts"})


def import_promptfoo(documents: Sequence[Document], options: Options) -> Imported:
    """Raises `NotOfFormat`, `TooMuch` and `SeveralModels`."""
    notes = Notes()
    drafts: list[Draft] = []
    for document in documents:
        prefix = f"{document.label}: " if len(documents) > 1 else ""
        drafts.extend(_drafts(document, prefix, options, notes))
    return finish(NAME, drafts, notes, options.usable)


def is_results(value: Any) -> bool:
    """Whether `value` is what `promptfoo eval -o results.json` writes."""
    return isinstance(value, Mapping) and isinstance(value.get("results"), Mapping) and isinstance(value["results"].get("results"), list)


def _drafts(document: Document, prefix: str, options: Options, notes: Notes) -> list[Draft]:
    value = document.value
    if is_results(value):
        return _of_results(value["results"]["results"], document, prefix, options, notes)
    prompts: list[Prompt] = []
    if isinstance(value, Mapping):
        if not CONFIG_KEYS & value.keys() and not {"vars", "assert"} & value.keys():
            raise NotOfFormat("holds neither prompts nor tests")
        for key in sorted(value.keys() - _READ_KEYS) if CONFIG_KEYS & value.keys() else ():
            notes.lost(f"`{key}` of the configuration not carried over", f"{prefix}{key}")
    if isinstance(value, Mapping) and CONFIG_KEYS & value.keys():
        prompts = prompts_of(value.get("prompts"), document.files, notes)
        tests: Iterator[Test] = tests_of_config(value, document.files, notes)
    else:
        located = tests_of_document(document, notes)
        tests = (test for place, raw in located for test in merged_tests(raw, place, {}, document.files, notes))
    return _of_tests(list(_counted(tests)), prompts if options.input == "prompt" else [], document, prefix, notes)


def _counted(tests: Iterator[Test]) -> Iterator[Test]:
    for count, test in enumerate(tests, start=1):
        require_room(count)
        yield test


def _of_tests(tests: list[Test], prompts: list[Prompt], document: Document, prefix: str, notes: Notes) -> list[Draft]:
    require_room(len(tests) * max(1, len(prompts)))
    names = {name for test in tests for name in test.variables}
    drafts = []
    for test in tests:
        chosen: list[Prompt | None] = list(_prompts_for(test, prompts))
        for prompt in chosen or [None]:
            question = _question(test, prompt, names, f"{prefix}{test.place}", notes)
            draft = _draft(test, question, document, prefix, notes)
            if prompt is not None and len(prompts) > 1:
                draft.tags.append(f"prompt:{slug(prompt.label)[:60] or prompts.index(prompt)}")
            drafts.append(draft)
    return drafts


def _prompts_for(test: Test, prompts: list[Prompt]) -> list[Prompt]:
    """The prompts that the test names, or all."""
    named = test.raw.get("prompts")
    return [prompt for prompt in prompts if prompt.label in named] if isinstance(named, list) else prompts


def _question(test: Test, prompt: Prompt | None, names: set[str], place: str, notes: Notes) -> Any:
    if prompt is not None:
        try:
            return asked(prompt, test.variables, test.options)
        except NotRendered as why:
            notes.changed(f"prompt that uses {why}: the input is the variables", place)
    return resolve(test.variables).get(next(iter(names))) if len(names) == 1 else resolve(test.variables)


def _draft(test: Test, question: Any, document: Document, prefix: str, notes: Notes) -> Draft:
    place = f"{prefix}{test.place}"
    description = test.raw.get("description")
    draft = Draft(place, question, fallback=name_from_content(NAME, question, test.variables))
    if isinstance(description, str) and description.strip() and not _ROW.fullmatch(description):
        draft.fallback = slug(description) or draft.fallback
    source = {"file": file_name(document), "place": test.place, "vars": test.variables}
    if description:
        source["description"] = description
    draft.metadata = {**test.metadata, NAME: source}
    draft.tags.append(NAME)
    context = Context(resolve(test.variables), document.files, notes)
    for at, assertion in test.asserts:
        add_assertion(draft, assertion, f"{prefix}{at}", context)
    _note_unread(draft, test, place, notes)
    return draft


def _note_unread(draft: Draft, test: Test, place: str, notes: Notes) -> None:
    given = test.raw.get("providerOutput")
    if given is not None:
        draft.recorded.append(_spoken(given))
    if test.raw.get("threshold") is not None:
        notes.lost("`threshold` of a test not carried over; here every check has to pass", place)
    for key in sorted(test.raw.keys() - _READ_TEST_KEYS - {"threshold", "prompts"}):
        notes.lost(f"`{key}` of a test not carried over", place)
    for key in sorted(test.options.keys() - _READ_OPTIONS):
        notes.lost(f"option `{key}` of a test not carried over", place)


def _of_results(results: list[Any], document: Document, prefix: str, options: Options, notes: Notes) -> list[Draft]:
    """One draft for each test and prompt; a model's answers to it, in their order, are its trials."""
    rows = [(f"{prefix}results.results[{index}]", row) for index, row in enumerate(results)]
    if bad := next((place for place, row in rows if not isinstance(row, Mapping)), None):
        raise NotOfFormat("is no result", bad)
    chosen = options.chosen(_provider(row) for _, row in rows)
    drafts: dict[tuple[Any, Any], Draft] = {}
    for place, row in rows:
        key = (row.get("testIdx", place), row.get("promptIdx"))
        if not all(isinstance(part, str | int | None) for part in key):
            raise NotOfFormat("has a number that is none", place)
        if key not in drafts:
            drafts[key] = _draft_of_result(row, place, document, options, notes)
        if chosen is not None and _provider(row) == chosen:
            drafts[key].recorded.append(_recorded(row, place, notes))
    if document.value.get("config"):
        notes.lost("`config` of the results not carried over: the tests are read from the results", f"{prefix}config")
    return list(drafts.values())


def _draft_of_result(row: Mapping[str, Any], place: str, document: Document, options: Options, notes: Notes) -> Draft:
    raw, variables = _object(row.get("testCase")), _object(row.get("vars"))
    test = next(merged_tests({**raw, "vars": {}}, place, {}, document.files, notes))
    test = Test(place, variables, test.asserts, test.options, test.metadata, test.raw)
    prompt = row.get("prompt")
    text = prompt.get("raw") if isinstance(prompt, Mapping) else None
    if options.input == "prompt" and isinstance(text, str):
        question = input_of(text)
    else:
        question = next(iter(variables.values())) if len(variables) == 1 else variables
    draft = _draft(test, question, document, "", notes)
    draft.recorded.clear()
    return draft


def _provider(row: Mapping[str, Any]) -> str:
    provider = row.get("provider")
    if isinstance(provider, Mapping):
        provider = provider.get("label") or provider.get("id")
    return str(provider or "unknown")


def _recorded(row: Mapping[str, Any], place: str, notes: Notes) -> dict[str, Any]:
    """A line of a recorded-answers file. An answer that did not come is a failure of the provider: missing evidence, not a score of 0."""
    response = _object(row.get("response"))
    line: dict[str, Any] = {"model": _provider(row), **_spoken(response.get("output"))}
    usage = response.get("tokenUsage")
    if isinstance(usage, Mapping) and not response.get("cached"):
        counts = {"input_tokens": usage.get("prompt"), "output_tokens": usage.get("completion")}
        line |= {key: count for key, count in counts.items() if _is_amount(count) and isinstance(count, int)}
    for key, value in (("cost_usd", response.get("cost")), ("latency_ms", row.get("latencyMs"))):
        if _is_amount(value) and not response.get("cached"):
            line[key] = value
    if _is_amount(row.get("score")):
        line["reported"] = {"promptfoo_score": row["score"]}
    if "text" not in line:
        line["error"] = {"kind": "provider_error", "message": str(row.get("error") or "no output was recorded")[:500]}
        notes.changed("answer that failed: recorded as missing", place)
    return line


def _spoken(output: Any) -> dict[str, Any]:
    """Text as it is; anything else as data, with the text that promptfoo compares: JSON without spaces."""
    if output is None or isinstance(output, str):
        return {} if output is None else {"text": output}
    text = json.dumps(output, ensure_ascii=False, separators=(",", ":"))
    return {"text": text, "data": output} if isinstance(output, dict | list) else {"text": text}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15
