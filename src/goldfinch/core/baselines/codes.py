"""The error codes of baselines and of further trials, each with its meaning and its remedy."""

from __future__ import annotations

NOT_WHOLE = "E2401"
NOT_PASSED = "E2402"
DIRTY = "E2403"
NO_BRANCH = "E2404"
NOT_REAL = "E2405"
BROKEN = "E2406"
CANNOT_WRITE = "E2407"
NO_BASELINE = "E2408"
VERDICT = "E2409"
NOT_LIKE_BEFORE = "E2410"
NO_WORKTREE = "E2411"
ASKING_FAILED = "E2412"
NO_BUDGET = "E2413"
BUSY = "E2414"

EXPLANATIONS = {
    NOT_WHOLE: (
        "Only a run that is complete can be a baseline: this one is under way, incomplete, replayed from a recording, or a placeholder.",
        "Finish it with the same `goldfinch evaluate`, without --replay, then promote it.",
    ),
    NOT_PASSED: (
        "The run did not pass, or nothing shows that it did; a baseline that is bad lets every later change pass.",
        "Read which gate says so. Give --verdict with the file of a `goldfinch check` that passed, or correct `gates:` in the settings.",
    ),
    DIRTY: (
        "The run was made from files that are not committed: nobody could make it again.",
        "Commit and evaluate again, or give --allow-dirty.",
    ),
    NO_BRANCH: (
        "There is no branch to name the baseline after: no repository, or a detached commit.",
        "Give --branch.",
    ),
    NOT_REAL: (
        "A baseline is a real folder of real files (REQUIREMENTS C8, T12); here is a symbolic link, or something that is no baseline.",
        "Remove it, or name another --baselines folder.",
    ),
    BROKEN: (
        "baseline.json is damaged, or was written by a newer Goldfinch.",
        "Promote the run again, or restore the folder from version control.",
    ),
    CANNOT_WRITE: (
        "The baseline cannot be written: permission is missing, or the disk is full. The one that was there is as it was.",
        "Correct the permissions, or name another --baselines folder.",
    ),
    NO_BASELINE: (
        "No run was promoted for this branch yet.",
        "`goldfinch baseline promote RUN`, or `goldfinch baseline bootstrap` for a placeholder that decides nothing.",
    ),
    VERDICT: (
        "The verdict is not one of `goldfinch check`, cannot be read, or is about another run.",
        "Give the verdict file that `goldfinch check` wrote for this very run.",
    ),
    NOT_LIKE_BEFORE: (
        "What further trials would ask is not what was asked before: another agent, other scorers, an edited case. Nothing was asked.",
        "Name the agent that the run was made with (--baseline-config, --baseline-ref, --baseline-agent; --config, --agent).",
    ),
    NO_WORKTREE: (
        "The commit of the baseline cannot be checked out beside this one: git is missing, or it does not know the commit.",
        "Fetch it (`git fetch --unshallow`), or give --baseline-config instead.",
    ),
    ASKING_FAILED: (
        "Further trials ended with an error of the evaluation; what was finished is kept.",
        "Read the line that came with it, mend it, and give the same command again.",
    ),
    NO_BUDGET: (
        "Further trials ask both versions again, and that costs: nothing says how much it may.",
        "Give --budget with an amount of US dollars.",
    ),
    BUSY: (
        "Another process promotes a baseline for this branch.",
        "Wait for it, then promote again where it is still wanted.",
    ),
}
