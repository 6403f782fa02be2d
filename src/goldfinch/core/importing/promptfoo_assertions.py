"""What promptfoo asserts, as expectations of a case. Source: promptfoo 0.123, src/assertions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from goldfinch.core.importing import checks
from goldfinch.core.importing.document import Document, Refused
from goldfinch.core.importing.draft import Draft, Need
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.templates import NotRendered, render_within

Files = Mapping[str, tuple[Document, ...] | Refused]

_ENTRY = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|\s*([^,]*),?')
_UNTOUCHED = frozenset({"type", "value", "threshold"})
_LATER = "; a judge has to score it"


class NotCarried(Exception):
    """An assertion has no counterpart here; says why."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the values of a test's assertions may refer to, and where to note what is lost."""

    variables: Mapping[str, Any]
    files: Files
    notes: Notes


def add_assertion(draft: Draft, assertion: Any, place: str, context: Context) -> None:
    """Put one assertion into `draft`, or note why not."""
    notes = context.notes
    kind = assertion.get("type") if isinstance(assertion, Mapping) else None
    if not isinstance(kind, str):
        draft.lost = True
        notes.lost("assertion without a type not carried over", place)
        return
    if kind == "assert-set" and isinstance(assertion.get("assert"), list) and "threshold" not in assertion:
        for index, inner in enumerate(assertion["assert"]):
            add_assertion(draft, inner, f"{place}.assert[{index}]", context)
        return
    try:
        _refuse_changes(assertion)
        negated = kind.startswith("not-")
        handler = _HANDLERS.get(kind.removeprefix("not-"))
        if handler is None:
            raise NotCarried("")
        value = _value(assertion.get("value"), context)
        handler(_Assertion(draft, kind, value, assertion.get("threshold"), negated, place, notes))
    except NotCarried as why:
        draft.lost = True
        notes.lost(f"{kind} not carried over{f' ({why})' if str(why) else ''}", place)
        return
    for key in sorted(assertion.keys() - _UNTOUCHED):
        if not (key == "weight" and assertion[key] == 1):
            notes.lost(f"`{key}` of an assertion not carried over", place)


def from_text(text: str) -> dict[str, Any]:
    """An assertion as a cell of a CSV file spells it: `contains-any: a, b`, `similar(0.8): text`, or a bare text that has to be equal."""
    for prefix, kind in _LEGACY:
        if text.startswith(prefix):
            return {"type": kind, "value": text[len(prefix) :].strip()}
    found = _TYPED.match(text)
    if found is None:
        return {"type": "equals", "value": text}
    negation, kind, threshold, value = found.groups()
    assertion: dict[str, Any] = {"type": f"{negation or ''}{kind}"}
    if value is not None and (value := value.strip()):
        assertion["value"] = value
    if threshold is not None:
        assertion["threshold"] = float(threshold)
    elif kind in ("latency", "cost") and value:
        assertion["threshold"] = _number(value)
    return assertion


@dataclass(frozen=True, slots=True)
class _Assertion:
    """One assertion and where it goes."""

    draft: Draft
    kind: str
    value: Any
    threshold: Any
    negated: bool
    place: str
    notes: Notes

    @property
    def ignore_case(self) -> bool:
        return self.kind.removeprefix("not-").startswith("icontains")

    def text(self) -> str:
        if isinstance(self.value, str) and self.value:
            return self.value
        if isinstance(self.value, int | float):
            return json.dumps(self.value)
        raise NotCarried("its value is no text")

    def texts(self) -> list[str]:
        """A list of texts, or one text with commas between them."""
        value = self.value
        if isinstance(value, str):
            value = [found for match in _ENTRY.finditer(value) if (found := _entry(match))]
        if not isinstance(value, list) or not value or not all(isinstance(item, str | int | float) and item != "" for item in value):
            raise NotCarried("its value is no list of texts")
        return [item if isinstance(item, str) else json.dumps(item) for item in value]

    def limit(self) -> float:
        number = _number(self.threshold if self.threshold is not None else self.value)
        if number is None or number < 0 or self.negated:
            raise NotCarried("it states no limit")
        return number


def _equals(one: _Assertion) -> None:
    if isinstance(one.value, dict | list):
        if one.negated or not checks.expect_json(one.draft, one.value, one.place):
            raise NotCarried("a case has one expected JSON value")
    elif one.negated:
        checks.expect_different(one.draft, one.text(), one.place)
    else:
        checks.expect_equal(one.draft, one.text(), one.place)


def _contains(one: _Assertion) -> None:
    put = checks.expect_none if one.negated else checks.expect_all
    put(one.draft, [one.text()], one.place, ignore_case=one.ignore_case)


def _contains_all(one: _Assertion) -> None:
    put = checks.expect_not_all if one.negated else checks.expect_all
    put(one.draft, one.texts(), one.place, ignore_case=one.ignore_case)


def _contains_any(one: _Assertion) -> None:
    put = checks.expect_none if one.negated else checks.expect_any
    put(one.draft, one.texts(), one.place, ignore_case=one.ignore_case)


def _regex(one: _Assertion) -> None:
    checks.expect_pattern(one.draft, one.text(), one.place, negate=one.negated)


def _starts_with(one: _Assertion) -> None:
    checks.expect_pattern(one.draft, rf"\A{re.escape(one.text())}", one.place, negate=one.negated)


def _is_json(one: _Assertion) -> None:
    if one.negated:
        raise NotCarried("")
    schema = one.value
    if isinstance(schema, str) and schema:
        try:
            schema = json.loads(schema)
        except ValueError:
            raise NotCarried("its schema is no JSON") from None
    if schema not in (None, "") and not isinstance(schema, dict):
        raise NotCarried("its schema is no object")
    checks.expect_schema(one.draft, schema or {}, one.place)


def _similar(one: _Assertion) -> None:
    if one.negated:
        raise NotCarried("")
    texts = one.value if isinstance(one.value, list) and all(isinstance(item, str) for item in one.value) else [one.text()]
    if not checks.expect_similar(one.draft, texts, one.place):
        raise NotCarried("the case has an expected answer already")
    one.notes.changed(f"{one.kind} kept as expected.answer, reported by token_f1, without its threshold", one.place)


def _rubric(one: _Assertion) -> None:
    if one.negated or not isinstance(one.value, str) or not one.value.strip():
        raise NotCarried("its value is no text" if not one.negated else "")
    one.draft.rubrics.append(one.value.strip())
    one.notes.changed(f"{one.kind} kept as rubric{_LATER}", one.place)


def _factuality(one: _Assertion) -> None:
    if one.negated:
        raise NotCarried("")
    one.draft.rubrics.append(f"The answer agrees with these facts: {one.text()}")
    one.notes.changed(f"{one.kind} kept as rubric{_LATER}", one.place)


def _latency(one: _Assertion) -> None:
    limit = one.limit()
    one.draft.latency_ms = limit if one.draft.latency_ms is None else min(limit, one.draft.latency_ms)
    one.draft.claim(Need("latency", {}, "latency", one.place))


def _cost(one: _Assertion) -> None:
    limit = one.limit()
    one.draft.cost_usd = limit if one.draft.cost_usd is None else min(limit, one.draft.cost_usd)
    one.draft.claim(Need("cost", {}, "cost", one.place))


_HANDLERS: dict[str, Callable[[_Assertion], None]] = {
    "equals": _equals,
    "contains": _contains,
    "icontains": _contains,
    "contains-all": _contains_all,
    "icontains-all": _contains_all,
    "contains-any": _contains_any,
    "icontains-any": _contains_any,
    "regex": _regex,
    "starts-with": _starts_with,
    "is-json": _is_json,
    "latency": _latency,
    "cost": _cost,
    **dict.fromkeys(("similar", "similar:cosine", "similar:dot", "similar:euclidean", "levenshtein", "rouge-n"), _similar),
    **dict.fromkeys(("bleu", "gleu", "meteor"), _similar),
    **dict.fromkeys(("llm-rubric", "g-eval", "model-graded-closedqa", "agent-rubric"), _rubric),
    **dict.fromkeys(("factuality", "model-graded-factuality"), _factuality),
}

_LEGACY = (
    ("javascript:", "javascript"),
    ("fn:", "javascript"),
    ("eval:", "javascript"),
    ("grade:", "llm-rubric"),
    ("python:", "python"),
)
_CODE_OR_MODEL = (
    *("javascript", "python", "ruby", "webhook", "contains-json", "contains-html", "contains-sql", "contains-xml", "is-html", "is-sql"),
    *("is-xml", "is-refusal", "is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call", "guardrails"),
    *("answer-relevance", "classifier", "context-faithfulness", "context-recall", "context-relevance", "conversation-relevance"),
    *("human", "moderation", "perplexity", "perplexity-score", "pi", "search-rubric", "select-best", "max-score", "tool-call-f1"),
    *("finish-reason", "trace-span-count", "trace-span-duration", "trace-error-spans", "word-count"),
)
"""Types that have no counterpart here; named, because a cell of a CSV file that begins with another word is a text to be equal to."""
_TYPED = re.compile(
    rf"(not-)?({'|'.join(map(re.escape, sorted([*_HANDLERS, *_CODE_OR_MODEL], key=len, reverse=True)))})"
    r"(?:\((\d{1,9}(?:\.\d{1,9})?)\))?(?::([\s\S]*))?$"
)


def _refuse_changes(assertion: Mapping[str, Any]) -> None:
    if assertion.get("weight") == 0:
        raise NotCarried("weight 0: it decides nothing")
    for key in ("transform", "contextTransform"):
        if assertion.get(key):
            raise NotCarried(f"`{key}` changes the answer first")


def _value(value: Any, context: Context) -> Any:
    """The value with templates filled in and files read. Raises `NotCarried`."""
    if isinstance(value, str) and value.startswith("file://"):
        found = context.files.get(value, Refused("the file was not read"))
        if isinstance(found, Refused):
            raise NotCarried(found.why)
        return found[0].value if found[0].form == "tree" else found[0].text
    try:
        return render_within(value, context.variables)
    except NotRendered as why:
        raise NotCarried(f"its value uses {why}") from None


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15 else None


def _entry(match: re.Match[str]) -> str:
    quoted, plain = match.groups()
    return str(quoted).replace('""', '"') if quoted is not None else (plain or "").strip()
