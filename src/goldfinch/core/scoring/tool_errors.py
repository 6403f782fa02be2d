"""Tool calls that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolErrors:
    """The share of tool calls that did not fail: 1 - failed / made. Does not apply where no call was made.

    It lies where the recording does not say which calls failed, and where a failed call is part of the plan (asking whether a file
    exists). Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "tool_errors"

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - every case is judged alike
        calls = tuple(output.tool_calls())
        if not calls:
            return None
        failed = [call for call in calls if call.error is not None]
        if not failed:
            return Score(1.0, f"none of {len(calls)} calls failed")
        reason = f"{len(failed)} of {len(calls)} calls failed: {listed(call.name for call in failed)}"
        return Score(1 - len(failed) / len(calls), reason, {"errors": [f"{call.name}: {call.error}" for call in failed]})
