"""How well the offline metrics agree with people: `python -m benchmarks.human_agreement`, with GOLDFINCH_DATA set.

Scores the answers of three published sets that people judged, and holds the order of the scores against the order of the judgements:
Spearman's correlation, with an interval by a bootstrap over contexts. Beside it stand floors, what plain word overlap reaches on the same
answers, and the answer's length, because people like long answers and so does a score that merely counts words.

The metrics were developed on the items of the half `development` and are judged on the other one, `held out`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.core.scoring.score import Metric
from goldfinch.core.scoring.terms import content_words, ngrams, words
from goldfinch.core.statistics.intervals import Interval
from goldfinch.core.statistics.rank_correlation import cluster_bootstrap, partial_spearman, spearman

SEED = 20_250_801
SAMPLES = 1_000
HALVES = ("all", "held out")
_PAGE = Path(__file__).parents[1] / "docs" / "scorers" / "agreement.md"
_BEGIN, _END = "<!-- made by: python -m benchmarks.human_agreement --write -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer that people judged, as a case and an output; `texts` are what the floors compare it with."""

    item_id: str
    case: Case
    output: Output
    people: Mapping[str, float]
    texts: Mapping[str, str]

    @property
    def is_held_out(self) -> bool:
        return sha256(self.item_id.encode()).digest()[0] % 2 == 1

    @property
    def length(self) -> float:
        return float(len(words(self.output.text or "")))


@dataclass(frozen=True, slots=True)
class Question:
    """A metric, held against one judgement of people; `scorer` as in goldfinch.yaml."""

    metric: str
    scorer: Any
    dataset: str
    label: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One line of the table. `given_length` is the correlation with what both owe to the answer's length taken out."""

    question: Question
    half: str
    answers: int
    contexts: int
    rho: float | None
    interval: Interval | None
    given_length: float | None
    given_length_interval: Interval | None
    floors: Mapping[str, float | None]

    length: float | None

    @property
    def best_floor(self) -> tuple[str, float]:
        return max(((name, rho) for name, rho in self.floors.items() if rho is not None), key=lambda item: item[1])


_EMBEDDED_RELEVANCE = {"kind": "relevance", "variant": "embedding", "name": "relevance"}
_EMBEDDED_ACCURACY = {"kind": "accuracy", "variant": "embedding", "name": "accuracy"}
QUESTIONS = (
    Question("relevance", "relevance", "topical_chat", "coherence"),
    Question("relevance", "relevance", "sfres", "informativeness"),
    Question("accuracy", "accuracy", "sfres", "informativeness"),
    Question("completeness", "completeness", "sfres", "informativeness"),
    Question("coherence", "coherence", "topical_chat", "naturalness"),
    Question("coherence", "coherence", "topical_chat", "understandability"),
    Question("coherence", "coherence", "sfres", "naturalness"),
    Question("grounding", "grounding", "topical_chat", "groundedness"),
    Question("grounding", "grounding", "qags_cnndm", "consistency"),
    Question("context_overlap", "context_overlap", "topical_chat", "groundedness"),
    Question("context_overlap", "context_overlap", "qags_cnndm", "consistency"),
    Question("question_overlap", "question_overlap", "topical_chat", "coherence"),
    Question("question_overlap", "question_overlap", "sfres", "informativeness"),
    Question("answer_coverage", "answer_coverage", "sfres", "informativeness"),
    Question("facts_agree", "facts_agree", "sfres", "informativeness"),
    Question("structure", "structure", "sfres", "naturalness"),
    Question("repetition", "repetition", "topical_chat", "naturalness"),
    Question("repetition", "repetition", "sfres", "naturalness"),
)
EMBEDDED = (
    Question("relevance, variant embedding", _EMBEDDED_RELEVANCE, "topical_chat", "coherence"),
    Question("relevance, variant embedding", _EMBEDDED_RELEVANCE, "sfres", "informativeness"),
    Question("accuracy, variant embedding", _EMBEDDED_ACCURACY, "sfres", "informativeness"),
    Question("embedding_similarity", "embedding_similarity", "sfres", "informativeness"),
    Question("embedding_similarity, question", {"kind": "embedding_similarity", "against": "question"}, "topical_chat", "coherence"),
)


def load(data: Path, dataset: str) -> list[Judged]:
    """The judged answers of one set, as cases."""
    with (data / "human_labels" / f"{dataset}.jsonl").open(encoding="utf-8") as file:
        return [_READERS[dataset](json.loads(line)) for line in file]


def _topical_chat(row: Mapping[str, Any]) -> Judged:
    turns = [turn.strip() for turn in row["dialogue_history"].split("\n") if turn.strip()]
    roles = ("assistant", "user")
    messages = [{"role": roles[(len(turns) - place) % 2], "content": turn} for place, turn in enumerate(turns)]
    case = Case(row["item_id"], messages, context=row["fact"])
    texts = {"last turn": turns[-1], "history": row["dialogue_history"], "source": row["fact"]}
    return Judged(row["item_id"], case, Output(text=row["response"]), row["human"], texts)


def _qags_cnndm(row: Mapping[str, Any]) -> Judged:
    case = Case(row["item_id"], "Summarise the article.", context=row["source"])
    return Judged(row["item_id"], case, Output(text=row["summary"]), row["human"], {"source": row["source"]})


def _sfres(row: Mapping[str, Any]) -> Judged:
    case = Case(row["item_id"], row["meaning"], expected=Expected(answer=row["reference"]))
    return Judged(row["item_id"], case, Output(text=row["response"]), row["human"], {"reference": row["reference"]})


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Judged]] = {"topical_chat": _topical_chat, "qags_cnndm": _qags_cnndm, "sfres": _sfres}


def _overlap(n: int, text: str) -> Callable[[Judged], float]:
    """The share of the answer's words, or of its pairs of words, that stand in the text: what anybody would try first."""

    def share(one: Judged) -> float:
        there = set(ngrams(words(one.texts[text]), n))
        given = list(ngrams(words(one.output.text or ""), n))
        return sum(gram in there for gram in given) / len(given) if given else 0.0

    return share


def _f1(one: Judged) -> float:
    given, expected = (Counter(words(text)) for text in (one.output.text or "", one.texts["reference"]))
    total = given.total() + expected.total()
    return 2 * (given & expected).total() / total if total else 0.0


def _recall(text: str) -> Callable[[Judged], float]:
    """The share of the text's words that the answer has."""

    def share(one: Judged) -> float:
        wanted, given = words(one.texts[text]), set(words(one.output.text or ""))
        return sum(word in given for word in wanted) / len(wanted) if wanted else 0.0

    return share


def _content(text: str) -> Callable[[Judged], float]:
    """The share of the answer's content words that stand in the text."""

    def share(one: Judged) -> float:
        there, given = set(content_words(one.texts[text])), content_words(one.output.text or "")
        return sum(word in there for word in given) / len(given) if given else 0.0

    return share


_COMPARED = {"topical_chat": ("last turn", "history", "source"), "qags_cnndm": ("source",), "sfres": ("reference",)}
_FORMULAS: Mapping[str, Callable[[str], Callable[[Judged], float]]] = {
    "word overlap with": partial(_overlap, 1),
    "bigram overlap with": partial(_overlap, 2),
    "content word overlap with": _content,
    "word recall of": _recall,
}
FLOORS: dict[str, dict[str, Callable[[Judged], float]]] = {
    dataset: {f"{name} {text}": formula(text) for text in texts for name, formula in _FORMULAS.items()}
    for dataset, texts in _COMPARED.items()
}
FLOORS["sfres"]["F1 with reference"] = _f1
EARLIER_FLOORS = {"coherence": 0.33, "groundedness": 0.24, "consistency": 0.62, "informativeness": 0.11}
"""What word overlap reached in an earlier measurement, on more rows of the same sets: the upper end where it gave a range."""


@cache
def metric_of(scorer: str) -> Metric:
    """The metric that a scorer of goldfinch.yaml, written as JSON, configures."""
    (metric,) = build_metrics([json.loads(scorer)])
    return metric


def score_all(question: Question, judged: Sequence[Judged]) -> list[tuple[float, float, float, str]]:
    """Score, judgement, length and context of every answer that the metric applies to."""
    metric = metric_of(json.dumps(question.scorer))
    scored = ((metric.scorer.score(one.case, one.output), one) for one in judged)
    return [(score.value, one.people[question.label], one.length, one.item_id) for score, one in scored if score is not None]


def agreement(question: Question, judged: Sequence[Judged], half: str, *, samples: int = SAMPLES) -> Agreement:
    """The line of one metric, one judgement and one half; with `samples` 0, without intervals."""
    part = [one for one in judged if half == "all" or one.is_held_out]
    rows = score_all(question, part)
    contexts = [row[3] for row in rows]
    length_apart = None if not samples else cluster_bootstrap(_given_length, rows, contexts, seed=SEED, samples=samples)
    return Agreement(
        question=question,
        half=half,
        answers=len(rows),
        contexts=len(set(contexts)),
        rho=_plain(rows),
        interval=None if not samples else cluster_bootstrap(_plain, rows, contexts, seed=SEED, samples=samples),
        given_length=_given_length(rows),
        given_length_interval=length_apart,
        floors=_floors(question, part),
        length=spearman([one.length for one in part], [one.people[question.label] for one in part]),
    )


def _plain(rows: Sequence[tuple[float, float, float, str]]) -> float | None:
    return spearman([row[0] for row in rows], [row[1] for row in rows])


def _given_length(rows: Sequence[tuple[float, float, float, str]]) -> float | None:
    return partial_spearman([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def _floors(question: Question, judged: Sequence[Judged]) -> dict[str, float | None]:
    people = [one.people[question.label] for one in judged]
    floors: dict[str, float | None] = {
        name: spearman([floor(one) for one in judged], people) for name, floor in FLOORS[question.dataset].items()
    }
    return floors | ({"measured earlier": EARLIER_FLOORS[question.label]} if question.label in EARLIER_FLOORS else {})


def is_heuristic(lines: Iterable[Agreement]) -> bool:
    """Whether a metric was not shown to agree with people. `lines` are those of one metric, of every judgement and both halves.

    It is shown where every line stands above every floor, and where, on all answers, the interval of the correlation given length lies
    above 0: what is left when length is taken out.
    """
    return not all(_is_shown(line) for line in lines)


def _is_shown(line: Agreement) -> bool:
    if line.rho is None or line.rho <= line.best_floor[1]:
        return False
    bound = line.given_length_interval
    return line.half != "all" or (bound is not None and bound.low > 0)


def table(lines: Sequence[Agreement]) -> Iterator[str]:
    """The lines as a Markdown table."""
    yield "| metric | people's judgement | answers | n (contexts) | ρ (95 % interval) | given length | best floor | length |"
    yield "| --- | --- | --- | ---: | --- | --- | --- | ---: |"
    for line in lines:
        question, (name, floor) = line.question, line.best_floor
        yield (
            f"| {question.metric} | {question.dataset}: {question.label} | {line.half} | {line.answers} ({line.contexts}) "
            f"| {_figure(line.rho, line.interval)} | {_figure(line.given_length, line.given_length_interval)} "
            f"| {floor:.2f} ({name}) | {_number(line.length)} |"
        )


def _figure(rho: float | None, interval: Interval | None) -> str:
    return _number(rho) if interval is None else f"{_number(rho)} ({interval.low:.2f} to {interval.high:.2f})"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def verdicts(lines: Sequence[Agreement]) -> Iterator[str]:
    """Which metrics are heuristics, as a Markdown list."""
    for name in dict.fromkeys(line.question.metric for line in lines):
        heuristic = is_heuristic(line for line in lines if line.question.metric == name)
        yield f"- `{name}`: {'heuristic' if heuristic else 'agrees with people beyond the floors and beyond length'}"


def _written(page: str, block: str) -> str:
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}\n\n{block}\n{_END}{rest.partition(_END)[2]}"


def main() -> int:
    """Print the tables; with --write, put them into docs/scorers/agreement.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", default=os.environ.get("GOLDFINCH_DATA"), help="folder that holds human_labels/; GOLDFINCH_DATA where absent"
    )
    parser.add_argument("--lexical", action="store_true", help="leave out what needs the extra goldfinch-ci[embed]")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/scorers/agreement.md")
    given = parser.parse_args()
    if given.data is None:
        sys.stderr.write("set GOLDFINCH_DATA, or give --data\n")
        return 2
    questions = QUESTIONS if given.lexical else QUESTIONS + EMBEDDED
    sets = {name: load(Path(given.data), name) for name in _READERS}
    lines = [agreement(question, sets[question.dataset], half) for question in questions for half in HALVES]
    block = "\n".join([*table(lines), "", "By the rule above:", "", *verdicts(lines), ""])
    sys.stdout.write(f"{block}\n")
    if given.write:
        _PAGE.write_text(_written(_PAGE.read_text(encoding="utf-8"), block), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
