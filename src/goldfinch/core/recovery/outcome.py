"""What a rollback that was asked for has come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from goldfinch.core.errors import ExitCode
from goldfinch.core.recovery.times import RollbackTimes


class RollbackOutcome(StrEnum):
    """0, 3 and 6 of the command."""

    DONE = "done"
    """The wanted release serves, proved by live requests, and nothing else runs."""
    NOT_PROVED = "not_proved"
    """It may be so; nobody has seen it, or it is not complete yet."""
    FAILED = "failed"
    """The router did not let go of the other release in the time that was given. It goes on being tried."""


EXIT_CODES: Final = {
    RollbackOutcome.DONE: ExitCode.PASSED,
    RollbackOutcome.NOT_PROVED: ExitCode.INCONCLUSIVE,
    RollbackOutcome.FAILED: ExitCode.ROLLBACK_FAILED,
}
"""0 and not 5 for what was asked for: 5 says that something was rolled back although somebody wanted it (decision 0036)."""


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """With its times, however it ended."""

    outcome: RollbackOutcome
    target: str
    sentence: str
    times: RollbackTimes
    rollouts: tuple[str, ...] = ()
    """That were ended or made for it, in order."""
    second_path: bool = False
    """The router refused, and its second path was taken."""

    @property
    def exit_code(self) -> ExitCode:
        return EXIT_CODES[self.outcome]

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "kind": "rollback",
            "outcome": self.outcome.value,
            "exit_code": int(self.exit_code),
            "target": self.target,
            "sentence": self.sentence,
            "rollouts": list(self.rollouts),
            "second_path": self.second_path,
            "times": self.times.as_json(),
        }
