"""The error codes of rollouts, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

UNKNOWN_ROLLOUT: Final = "E2901"
UNDER_WAY: Final = "E2902"
STALE_WRITE: Final = "E2903"
NOT_SHIFTED: Final = "E2904"
ROUTER_UNREACHABLE: Final = "E2905"
DEPLOY_FAILED: Final = "E2906"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    UNKNOWN_ROLLOUT: ("No rollout of this name is known.", "Read the line: it names the store that was asked."),
    UNDER_WAY: (
        "A rollout of the same service and environment has not ended.",
        "Wait for it, end it, or let this one wait in its place: one rollout at a time moves traffic.",
    ),
    STALE_WRITE: (
        "Another controller, or a person, changed the rollout in between. Nothing was written.",
        "Nothing: the next pass begins with what is there now.",
    ),
    NOT_SHIFTED: ("The router refused the split that it was asked for.", "Read the router's own words in the line, and its log."),
    ROUTER_UNREACHABLE: ("What the router serves cannot be read back.", "See that the proxy runs; the rollout holds its weight meanwhile."),
    DEPLOY_FAILED: ("A release could not be started or stopped.", "Read the line and the release's own log."),
}
