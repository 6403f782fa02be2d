"""Names for content: one hash per case, one fingerprint per dataset, neither depending on formatting or on the order of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from json import JSONEncoder
from json.encoder import encode_basestring_ascii
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.plain import content_of

_MODULUS = 1 << 256
_INTEGRAL_FLOAT = re.compile(r"\.0[,\]}]|\de\+\d")
"""How Python spells a float that may equal a whole number. May also match inside a text, which costs time and changes nothing."""


def _plain_mapping(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a case holds a {type(value).__name__}, which is not a JSON value")


_encode = JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain_mapping).encode


def case_hash(case: Case) -> str:
    """32 hex digits over everything that influences the answer or its judgement; the first 16 are over the question alone.

    Input and context are the question; expected, weight, critical, budget and safety its judgement;
    id, tags, metadata and trials do not count.
    `1` and `1.0` are the same number. Raises ValueError or TypeError where the case holds something that is no JSON value (`validation`
    finds it first).
    """
    question = case.input
    if case.context is None and isinstance(question, str):
        asked = _digest(b"text:" + question.encode("utf-8", "surrogatepass"))
    else:
        asked = _digest(b"json:" + _canonical([question, case.context]))
    return asked + _digest(_judgement(case))


def question_part(case_hash: str) -> str:
    """The part of a case's hash that an answer belongs to: equal parts mean that the same question was asked."""
    return case_hash[:16]


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _judgement(case: Case) -> bytes:
    answer = case.expected.answer
    if isinstance(answer, str) and _states_only_an_answer(case):
        return f'{{"expected":{{"answer":{encode_basestring_ascii(answer)}}}}}'.encode("ascii")
    content = content_of(case)
    del content["input"]
    content.pop("context", None)
    return _canonical(content)


def _states_only_an_answer(case: Case) -> bool:
    """Whether the judgement rests on `expected.answer` alone: so common that its canonical form is written by hand."""
    expected = case.expected
    return (
        not (expected.must_include or expected.must_not_include or expected.numbers)
        and expected.json is None
        and expected.tools is None
        and expected.tool_order == "in_order"
        and expected.rubric is None
        and case.weight == 1.0
        and not case.critical
        and case.budget is None
        and case.safety is None
    )


def _canonical(value: Any) -> bytes:
    text = _encode(value)
    if (".0" in text or "e+" in text) and _INTEGRAL_FLOAT.search(text):
        text = _encode(_one_spelling(value))
    return text.encode("ascii")


def _one_spelling(value: Any) -> Any:
    """The same value with whole floats as integers, so that equal numbers are spelled equally."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: _one_spelling(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_one_spelling(item) for item in value]
    return value


class Fingerprint:
    """Adds up cases in any order, in constant memory.

    The sum modulo 2**256 of one digest per case is a multiset hash (Clarke et al., "Incremental Multiset Hash Functions", ASIACRYPT 2003,
    MSet-Add-Hash): it tells datasets apart; it is no protection from someone who can choose thousands of cases to make two sums meet.
    """

    __slots__ = ("_count", "_sum")

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0

    def add(self, case_id: str, content_hash: str) -> None:
        digest = blake2b(f"{case_id}\0{content_hash}".encode(), digest_size=32).digest()
        self._sum += int.from_bytes(digest)
        self._count += 1

    def hexdigest(self) -> str:
        """32 hex digits over the number of cases and their sum."""
        return blake2b(self._count.to_bytes(8) + (self._sum % _MODULUS).to_bytes(32), digest_size=16).hexdigest()
