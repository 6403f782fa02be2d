"""Errors that a person can act on: what was wrong, where, and what to do.

Each error class carries the exit code that the command line ends with (`DESIGN`, conventions) and every raised error a stable code
(`E1203`), so that `goldfinch explain E1203` and a search both find the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What a Goldfinch process says to the shell. Stable: scripts depend on it."""

    PASSED = 0
    GATE_FAILED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    BUDGET = 4
    ROLLED_BACK = 5
    ROLLBACK_FAILED = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in one line: `where: what; hint`."""

    what: str
    where: str = ""
    hint: str = ""
    code: str = ""
    """Stable code of this problem where one error carries several of different kinds; empty: the code of the error."""

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}; {self.hint}" if self.hint else line


class GoldfinchError(Exception):
    """Base of every error that is shown to a person as one line, never as a traceback."""

    exit_code: ExitCode = ExitCode.USAGE
    default_code = "E1000"

    def __init__(self, what: str, *, where: str = "", hint: str = "", code: str | None = None) -> None:
        self.problem = Problem(what, where, hint)
        self.code = code or self.default_code
        super().__init__(str(self.problem))


class UsageError(GoldfinchError):
    """The command line asks for something that cannot be."""

    default_code = "E1001"


class ConfigurationError(GoldfinchError):
    """A setting is wrong or missing; nothing was started."""

    default_code = "E1100"


class DatasetError(GoldfinchError):
    """The golden dataset cannot be used as it is; carries every problem found, the first one as its message."""

    default_code = "E1200"

    def __init__(self, problems: tuple[Problem, ...], *, code: str | None = None) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.where, hint=first.hint, code=code or first.code or None)
        self.problems = problems


class LabelsError(DatasetError):
    """People's labels, or a judge's judgements of the same items, cannot be used as they are; carries every problem found."""

    default_code = "E1940"


class AgentUnusable(GoldfinchError):
    """The agent cannot be asked at all (refused key, malformed URL, unknown model); the run stops at once."""

    default_code = "E1300"


class InfrastructureError(GoldfinchError):
    """Something outside the agent failed (network, provider, disk); says nothing about quality."""

    exit_code = ExitCode.INCONCLUSIVE
    default_code = "E1400"


class RunDirectoryError(GoldfinchError):
    """A run directory cannot be read, or holds another run than the one asked for."""

    default_code = "E1500"


class BudgetExhausted(GoldfinchError):
    """The money of the run is spent; what was finished is kept."""

    exit_code = ExitCode.BUDGET
    default_code = "E1600"


class EvidenceUnreadable(GoldfinchError):
    """A report that a gate needs cannot be read. The gate has no evidence, and no evidence is never a pass."""

    exit_code = ExitCode.INCONCLUSIVE
    default_code = "E2110"
