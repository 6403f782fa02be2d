"""How much of an accepted answer the answer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import stem, terms, words


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCoverage:
    """The share of the content words of `expected.answer` that the answer has, the best over the accepted answers.

    Words are compared without endings; how much else the answer says does not count, because agents talk. It lies where the words are
    there and mean the opposite (use it beside `facts_agree`), and where the same is said in other words. Source: unigram recall, the
    idea of ROUGE-1 (Lin, ACL workshop Text Summarization Branches Out, 2004), over content words; docs/scorers/agreement.md.
    """

    version: ClassVar[str] = "1"
    name: str = "answer_coverage"

    def score(self, case: Case, output: Output) -> Score | None:
        accepted = [set(found) for answer in accepted_answers(case) if (found := terms(answer))]
        if not accepted:
            return None
        given = {stem(word) for word in words(answer_text(output))}
        share, best = max(((len(wanted & given) / len(wanted), wanted) for wanted in accepted), key=lambda pair: pair[0])
        missing = sorted(best - given)
        reason = f"has {len(best) - len(missing)} of {len(best)} content words of the accepted answer"
        return Score(share, f"{reason}; not {listed(missing)}" if missing else reason)
