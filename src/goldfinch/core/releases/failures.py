"""What can go wrong with releases and approvals."""

from __future__ import annotations

from goldfinch.core.errors import ConfigurationError, GoldfinchError, UsageError
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


class NotReleasable(ConfigurationError):
    """What is to be released has no content that could be named, or brought back."""

    default_code = codes.NOTHING_TO_RELEASE


class BadReleaseName(UsageError):
    """A tag that would be taken for something else."""

    default_code = codes.BAD_NAME


class Unsigned(UsageError):
    """A recorded act without the name or the reason that it needs."""

    default_code = codes.NOBODY


class SelfApproval(UsageError):
    """One person in both roles."""

    default_code = codes.SELF_APPROVAL
