"""The error codes of quality gates and of the files that they read as evidence, each with its meaning and its remedy."""

from __future__ import annotations

BAD_THRESHOLD = "E2101"
NO_SUCH_REPORT = "E2110"
NOT_READABLE = "E2111"
TOO_LONG = "E2112"
DAMAGED = "E2113"
NOT_WRITTEN = "E2114"
AMBIGUOUS = "E2115"

EXPLANATIONS = {
    BAD_THRESHOLD: (
        "A threshold that was given for this check cannot be: a share lies between 0 and 1, an amount from 0.",
        "Correct the option that is named: 0.85 is 85 %.",
    ),
    NO_SUCH_REPORT: (
        "A report that a gate was to read is not there. The step that writes it failed, or wrote it elsewhere; the gate has no evidence.",
        "Look at the step that writes it, and correct the path.",
    ),
    NOT_READABLE: (
        "A report that a gate was to read is a folder, a symbolic link or something else that is no plain file, or may not be read.",
        "Give the file itself, and check its permissions.",
    ),
    TOO_LONG: ("A report that a gate was to read is longer than 64 MB.", "See whether it is the right file; split it by group of tests."),
    DAMAGED: (
        "A report that a gate was to read is cut off, damaged, of another tool, or declares XML entities, which are refused.",
        "Have its tool write it anew in the format that docs/gates names.",
    ),
    NOT_WRITTEN: (
        "The list of known type errors cannot be written: the folder is missing, permission is missing, or the disk is full.",
        "Name another place, or correct the permissions.",
    ),
    AMBIGUOUS: (
        "A folder of reports holds two of a kind of which there can be one: those of two runs may be mixed up.",
        "Keep the one that counts, or name the file.",
    ),
}
