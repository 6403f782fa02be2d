"""A regular expression, with a timeout: a pattern that backtracks without end must not hold up a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import regex

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.score import Score


class PatternTimedOut(Exception):
    """The pattern took longer than its timeout on one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """1 where the pattern matches anywhere in the answer (`whole`: all of it), else 0; with `negate` the other way round.

    A pattern that takes longer than `timeout_s` is an error of the scorer, not a score. It lies where the pattern is wider than meant:
    test it on answers that must fail. Source: syntax of the `regex` library, version 1 flags off.
    """

    version: ClassVar[str] = "1"
    pattern: str
    name: str = "regex"
    ignore_case: bool = False
    multiline: bool = False
    dot_matches_newline: bool = False
    whole: bool = False
    negate: bool = False
    timeout_s: float = 1.0
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.timeout_s <= 60:
            raise ValueError(f"timeout_s must be above 0 and at most 60 seconds, not {self.timeout_s}")
        chosen = ((self.ignore_case, regex.IGNORECASE), (self.multiline, regex.MULTILINE), (self.dot_matches_newline, regex.DOTALL))
        flags = sum(int(flag) for wanted, flag in chosen if wanted)
        try:
            compiled = regex.compile(self.pattern, flags)
        except regex.error as error:
            raise ValueError(f"pattern {quoted(self.pattern)} is no regular expression: {error}") from error
        object.__setattr__(self, "_compiled", compiled)

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - the pattern belongs to the metric
        text = answer_text(output)
        match = self._compiled.fullmatch if self.whole else self._compiled.search
        try:
            found = match(text, timeout=self.timeout_s, concurrent=True)
        except TimeoutError:
            message = f"the pattern took longer than {self.timeout_s:g} s on an answer of {len(text)} characters; simplify it"
            raise PatternTimedOut(message) from None
        said = f"matches {quoted(found[0])}" if found else f"does not match {quoted(text)}"
        return Score(float(bool(found) is not self.negate), said)
