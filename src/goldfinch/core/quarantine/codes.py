"""The error codes of the quarantine, each with its meaning and its remedy."""

from __future__ import annotations

BROKEN = "E2470"
CANNOT_WRITE = "E2471"
NOT_QUARANTINED = "E2472"
NO_REASON = "E2473"
NO_RUNS = "E2474"
OPTION = "E2475"

EXPLANATIONS = {
    BROKEN: (
        "The quarantine file is damaged, of a newer Goldfinch, or names a case without the runs that showed it. Nothing was decided.",
        "Restore it from version control, or mend the entry that is named; `goldfinch quarantine update RUNS` writes it anew.",
    ),
    CANNOT_WRITE: (
        "The quarantine file cannot be written: permission is missing, or the disk is full. The one that was there is as it was.",
        "Correct the permissions, or name another --file.",
    ),
    NOT_QUARANTINED: (
        "The case that is to be released is not in quarantine.",
        "`goldfinch quarantine list` shows those that are; --file names another quarantine file.",
    ),
    NO_REASON: (
        "A case leaves the quarantine by hand only with a reason and the name of the person who decides it: both stay in the file.",
        "Give --reason, and --by where neither CI nor git knows your name.",
    ),
    NO_RUNS: (
        "No run here shows whether a case is flaky: that takes complete, not replayed runs of the main branch, 3 trials a case or more.",
        "Evaluate the main branch with `--trials 3` or more, keep those runs, and name their folders.",
    ),
    OPTION: ("An option of the quarantine has a wrong value.", "Correct the named option; `--help` shows what each may hold."),
}
