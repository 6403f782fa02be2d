"""What every run journal must do, as tests to inherit: the fake, our run directory and journals from elsewhere pass the same suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.ports.run_journal import AnswerKey, RunJournal, UnwritableRecord
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record

_NETWORK = Failure(FailureKind.NETWORK, "connection reset")
_FIRST_SESSION = sample_manifest(RunStatus.RUNNING)
_LATER_SESSION = replace(_FIRST_SESSION, resumed=1)


class RunJournalContract(ABC):
    """Inherit, implement `open_journal`, and let pytest collect the class."""

    @abstractmethod
    def open_journal(self) -> RunJournal:
        """Open the one run of this test: empty at first, later with what was written before it was closed."""

    def test_begins_empty(self) -> None:
        journal = self.open_journal()
        assert journal.stored_manifest() is None
        assert journal.summary() is None
        assert [*journal.outputs(), *journal.scores(), *journal.answer_keys()] == []
        assert journal.output_of("a", 0) is None
        assert journal.location
        journal.close()

    def test_gives_back_what_was_written_after_it_was_opened_again(self) -> None:
        outputs = [sample_output("a", "yes"), sample_output("b", "größe \u2028 \U0001f600"), sample_output("a", "no", trial=1)]
        scores = [sample_record("a", 1.0, trials=2), sample_record("b", None), sample_record("a", 0.25, trial=1, trials=2)]
        accumulator = SummaryAccumulator()
        accumulator.add(scores[0])
        summary = accumulator.summary(_FIRST_SESSION, planned=4)
        journal = self.open_journal()
        journal.write_manifest(_FIRST_SESSION)
        _append(journal, outputs, scores)
        journal.write_summary(summary)
        journal.sync()
        journal.close()
        journal = self.open_journal()
        assert journal.manifest() == journal.stored_manifest() == _FIRST_SESSION
        assert journal.summary() == summary
        assert list(journal.outputs()) == outputs
        assert list(journal.scores()) == scores
        assert [journal.output_of(record.case_id, record.trial) for record in outputs] == outputs
        assert journal.output_of("a", 2) is None
        journal.close()

    def test_names_every_line_and_whether_it_is_missing(self) -> None:
        journal = self.open_journal()
        journal.write_manifest(_FIRST_SESSION)
        timeout = Failure(FailureKind.TIMEOUT, "no answer within 1 s")
        _append(
            journal, [sample_output("a", ""), sample_output("b", "", failure=_NETWORK), sample_output("c", "", trial=2, failure=timeout)]
        )
        keys = [AnswerKey("a", 0, missing=False), AnswerKey("b", 0, missing=True), AnswerKey("c", 2, missing=False)]
        assert list(journal.answer_keys()) == keys
        journal.close()

    def test_counts_the_last_line_of_a_pair_once_the_run_was_taken_up_again(self) -> None:
        journal = self.open_journal()
        journal.write_manifest(_FIRST_SESSION)
        _append(journal, [sample_output("a", "", failure=_NETWORK), sample_output("b", "x")], [sample_record("a", failure=_NETWORK)])
        journal.close()
        journal = self.open_journal()
        journal.write_manifest(_LATER_SESSION)
        assert journal.output_of("a", 0) == sample_output("a", "", failure=_NETWORK)
        _append(journal, [sample_output("a", "now")], [sample_record("a", 0.5)])
        assert list(journal.outputs()) == [sample_output("b", "x"), sample_output("a", "now")]
        assert list(journal.scores()) == [sample_record("a", 0.5)]
        assert journal.output_of("a", 0) == sample_output("a", "now")
        journal.close()

    def test_refuses_what_json_cannot_hold_and_goes_on(self) -> None:
        journal = self.open_journal()
        journal.write_manifest(_FIRST_SESSION)
        for value in (object(), "\ud800", _nested(100_000)):
            try:
                journal.append_output(_holding(value))
            except UnwritableRecord:
                continue
            raise AssertionError(f"a {type(value).__name__} was written")
        journal.append_output(sample_output("a", "yes"))
        assert list(journal.outputs()) == [sample_output("a", "yes")]
        journal.close()

    def test_replaces_the_scores_by_others(self) -> None:
        journal = self._with_scores()
        journal.replace_scores(iter([sample_record("a", 0.5), sample_record("c")]))
        journal.append_scores(sample_record("d"))
        assert list(journal.scores()) == [sample_record("a", 0.5), sample_record("c"), sample_record("d")]
        journal.close()

    def test_keeps_the_scores_where_their_replacement_ends_with_an_error(self) -> None:
        journal = self._with_scores()
        try:
            journal.replace_scores(_one_then_fail())
        except KeyError:
            pass
        else:
            raise AssertionError("the error was swallowed")
        journal.append_scores(sample_record("c"))
        assert list(journal.scores()) == [sample_record("a"), sample_record("b"), sample_record("c")]
        journal.close()

    def test_forgets_the_scores_alone(self) -> None:
        journal = self._with_scores()
        journal.clear_scores()
        assert list(journal.scores()) == []
        assert list(journal.outputs()) == [sample_output("a", "yes")]
        journal.append_scores(sample_record("c"))
        assert list(journal.scores()) == [sample_record("c")]
        journal.close()

    def test_forgets_everything(self) -> None:
        journal = self._with_scores()
        assert journal.output_of("a", 0) is not None
        journal.clear()
        assert journal.stored_manifest() is None
        assert [*journal.outputs(), *journal.scores()] == []
        assert journal.output_of("a", 0) is None
        journal.write_manifest(_FIRST_SESSION)
        journal.append_output(sample_output("b", "new"))
        assert list(journal.outputs()) == [sample_output("b", "new")]
        journal.close()

    def _with_scores(self) -> RunJournal:
        journal = self.open_journal()
        journal.write_manifest(_FIRST_SESSION)
        _append(journal, [sample_output("a", "yes")], [sample_record("a"), sample_record("b")])
        return journal


def _append(journal: RunJournal, outputs: list[OutputRecord], scores: list[ScoreRecord] | None = None) -> None:
    for output in outputs:
        journal.append_output(output)
    for score in scores or ():
        journal.append_scores(score)


def _holding(value: Any) -> OutputRecord:
    return replace(sample_output("a", "x"), output=Output(data=value))


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _one_then_fail() -> Iterator[ScoreRecord]:
    yield sample_record("z")
    raise KeyError("the dataset broke off")
