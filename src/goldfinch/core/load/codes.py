"""The error codes of benchmarks, each with its meaning and its remedy."""

from __future__ import annotations

NO_SCENARIO = "E2501"
BAD_SCENARIO = "E2502"
UNKNOWN_SCENARIO = "E2503"
NOT_REACHED = "E2504"
UNREADABLE_RESULT = "E2505"
NEWER_RESULT = "E2506"
CANNOT_WRITE = "E2507"
NO_TARGET = "E2508"
NO_CALIBRATION = "E2509"
BAD_OPTION = "E2510"
NOTHING_MEASURED = "E2511"

EXPLANATIONS = {
    NO_SCENARIO: (
        "There is no benchmark scenario, and nothing to make one of.",
        "List scenarios under `bench:` in goldfinch.yaml, or name an `agent:` and a `dataset:` there: then the agent is asked its cases.",
    ),
    BAD_SCENARIO: (
        "A benchmark scenario cannot be carried out as it is written.",
        "Correct the named key; docs/guides/benchmarks.md has them all.",
    ),
    UNKNOWN_SCENARIO: ("There is no scenario of this name.", "The message lists the names that there are."),
    NOT_REACHED: ("The target of a benchmark cannot be reached: its name has no address.", "Check the URL and that the service runs."),
    UNREADABLE_RESULT: (
        "A file is no benchmark result, is damaged, or its figures contradict each other.",
        "Name a file that `goldfinch bench run --output` wrote, or make it anew.",
    ),
    NEWER_RESULT: ("The benchmark result was written by a newer Goldfinch.", "Upgrade goldfinch-ci."),
    CANNOT_WRITE: ("The result of a benchmark cannot be written.", "Free space, correct the permissions, or name another file."),
    NO_TARGET: (
        "A scenario has no target, or an agent as its target and nothing to ask it.",
        "Give the scenario a `target:`, or an `agent:` beside it; and `inputs:` or a `dataset:`.",
    ),
    NO_CALIBRATION: (
        "The load generator could not be calibrated: its own server, which does nothing, did not start or did not answer.",
        "Check what forbids processes or connections to 127.0.0.1 on this machine.",
    ),
    BAD_OPTION: ("An option of a benchmark has a wrong value, or does not go with another.", "Read the line that came with it."),
    NOTHING_MEASURED: (
        "A run of a benchmark comparison or of a saturation search answered nothing, or was interrupted: nothing can be compared.",
        "Check that the target runs and answers, then give the same command again.",
    ),
}
