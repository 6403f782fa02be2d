"""What can go wrong between a command and the server that it asks."""

from __future__ import annotations

from goldfinch.core.errors import ConfigurationError, InfrastructureError, UsageError
from goldfinch.core.serving import codes


class ServerUnusable(InfrastructureError):
    """The server of `GOLDFINCH_URL` does not answer, or not as one."""

    default_code = codes.SERVER_UNREACHABLE


class ServerRefused(UsageError):
    """The server answered that this may not be."""

    default_code = codes.SERVER_REFUSED


class StoreRefused(ConfigurationError):
    """A rollout would be kept where nobody finds it again."""

    default_code = codes.LOCAL_STORE_IN_CI


class VerdictRefused(UsageError):
    """The verdict of a check does not let this release through."""

    default_code = codes.VERDICT_REFUSED


class NothingToShow(UsageError):
    """No rollout was named, and none is there that could be meant."""

    default_code = codes.NO_ROLLOUT


class WebhookRefused(ConfigurationError):
    """The webhook leads where it may not."""

    default_code = codes.WEBHOOK_REFUSED


class AddressInUse(ConfigurationError):
    """`serve.listen` cannot be listened on."""

    default_code = codes.ADDRESS_IN_USE


class TokensUnusable(ConfigurationError):
    """The file of the server's tokens is not what it must be."""

    default_code = codes.TOKENS_UNUSABLE
