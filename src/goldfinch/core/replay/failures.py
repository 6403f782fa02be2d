"""What can go wrong with a recorded stream."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.replay import codes


class StreamError(GoldfinchError):
    """The stream cannot be used as it is; the message names file and line."""

    default_code = codes.BAD_LINE
