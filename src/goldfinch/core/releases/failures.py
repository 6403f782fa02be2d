"""What can go wrong with releases and approvals."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.releases import codes


class UnknownRelease(GoldfinchError):
    """Nothing of this name."""

    default_code = codes.UNKNOWN_RELEASE


class AmbiguousRelease(GoldfinchError):
    """More than one of this name."""

    default_code = codes.AMBIGUOUS_RELEASE


class NameTaken(GoldfinchError):
    """A tag that means another release."""

    default_code = codes.NAME_TAKEN


class NotDenied(GoldfinchError):
    """An override of nothing."""

    default_code = codes.NOT_DENIED


class ReleaseDenied(GoldfinchError):
    """A rollout of a release that must not be rolled out."""

    default_code = codes.DENIED
