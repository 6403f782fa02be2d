"""The error codes of health and replay, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

METRICS_UNAVAILABLE: Final = "E3001"
IMPOSSIBLE_MEASUREMENT: Final = "E3002"
RULES_UNUSABLE: Final = "E3003"
HEALTH_STATE_UNREADABLE: Final = "E3004"
TOO_LITTLE_TRAFFIC: Final = "E3005"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    METRICS_UNAVAILABLE: (
        "The source of measurements does not answer. Nothing is promoted meanwhile.",
        "Bring it back; the line says since when it is silent.",
    ),
    IMPOSSIBLE_MEASUREMENT: (
        (
            "The source of measurements reported what cannot be: more bad units than units, a score outside 0 to 1, a negative amount. "
            "The interval is not used, and counts as unreadable."
        ),
        "Read the line: it names the metric and the figure. Mend the source or the scorer; a cost needs a `cap`.",
    ),
    RULES_UNUSABLE: (
        (
            "The rules of health contradict themselves: an absolute limit for a metric that is not gated, two metrics of one name, "
            "a guard on the wrong side of 1."
        ),
        "Read the line: it names the metric and what is wrong with it.",
    ),
    HEALTH_STATE_UNREADABLE: (
        (
            "The saved evidence of a rollout cannot be read: it was written by another version, for other rules, or changed by hand. "
            "It is never guessed at."
        ),
        "Go back to the version that wrote it, or abort the rollout and start it anew: evidence then begins at 1.",
    ),
    TOO_LITTLE_TRAFFIC: (
        "With the traffic of the last days, a step could not see what it is meant to see, not even extended. Nothing was shifted.",
        "Choose one: a longer bake, a larger step, probe sessions, a larger design factor, or an explicit `on_inconclusive`.",
    ),
}
