"""What can go wrong on the way back, in drills and in watching."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.recovery import codes


class RollbackRefused(GoldfinchError):
    """A rollback to this release means nothing as things stand. Nothing was moved."""

    default_code = codes.REFUSED


class NoRollout(GoldfinchError):
    """Nothing was ever rolled out here; the hint is the exact command to run."""

    default_code = codes.NO_RECORD


class OtherReleases(GoldfinchError):
    """The record is of other releases than were named."""

    default_code = codes.NOT_RECORDED_HERE


class UnknownRunbook(GoldfinchError):
    """No page of this name."""

    default_code = codes.UNKNOWN_RUNBOOK


class DrillsUnreadable(InfrastructureError):
    """A line of the file of drills is none."""

    default_code = codes.DRILLS_UNREADABLE


class DrillFailed(InfrastructureError):
    """A rehearsal that did not come to its end."""

    default_code = codes.DRILL_FAILED


class NoLiveAnswer(InfrastructureError):
    """The proxy did not answer."""

    default_code = codes.NO_LIVE_ANSWER
