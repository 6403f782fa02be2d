"""What a page shows of a case: every field cut, every text harmless, every figure finite. JSON values with short names.

A case has a row, of which the list of cases is made, and details, which are looked at one case at a time: the golden case, the verdicts
and scores of each trial, and the answer of each trial with the way that led to it. `adapters/reports/html/js/data.js` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from goldfinch.core.escaping import for_terminal
from goldfinch.core.output import Output, Step, ToolCall
from goldfinch.core.results.case_result import CaseResult, TrialResult
from goldfinch.core.results.evidence import AskedCase
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.results.report import EXCERPT_BYTES, excerpt
from goldfinch.core.results.wording import known, reason_text

MAX_ITEMS = 200
"""Entries shown of a list: steps, calls of a step, tags, scores, phrases."""
_WHY_BYTES = 240
_NAME_BYTES = 200
_VERDICTS = {True: "p", False: "f", None: "u"}


def text(value: Any, limit: int = EXCERPT_BYTES) -> str:
    """`value` as text, cut, without what could act or deceive on a screen."""
    return for_terminal(excerpt(value, limit))


def row(case: CaseResult, trials: Sequence[ScoreRecord], metrics: Mapping[str, int]) -> dict[str, Any]:
    """A line of the list. `metrics` maps names to places.

    `means` has a mean over trials (or null) at the place of each metric; `failed` and `errors` are places. `verdicts` has a letter per
    trial: passed, failed, error, undecided.
    """
    telling = case.telling_trial()
    return {
        "id": text(case.case_id, _NAME_BYTES),
        "outcome": case.outcome.value,
        "critical": case.critical,
        "tags": [text(tag, _NAME_BYTES) for tag in case.tags[:MAX_ITEMS]],
        "verdicts": "".join(map(_verdict, case.trials[:MAX_ITEMS])),
        "planned": case.planned_trials,
        "means": _means(trials, metrics),
        "failed": _places(trials, metrics, lambda score: score.passed is False),
        "errors": _places(trials, metrics, lambda score: score.status in (ScoreStatus.ERROR, ScoreStatus.MISSING)),
        "latency": _mean(record.latency_ms for record in trials),
        "cost": _mean(record.cost_usd for record in trials),
        "why": text("; ".join(map(reason_text, telling.reasons)), _WHY_BYTES) if telling else "",
    }


def trial_details(result: TrialResult, record: ScoreRecord) -> dict[str, Any]:
    """The verdict of a trial, its scores with their reasons, and what it took."""
    scores = [score for score in record.scores if score.status is not ScoreStatus.NOT_APPLICABLE]
    failure = record.failure
    return {
        "trial": record.trial,
        "verdict": _verdict(result),
        "reasons": [text(reason_text(reason)) for reason in result.reasons[:MAX_ITEMS]],
        "failure": None if failure is None else {"kind": failure.kind.value, "message": text(failure.message), "status": failure.status},
        "scores": list(map(_score, scores[:MAX_ITEMS])),
        "notApplicable": [text(score.metric, _NAME_BYTES) for score in record.scores if score.status is ScoreStatus.NOT_APPLICABLE],
        "latency": known(record.latency_ms),
        "firstToken": known(record.first_token_ms),
        "cost": known(record.cost_usd),
        "judgeCost": known(record.judge_cost_usd),
        "inputTokens": record.input_tokens,
        "outputTokens": record.output_tokens,
        "cached": record.cached,
    }


def answer_details(record: OutputRecord) -> dict[str, Any]:
    """What the agent gave, and the steps it took."""
    output = record.output
    return {
        "text": None if output.text is None else text(output.text),
        "data": None if output.data is None else text(output.data),
        "model": None if output.model is None else text(output.model, _NAME_BYTES),
        "finish": None if output.finish_reason is None else text(output.finish_reason, _NAME_BYTES),
        "startedAt": text(record.started_at, _NAME_BYTES),
        "attempts": record.attempts,
        "steps": list(_steps(output)),
        "stepsLeftOut": max(0, len(output.trajectory) - MAX_ITEMS),
    }


def golden_details(case: AskedCase) -> dict[str, Any]:
    """What was asked, and what was expected, part by part."""
    return {
        "input": text(case.input),
        "context": None if case.context is None else text(case.context),
        "expected": {name: _expectation(value) for name, value in case.expected.items()},
    }


def _expectation(value: Any) -> Any:
    """Phrases and tools stay a list; whatever else has a form of its own is shown as JSON."""
    if not isinstance(value, list):
        return text(value)
    return [_expected_tool(item) if isinstance(item, dict) and "name" in item else text(item) for item in value[:MAX_ITEMS]]


def _expected_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    arguments = tool.get("arguments")
    return {"name": text(tool["name"], _NAME_BYTES), "arguments": None if arguments is None else text(arguments)}


def _score(score: MetricScore) -> dict[str, Any]:
    return {
        "metric": text(score.metric, _NAME_BYTES),
        "status": score.status.value,
        "value": known(score.value),
        "passed": score.passed,
        "reason": text(score.reason),
        "evidence": text(score.evidence) if score.evidence else "",
    }


def _steps(output: Output) -> Iterator[dict[str, Any]]:
    """The trajectory. A tool's message that only repeats the result of a call is left out: the call shows it."""
    told: list[Any] = []
    for step in output.trajectory[:MAX_ITEMS]:
        if step.role == "tool" and not step.tool_calls and step.text in told:
            told.remove(step.text)
            continue
        told += [call.result for call in step.tool_calls if isinstance(call.result, str)]
        yield _step(step)


def _step(step: Step) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": step.role, "text": None if step.text is None else text(step.text)}
    if step.tool_calls:
        shown["calls"] = list(map(_call, step.tool_calls[:MAX_ITEMS]))
    return shown


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "name": text(call.name, _NAME_BYTES),
        "arguments": text(call.arguments) if call.arguments else "",
        "result": None if call.result is None else text(call.result),
        "error": None if call.error is None else text(call.error),
    }


def _verdict(trial: TrialResult) -> str:
    return "e" if trial.evidence_missing else _VERDICTS[trial.passed]


def _means(trials: Sequence[ScoreRecord], metrics: Mapping[str, int]) -> list[float | None]:
    found: dict[str, list[float]] = {}
    for record in trials:
        for score in record.scores:
            if (value := known(score.value)) is not None:
                found.setdefault(score.metric, []).append(value)
    return [_mean(found.get(name, ())) for name in metrics]


def _places(trials: Sequence[ScoreRecord], metrics: Mapping[str, int], told: Any) -> list[int]:
    return sorted({metrics[score.metric] for record in trials for score in record.scores if score.metric in metrics and told(score)})


def _mean(values: Iterable[float | None]) -> float | None:
    """The mean of what is known, to six places: a page needs no more."""
    finite = [figure for value in values if (figure := known(value)) is not None]
    return float(f"{sum(finite) / len(finite):.6g}") if finite else None
