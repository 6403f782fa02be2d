"""The error codes of `goldfinch check`, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

BASE_UNREADABLE: Final = "E2201"
BASE_TOO_LARGE: Final = "E2202"
BAD_OVERRIDE: Final = "E2203"
EXPIRED_OVERRIDE: Final = "E2204"
BAD_HISTORY: Final = "E2205"
CANNOT_WRITE: Final = "E2206"
BAD_OUTCOME: Final = "E2207"
MIXED_UP: Final = "E2208"
NO_ANSWERS: Final = "E2209"
NOTHING_BLOCKED: Final = "E2210"
NO_BASE_CASES: Final = "E2211"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    BASE_UNREADABLE: (
        "The base branch, by whose policy and cases a change is judged, cannot be read. Nothing was decided.",
        "Fetch it: `fetch-depth: 0` of actions/checkout, or `git fetch origin main`; --base names another one.",
    ),
    BASE_TOO_LARGE: (
        "What the base branch holds under a path of the dataset or the baseline is too large, or is no plain file.",
        "Make the path more exact. Links and submodules are not followed.",
    ),
    BAD_OVERRIDE: (
        "An override of a gate lacks its gate, who decided, why, or until when.",
        "Give `gate`, `by`, `reason` and `expires` (a day such as 2026-12-31).",
    ),
    EXPIRED_OVERRIDE: ("An override has expired, and does not hold any more.", "Mend what the gate found, or decide again with a new day."),
    BAD_HISTORY: (
        "A line of the gates' history is none that Goldfinch writes.",
        "Restore the file from a copy, or name another one with --history.",
    ),
    CANNOT_WRITE: ("A file of the verdict cannot be written.", "Free space, fix the permissions, or name another file."),
    BAD_OUTCOME: (
        "--record-outcome says how a gate's block turned out: GATE=false-alarm or GATE=justified.",
        "Write for example `--record-outcome ai_quality=false-alarm --by ana --reason 'the judge misread a table'`.",
    ),
    MIXED_UP: (
        "The files of a results directory do not belong together: they are of several runs, or one of them was changed.",
        "Name the folder of one run; `goldfinch score` makes scores and summary anew from the answers.",
    ),
    NO_ANSWERS: (
        "A results directory has scores and no answers, which are needed to judge a change by the base branch's cases.",
        "Keep outputs.jsonl beside results.jsonl when the folder is passed on.",
    ),
    NO_BASE_CASES: (
        "The base branch has settings and none of the cases that the run asked, so there is nothing to judge the change by.",
        "Ask the base branch's cases in this change too, or merge the new cases first.",
    ),
    NOTHING_BLOCKED: ("There is no block of this gate in the history whose outcome could be recorded.", "Name the right --history file."),
}
