"""The error codes of releases and approvals, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

UNKNOWN_RELEASE: Final = "E2701"
AMBIGUOUS_RELEASE: Final = "E2702"
NAME_TAKEN: Final = "E2703"
NOT_DENIED: Final = "E2704"
DENIED: Final = "E2705"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    UNKNOWN_RELEASE: ("No release of this name is known.", "`goldfinch release list` shows all; `goldfinch release create` adds one."),
    AMBIGUOUS_RELEASE: ("Several releases have this name or begin like it.", "Give more characters of the id."),
    NAME_TAKEN: ("A tag already means another release.", "Choose another tag: a tag that moves would say nothing."),
    NOT_DENIED: ("The release is not denied, so there is nothing to override.", "`goldfinch release show` says what holds for it."),
    DENIED: (
        "The release was rolled back or denied, and may not be rolled out again as it is.",
        "Mend it and make a new release, or override with a name and a reason.",
    ),
}
