"""The error codes of the store and its audit log, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

STORE_UNAVAILABLE: Final = "E2801"
TOO_NEW: Final = "E2802"
URL: Final = "E2803"
EXTRA: Final = "E2804"
TAMPERED: Final = "E2805"
DAMAGED: Final = "E2806"
HEAD: Final = "E2807"
ABSENT: Final = "E2808"
CANNOT_WRITE: Final = "E2809"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    STORE_UNAVAILABLE: (
        "The store of rollouts and releases does not answer, or its disk is full. Nothing was half-written.",
        "Bring it back; what was under way goes on from where it stood.",
    ),
    TOO_NEW: (
        "A newer Goldfinch has written the store, and this one cannot know what it means. Nothing was read or written.",
        "Install the newer version here too.",
    ),
    URL: (
        "`store.url` names no store that Goldfinch knows, or asks for one that cannot be.",
        "Give sqlite:///FILE or postgresql://USER@HOST/DATABASE; passwords come from the environment: ${NAME}.",
    ),
    EXTRA: ("The store needs a library that is not installed.", "Run the command in the line."),
    TAMPERED: (
        "The audit log is not what was written: the line names the first bad row and what was done to it.",
        "Keep the store as it is, and find out who could write to it. A backup whose head is known shows what the row was.",
    ),
    DAMAGED: (
        "Something in the store cannot be read: it was edited by hand, or its file is damaged.",
        "The line names what. Restore a backup; `goldfinch audit verify` says whether somebody changed the history.",
    ),
    ABSENT: (
        "There is no store where the settings say, so there is no history to look at.",
        "Correct `store.url` or --config. The first release or rollout makes a store.",
    ),
    CANNOT_WRITE: ("The export of the audit log cannot be written. What was there stays.", "Free space, or choose another --to."),
    HEAD: ("What --head was given is no head of an audit log.", "Give SEQ:HASH as `goldfinch audit verify` printed it."),
}
