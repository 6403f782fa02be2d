"""The error codes of reports, each with its meaning and its remedy."""

from __future__ import annotations

UNKNOWN_FORMAT = "E1801"
BROKEN_REPORTER = "E1802"
CANNOT_WRITE = "E1803"
CONFLICTING_TARGETS = "E1804"

EXPLANATIONS = {
    UNKNOWN_FORMAT: (
        "No report has this format.",
        "Take one of those listed; a package can add its own by the entry point group `goldfinch.reporters`.",
    ),
    BROKEN_REPORTER: ("A package offers a report format that cannot be loaded.", "Update or uninstall the package that is named."),
    CANNOT_WRITE: (
        "The report cannot be written: the folder is missing, permission is missing, or the disk is full. The run is untouched.",
        "Name another --output or --output-dir, or correct the permissions.",
    ),
    CONFLICTING_TARGETS: ("--to and --output-dir were both given.", "Give --to for one file, --output-dir for a folder of them."),
}
