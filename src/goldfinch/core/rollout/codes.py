"""The error codes of rollouts, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

UNKNOWN_ROLLOUT: Final = "E2901"
UNDER_WAY: Final = "E2902"
STALE_WRITE: Final = "E2903"
NOT_SHIFTED: Final = "E2904"
ROUTER_UNREACHABLE: Final = "E2905"
DEPLOY_FAILED: Final = "E2906"
ROW_EDITED: Final = "E2951"
REQUEST_REFUSED: Final = "E2952"
START_REFUSED: Final = "E2953"
INVALID_PLAN: Final = "E2911"
UNKNOWN_ENVIRONMENT: Final = "E2912"
TIME_SCALE_REFUSED: Final = "E2913"

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
    ROW_EDITED: (
        "The row of a rollout was changed by something else than its controller. Nobody acts on it; its traffic stays as it is.",
        "The line says what was found. Put back what was there; a controller that is started again takes a row that is possible as it is.",
    ),
    REQUEST_REFUSED: (
        "What was asked of a rollout means nothing as it stands, or may not be asked by this person.",
        "Read the line; `goldfinch rollout status` says where it stands and what can be asked.",
    ),
    START_REFUSED: (
        "A rollout cannot be started like this: no stable release is known, it is on both sides, or the plan cannot be carried out.",
        "The line says what is missing.",
    ),
    INVALID_PLAN: (
        "The plan of a rollout cannot be carried out. Nothing was started.",
        "The line names the key under `rollout:`: weights rise to 100, every step but the last is watched, times are above 0s.",
    ),
    UNKNOWN_ENVIRONMENT: (
        "A rollout was asked for in an environment that no settings name.",
        "Correct the name, or add it under `rollout.environments`. production, staging and local are always there.",
    ),
    TIME_SCALE_REFUSED: (
        "GOLDFINCH_TIME_SCALE is set where it must not be, or is no factor. Shortened times see less than they were planned to see.",
        "Unset it; or use an environment of kind `local`, and a factor such as 60.",
    ),
}
