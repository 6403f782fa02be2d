"""The error codes of this area (Live evidence), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

LOG_SILENT: Final = "E3301"
LOG_UNREADABLE: Final = "E3302"
EVIDENCE_MISSING: Final = "E3303"
LINES_UNREADABLE: Final = "E3304"
FOREIGN_CURSOR: Final = "E3305"
NOTES_UNAVAILABLE: Final = "E3306"
QUEUE_UNAVAILABLE: Final = "E3307"
PROMETHEUS_UNAVAILABLE: Final = "E3320"
PROMETHEUS_QUERY: Final = "E3321"
PROMETHEUS_ADDRESS: Final = "E3322"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    LOG_SILENT: (
        "The access log says nothing of the time asked about, and the proxy gives no sign of life: that is no time without traffic.",
        "See that `goldfinch proxy` runs and that its folder is the one in the line; the rollout holds its weight meanwhile.",
    ),
    LOG_UNREADABLE: ("The access log, or the log of notes, cannot be read.", "Read the line: it holds the system's own words."),
    EVIDENCE_MISSING: (
        "A part of the access log or of the notes that was not read yet is gone: its file was deleted, replaced or cut.",
        "Nothing: the time of the hole is left out, and measuring goes on after it. Keep segments for longer (docs/guides/evidence.md).",
    ),
    LINES_UNREADABLE: (
        "More lines of the access log than can be overlooked are none: too much would be missing to compare the arms.",
        "The line shows one of them. docs/guides/evidence.md has the format; only the proxy may write there.",
    ),
    FOREIGN_CURSOR: (
        "Where reading should go on is no place in an access log.",
        "The row of the rollout was written by another source of measurements, or edited: start a new rollout.",
    ),
    NOTES_UNAVAILABLE: (
        "What became known of turns could not be kept. None of it was, and it counts as missing.",
        "Free space or fix the permissions of the folder in the line.",
    ),
    QUEUE_UNAVAILABLE: (
        "The queue of answers that wait to be scored cannot be read or written.",
        "Free space or fix the permissions of the folder in the line.",
    ),
    PROMETHEUS_UNAVAILABLE: (
        "The Prometheus cannot be reached, is too slow, or answers what is none. Its figures are missing; they decide nothing.",
        "Read the line; see that `serve.prometheus` is the server's own address.",
    ),
    PROMETHEUS_QUERY: (
        "The Prometheus refused a query, or the query gives something else than was asked for.",
        "Correct the query: the line has the server's own words.",
    ),
    PROMETHEUS_ADDRESS: (
        "The URL of a Prometheus may not be called: its scheme, port or address is refused, or its name resolves to such an address.",
        "Correct the URL; `serve.allow_private: true` permits private and loopback addresses, never link-local or metadata ones.",
    ),
}
