"""The names that spans carry. One place to change when the conventions do.

All of `gen_ai.*` has the status "development": names may still change, so the version that we follow is pinned here. `goldfinch.*` is
our own namespace, for what the conventions have no name for: datasets, cases, trials, verdicts, money.
"""

from __future__ import annotations

from typing import NamedTuple

VERSION = "0.1.0"
"""Of open-telemetry/semantic-conventions-genai, its first release of its own (REQUIREMENTS §5)."""

EVALUATION_EVENT = "gen_ai.evaluation.result"


class Attribute(NamedTuple):
    """Where an attribute stands (`run`, `answer`, `chat`, `tool`, `score`), and what it says; `content` ones are opt-in."""

    places: tuple[str, ...]
    meaning: str
    content: bool = False


ATTRIBUTES: dict[str, Attribute] = {
    "gen_ai.operation.name": Attribute(("answer", "chat", "tool"), "`invoke_agent`, `chat` or `execute_tool`"),
    "gen_ai.agent.name": Attribute(("run", "answer"), "the agent, as reports call it"),
    "gen_ai.agent.version": Attribute(("run", "answer"), "its version: `--agent-version`, else found from the agent"),
    "gen_ai.provider.name": Attribute(("answer", "chat"), "the provider of a model that is asked directly"),
    "gen_ai.request.model": Attribute(("answer", "chat"), "the model that was asked for"),
    "gen_ai.request.seed": Attribute(("answer",), "the seed of this trial"),
    "gen_ai.response.model": Attribute(("answer", "chat"), "the model that says it answered: an alias may move silently"),
    "gen_ai.response.finish_reasons": Attribute(("answer", "chat"), "why the model stopped"),
    "gen_ai.response.time_to_first_chunk": Attribute(("answer",), "seconds to the first token of a streamed answer"),
    "gen_ai.usage.input_tokens": Attribute(("answer", "chat"), "tokens read; on `chat` only where the answer has no other turn"),
    "gen_ai.usage.output_tokens": Attribute(("answer", "chat"), "tokens written; likewise"),
    "gen_ai.usage.cache_read.input_tokens": Attribute(("answer", "chat"), "tokens read from the provider's cache; likewise"),
    "gen_ai.conversation.id": Attribute(("answer",), "`conversation_id` of the case's metadata; never made up"),
    "gen_ai.tool.name": Attribute(("tool",), "the tool"),
    "gen_ai.tool.type": Attribute(("tool",), "`function`"),
    "gen_ai.evaluation.name": Attribute(("score",), "the metric"),
    "gen_ai.evaluation.score.value": Attribute(("score",), "0 to 1; absent where there is no score"),
    "gen_ai.evaluation.score.label": Attribute(("score",), "`pass` or `fail`; absent where the metric does not decide"),
    "gen_ai.evaluation.explanation": Attribute(("score",), "the reason; it quotes the answer", content=True),
    "gen_ai.input.messages": Attribute(("answer",), "the case's input", content=True),
    "gen_ai.output.messages": Attribute(("answer", "chat"), "the answer; on `chat` that turn's text", content=True),
    "gen_ai.tool.call.arguments": Attribute(("tool",), "what the tool was called with", content=True),
    "gen_ai.tool.call.result": Attribute(("tool",), "what it gave", content=True),
    "error.type": Attribute(
        ("run", "answer", "tool", "score"),
        "answer: the kind of failure, or `cancelled`; tool: `tool_error`; score: `error` or `missing`; run: its status",
    ),
    "http.response.status_code": Attribute(("answer",), "HTTP status of the failure, where there was one"),
    "server.address": Attribute(("answer",), "host of a service or model that is asked over HTTP"),
    "server.port": Attribute(("answer",), "its port"),
    "vcs.ref.head.revision": Attribute(("run",), "commit that was evaluated"),
    "goldfinch.run.id": Attribute(("run", "answer"), "the run, as in `manifest.json`"),
    "goldfinch.run.status": Attribute(("run",), "`complete` or `incomplete`"),
    "goldfinch.run.resumed": Attribute(("run",), "how often the run was taken up again"),
    "goldfinch.dataset.name": Attribute(("run",), "the dataset"),
    "goldfinch.dataset.fingerprint": Attribute(("run", "answer"), "its content hash"),
    "goldfinch.cases": Attribute(("run",), "cases that the run asks"),
    "goldfinch.trials": Attribute(("run",), "answers per case"),
    "goldfinch.planned": Attribute(("run",), "answers that the whole run wants"),
    "goldfinch.passed": Attribute(("run",), "answers that passed, earlier sessions included"),
    "goldfinch.failed": Attribute(("run",), "answers that failed"),
    "goldfinch.missing": Attribute(("run",), "answers that could not be had"),
    "goldfinch.version": Attribute(("run",), "version of Goldfinch"),
    "goldfinch.case.id": Attribute(("answer",), "the case"),
    "goldfinch.case.tags": Attribute(("answer",), "its tags"),
    "goldfinch.case.passed": Attribute(("answer",), "the verdict; absent where it is not known"),
    "goldfinch.trial": Attribute(("answer",), "number of the trial, from 0"),
    "goldfinch.attempts": Attribute(("answer",), "calls made for this answer; 0 from the response cache"),
    "goldfinch.cached": Attribute(("answer",), "`true` where the answer came from the response cache"),
    "goldfinch.latency_ms": Attribute(("answer",), "the last call alone, without waiting and retries"),
    "goldfinch.cost_usd": Attribute(("run", "answer"), "US dollars; absent where unknown"),
    "goldfinch.steps.left_out": Attribute(("answer",), "turns and tool calls beyond the limit of 256 child spans"),
    "goldfinch.time.known": Attribute(("chat", "tool"), "`false`: the trajectory gives an order but no times, so the span has no length"),
    "goldfinch.metric.version": Attribute(("score",), "version of the scorer and its configuration"),
}
