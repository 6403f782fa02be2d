"""The error codes of reviews and of a history of runs, each with its meaning and its remedy."""

from __future__ import annotations

UNREADABLE_VERDICT = "E2601"
NEWER_VERDICT = "E2602"
CONTRADICTED_VERDICT = "E2603"
MISSING_VERDICT = "E2604"
NOT_FOR_FORMAT = "E2605"
NO_HISTORY = "E2606"
CANNOT_WRITE = "E2607"
OTHER_RUN = "E2608"
UNREADABLE_INPUT = "E2609"

EXPLANATIONS = {
    UNREADABLE_VERDICT: (
        "What was given for --gates is no verdict of the six gates, or is damaged. Nothing was shown in its place.",
        "Give the file that `goldfinch check` wrote; make it again where it is damaged.",
    ),
    NEWER_VERDICT: ("The verdict was written by a newer Goldfinch, whose rules this one does not know.", "Upgrade goldfinch-ci."),
    CONTRADICTED_VERDICT: (
        "The verdict's file says another verdict than its findings give: it was edited, or damaged.",
        "Make it again with `goldfinch check`.",
    ),
    MISSING_VERDICT: (
        "A comment, a step summary and annotations show the six gates, and no verdict of gates was given.",
        "Give --gates with the file that `goldfinch check` wrote.",
    ),
    NOT_FOR_FORMAT: (
        "An option was given that the asked-for format has no use for.",
        "Leave it out, or ask for --format comment, step-summary or annotations.",
    ),
    NO_HISTORY: (
        "None of the given folders holds a finished run: there is no history to show.",
        "Name the folders of runs, or a folder that holds them; unfinished runs are left out.",
    ),
    CANNOT_WRITE: (
        "The file cannot be written: the folder is missing, permission is missing, or the disk is full.",
        "Name another file, or correct the permissions.",
    ),
    OTHER_RUN: (
        "The verdict or the comparison is of another run than the one that is reported: together they would say what never was.",
        "Give the verdict and the regression report that were made of this run.",
    ),
    UNREADABLE_INPUT: (
        "The list of changed files, or the comment that is there already, cannot be read.",
        "Correct the path; - is stdin.",
    ),
}
