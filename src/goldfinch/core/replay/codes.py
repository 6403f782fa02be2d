"""The error codes of recorded streams and their replay, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

UNREADABLE_STREAM: Final = "E3020"
BAD_LINE: Final = "E3021"
OUT_OF_ORDER: Final = "E3022"
NEWER_STREAM: Final = "E3023"
EMPTY_STREAM: Final = "E3024"
BAD_REPLAY_OPTION: Final = "E3025"
NO_COURSE: Final = "E3026"
TOO_LONG: Final = "E3027"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    UNREADABLE_STREAM: (
        "A stream of session events cannot be read: there is no such file, or it is no gzip file although its name says so.",
        "Read the line: it holds the system's own words.",
    ),
    BAD_LINE: (
        "A line of a stream is no session event and no weight: a key is missing or unknown, a value is not allowed, or it is too long.",
        "Correct the named line; docs/guides/replay.md has the format, docs/schemas/session_stream.schema.json its schema.",
    ),
    OUT_OF_ORDER: (
        "A line of a stream is older than one that stands far before it. Intervals that are closed are not opened again.",
        "Sort the stream by `time`, or raise --tolerance.",
    ),
    NEWER_STREAM: ("A stream was written for a newer Goldfinch.", "Update Goldfinch: pip install --upgrade goldfinch-ci."),
    EMPTY_STREAM: ("A stream holds no session event. Nothing was seen, and nothing is no evidence.", "See that the recording ran."),
    BAD_REPLAY_OPTION: ("An option of a replay has a wrong value, or does not go with another.", "Correct the named option."),
    TOO_LONG: (
        "A stream spans more than a month. Mostly a line has a wrong time: no rollout takes so long.",
        "Correct the time, or replay a part of the stream.",
    ),
    NO_COURSE: (
        "The weights that a stream recorded are no course of a rollout: they do not begin with a share for the canary, or never rise.",
        "Take the weight lines out and name the steps with --steps.",
    ),
}
