"""The answer means what the accepted answer, or the question, means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.asked import question_text
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.score import Score
from goldfinch.ports.embedder import Embedder

Against = Literal["answer", "question"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSimilarity:
    """The cosine of the embeddings of the answer and of what it is held against, at least 0; the best over the accepted answers."""

    heavy: ClassVar[bool] = True
    must_not_decide_alone: ClassVar[bool] = True
    embedder: Embedder
    against: Against = "answer"
    name: str = "embedding_similarity"

    @property
    def version(self) -> str:
        return f"1-{self.embedder.name}"

    def score(self, case: Case, output: Output) -> Score | None:
        wanted = [text for text in self._wanted(case) if text.strip()]
        if not wanted:
            return None
        answer = answer_text(output)
        if not answer.strip():
            return Score(0.0, "the answer is empty")
        given = self.embedder.embed(answer)
        value, best = max((_cosine(given, self.embedder.embed(text)), text) for text in wanted)
        return Score(max(0.0, min(value, 1.0)), f"cosine {value:.2f} with {quoted(best)}")

    def _wanted(self, case: Case) -> tuple[str, ...]:
        return accepted_answers(case) if self.against == "answer" else (question_text(case),)


def _cosine(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
