"""The error codes of comparisons, each with its meaning and its remedy."""

from __future__ import annotations

NO_RUN = "E2301"
SEVERAL_RUNS = "E2302"
SAME_RUN = "E2303"
MIXED_UP = "E2304"
NO_REPORT = "E2305"
BROKEN_REPORT = "E2306"
CANNOT_WRITE = "E2307"
OPTION = "E2308"
TOO_LARGE = "E2309"

EXPLANATIONS = {
    NO_RUN: (
        "There is no run in this folder, or none with the run id or commit that was asked for.",
        "Name the folder of a `goldfinch evaluate`, or a folder that holds exactly one; the message lists what was found.",
    ),
    SEVERAL_RUNS: (
        "There is more than one run in this folder. None is guessed: comparing a run with itself would always pass.",
        "Name one of the folders that are listed, or say which by --run-id, --sha, --baseline-run-id or --baseline-sha.",
    ),
    SAME_RUN: (
        "Baseline and current are one and the same run: there is nothing to compare.",
        "Name two runs; a copy of a run is still that run.",
    ),
    MIXED_UP: (
        "The files of a run do not belong together: its scores are not of the metrics, cases or counts that its manifest or summary tells.",
        "`goldfinch score RUN_DIR` makes scores and summary anew from the answers; otherwise restore the folder from a copy.",
    ),
    NO_REPORT: ("There is no regression report here, or it cannot be read.", "Name the --output of an earlier `goldfinch compare`."),
    BROKEN_REPORT: (
        "The regression report is damaged, contradicts itself, or was written by a newer Goldfinch.",
        "Make it again with `goldfinch compare`.",
    ),
    CANNOT_WRITE: (
        "The regression report cannot be written: permission is missing, or the disk is full.",
        "Name another --output, or correct the permissions.",
    ),
    OPTION: ("An option of the comparison has a wrong value.", "Correct the named option; `--help` shows what each may hold."),
    TOO_LARGE: (
        "The folder holds too many folders to look for a run in all of them.",
        "Name the folder of the run itself.",
    ),
}
