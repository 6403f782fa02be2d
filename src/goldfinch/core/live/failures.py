"""What can go wrong with live evidence."""

from __future__ import annotations

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.live import codes


class NotesUnavailable(InfrastructureError):
    """Notes could not be kept; none of them was."""

    default_code = codes.NOTES_UNAVAILABLE


class QueueUnavailable(InfrastructureError):
    """The queue of sampled answers cannot be read or written."""

    default_code = codes.QUEUE_UNAVAILABLE
