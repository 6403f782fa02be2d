"""A model's reply read as an answer, and how caveats join it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from src.agents.thinking import NothingUsable
from src.domain import Claim, Fact
from src.evaluation.words import is_told

CAVEATS = "Caveats:"


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is not yet checked; `problems` are claims that could not be read."""

    answer: str
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def with_caveats(self, caveats: Sequence[str]) -> Draft:
        """The same with those of `caveats` in the answer that it does not tell yet, as a last paragraph "Caveats: …"."""
        untold = [caveat for caveat in dict.fromkeys(caveats) if not is_told(caveat, self.answer)]
        if not untold:
            return self
        sentences = " ".join(_sentence(caveat) for caveat in untold)
        lead = self.answer.rstrip() if CAVEATS in self.answer else f"{self.answer.rstrip()} {CAVEATS}"
        kept = dict.fromkeys((*self.caveats, *untold))
        return replace(self, answer=f"{lead} {sentences}", caveats=tuple(kept))


def read_draft(reply: Mapping[str, Any]) -> Draft:
    """Read a reply to `write`. Raises `NothingUsable` where it holds no answer."""
    answer = reply.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise NothingUsable("write", ("'answer' is missing or no text",))
    claims, problems = _claims(reply.get("claims"))
    facts, notes = reply.get("facts"), reply.get("notes")
    return Draft(
        answer=answer.strip(),
        claims=claims,
        caveats=tuple(str(caveat) for caveat in _listed(reply.get("caveats")) if str(caveat).strip()),
        facts=tuple(Fact(str(key), value) for key, value in facts.items()) if isinstance(facts, Mapping) else (),
        notes=dict(notes) if isinstance(notes, Mapping) else {},
        problems=problems,
    )


def _claims(written: Any) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    claims: list[Claim] = []
    problems: list[str] = []
    for number, each in enumerate(_listed(written), start=1):
        claim = _claim(each)
        if claim is None:
            problems.append(f"claim {number} is not an object with label, value (a number), unit and source")
        else:
            claims.append(claim)
    return tuple(claims), tuple(problems)


def _claim(written: Any) -> Claim | None:
    if not isinstance(written, Mapping):
        return None
    value, source = written.get("value"), written.get("source")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not isinstance(source, str):
        return None
    return Claim(str(written.get("label", "")), float(value), str(written.get("unit", "")), source)


def _listed(written: Any) -> Sequence[Any]:
    return written if isinstance(written, Sequence) and not isinstance(written, str) else ()


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
