"""The agent as a service, as Goldfinch asks it: the same cases over HTTP, one session a case.

    agent:
      kind: python
      target: evaluation.service:answer
      path: .
      takes_case: true
      options: {url: "http://127.0.0.1:8000"}

A 5xx is the service's own failure and scores 0. A refused or lost connection is missing evidence, and so is a 429 after its retries.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import aiohttp
from goldfinch import AnswerFailed, Case, Failure, FailureKind

from evaluation.conversation import Turn, output_of, session_of, user_turns
from src.domain import TokenUsage

SESSION_HEADER = "x-session-id"


async def answer(case: Case, trial: int = 0, seed: int | None = None, *, url: str = "http://127.0.0.1:8000") -> dict[str, Any]:
    """Play `case` against the service at `url`."""
    questions = user_turns(case.id, case.input)
    session = session_of(case.id, trial, seed)
    headers = {SESSION_HEADER: session}
    try:
        async with aiohttp.ClientSession(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as client:
            await _forget(client, session)
            try:
                return output_of([await _turn(client, {"description": text, "context": case.context or {}}) for text in questions])
            finally:
                await _forget(client, session)
    except aiohttp.ClientError as error:
        raise AnswerFailed(Failure(FailureKind.NETWORK, f"{type(error).__name__}: {error}")) from error


async def _turn(client: aiohttp.ClientSession, task: Mapping[str, Any]) -> Turn:
    began = perf_counter()
    async with client.post("/v1/tasks", json=task) as response:
        if response.status != 200:
            raise _failed(response, await response.text())
        body = await response.json()
    usage = TokenUsage(body["usage"]["input_tokens"], body["usage"]["output_tokens"])
    return Turn(body["messages"], usage, body["model"], (perf_counter() - began) * 1000)


async def _forget(client: aiohttp.ClientSession, session: str) -> None:
    async with client.delete(f"/v1/sessions/{session}"):
        """404 means that there was none: as good."""


def _failed(response: aiohttp.ClientResponse, body: str) -> AnswerFailed:
    message = f"status {response.status}: {' '.join(body.split())[:300]}"
    if response.status == 429:
        return AnswerFailed(Failure(FailureKind.RATE_LIMITED, message, 429), retry_after_s=float(response.headers.get("Retry-After", 1)))
    kind = FailureKind.SERVER_ERROR if response.status >= 500 else FailureKind.EXCEPTION
    return AnswerFailed(Failure(kind, message, response.status))
