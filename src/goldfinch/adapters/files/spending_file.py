"""What the gates need of what the tests spent (`pytest --goldfinch-report`); a file that is none of ours is an error."""

from __future__ import annotations

from pathlib import Path

import msgspec

from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates import codes
from goldfinch.core.gates.evidence import HighestCost

MAX_BYTES = 64_000_000
_MADE_BY = "pytest --goldfinch-report FILE"


class _Test(msgspec.Struct):
    test: str
    calls: int
    cost_usd: float | None


class _TestSpending(msgspec.Struct):
    kind: str
    tests: tuple[_Test, ...]


def read_test_costs(path: Path) -> HighestCost | None:
    """The dearest test of those that asked a model; None where none did. Raises `EvidenceUnreadable`."""
    try:
        found = msgspec.json.decode(_content(path), type=_TestSpending)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"is no file of {_MADE_BY}: {error}"
        raise EvidenceUnreadable(what, where=str(path), hint="have it written anew", code=codes.DAMAGED) from error
    if found.kind != "test_spending":
        raise EvidenceUnreadable(f"is no file of {_MADE_BY}", where=str(path), hint="give the right file", code=codes.DAMAGED)
    costs = [(one.test, one.cost_usd) for one in found.tests if one.calls]
    return HighestCost.of(costs) if costs else None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        code = codes.NO_SUCH_REPORT if isinstance(error, FileNotFoundError) else codes.NOT_READABLE
        raise EvidenceUnreadable(
            f"cannot be read: {error.strerror or error}", where=str(path), hint=f"made by {_MADE_BY}", code=code
        ) from error
    if len(content) > MAX_BYTES:
        raise EvidenceUnreadable(f"is longer than {MAX_BYTES // 1_000_000} MB", where=str(path), code=codes.TOO_LONG)
    return content
