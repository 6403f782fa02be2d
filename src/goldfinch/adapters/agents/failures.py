"""Which failure is whose: errors of clients and replies of servers, put into the words of `FailureKind`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from pathlib import Path
from time import time
from traceback import walk_tb
from typing import Any

from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import AnswerFailed

MAX_RETRY_AFTER_S = 3600.0
_OWN_CODE = str(Path(__file__).parents[2])
_STANDARD_LIBRARY = str(Path(asyncio.__file__).parents[1])
_TIMEOUTS = frozenset({"APITimeoutError"})
_CONNECTIONS = frozenset({"APIConnectionError"})
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def answer_failed(
    kind: FailureKind, message: str, *, status: int | None = None, output: Output | None = None, retry_after_s: float | None = None
) -> AnswerFailed:
    """Build the error of one call; `message` must be one line without secrets."""
    return AnswerFailed(Failure(kind, message, status), output=output, retry_after_s=retry_after_s)


def retry_after_s(headers: Any) -> float | None:
    """Read how long a server asks to wait, in seconds: `Retry-After-Ms`, or `Retry-After` in seconds or as a date.

    None where it does not say; never negative and at most an hour.
    """
    lowered = {str(name).lower(): value for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    milliseconds = _number(lowered.get("retry-after-ms"))
    if milliseconds is not None:
        return _within(milliseconds / 1000)
    text = lowered.get("retry-after")
    seconds = _number(text)
    if seconds is not None:
        return _within(seconds)
    try:
        return _within(parsedate_to_datetime(str(text)).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def from_exception(error: BaseException, *, name: str, redact: Redactor) -> AnswerFailed | AgentUnusable:
    """Say what an exception that left an agent's code means.

    Errors of model clients are told by shape, so that no client needs to be installed: a `status_code` (OpenAI, Anthropic, LiteLLM)
    or the class names of the OpenAI family. Everything else is the agent's own exception.
    """
    status = _status_of(error)
    text = redact.line(_words_of(error))
    shown = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if status is not None:
        headers = getattr(getattr(error, "response", None), "headers", None)
        return from_provider_status(
            status, shown, name=name, code=getattr(error, "code", None), retry_after=retry_after_s(headers), otherwise=FailureKind.EXCEPTION
        )
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _TIMEOUTS:
        return answer_failed(FailureKind.PROVIDER_TIMEOUT, shown)
    if names & _CONNECTIONS:
        return answer_failed(FailureKind.NETWORK, shown)
    return answer_failed(FailureKind.EXCEPTION, f"{shown}{_place_of(error)}")


def _place_of(error: BaseException) -> str:
    """` (agent.py:12 in answer)`: the innermost frame of the agent's own code, else the innermost of all; empty without a traceback."""
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walk_tb(error.__traceback__)]
    frames = [frame for frame in frames if not frame[0].startswith(_OWN_CODE)]
    if not frames:
        return ""
    theirs = [frame for frame in frames if "site-packages" not in frame[0] and not frame[0].startswith(_STANDARD_LIBRARY)]
    file, line, function = (theirs or frames)[-1]
    return f" ({Path(file).name}:{line} in {function})"


def from_provider_status(
    status: int, shown: str, *, name: str, code: Any = None, retry_after: float | None = None, otherwise: FailureKind
) -> AnswerFailed | AgentUnusable:
    """Say what an HTTP status of a model provider means. `otherwise` is for the 4xx that only this call has."""
    if status in (401, 403):
        return AgentUnusable(f"the provider refused the key: {shown}", where=name, hint="check the key and its rights", code="E1310")
    if isinstance(code, str) and code in _SPENT:
        return AgentUnusable(f"the account has no quota left: {shown}", where=name, hint="top it up, then resume the run", code="E1311")
    if status == 429:
        return answer_failed(FailureKind.RATE_LIMITED, shown, status=status, retry_after_s=retry_after)
    if status == 408:
        return answer_failed(FailureKind.PROVIDER_TIMEOUT, shown, status=status, retry_after_s=retry_after)
    if status >= 500:
        return answer_failed(FailureKind.PROVIDER_ERROR, shown, status=status, retry_after_s=retry_after)
    return answer_failed(otherwise, shown, status=status)


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception class of the agent may fail to describe itself
        return "(the error cannot be shown as text)"


def _status_of(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and 400 <= status <= 599:
            return status
    return None


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if isfinite(value) else None


def _within(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
