"""The error codes of releases and approvals, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

UNKNOWN_RELEASE: Final = "E2701"
AMBIGUOUS_RELEASE: Final = "E2702"
NAME_TAKEN: Final = "E2703"
NOT_DENIED: Final = "E2704"
DENIED: Final = "E2705"
NOTHING_TO_RELEASE: Final = "E2706"
UNCOMMITTED: Final = "E2707"
NO_FILES: Final = "E2708"
NO_DIGEST: Final = "E2709"
CONFIDENTIAL: Final = "E2710"
NO_JSON: Final = "E2711"
BAD_NAME: Final = "E2712"
NOBODY: Final = "E2713"
NO_REASON: Final = "E2714"
SELF_APPROVAL: Final = "E2715"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    UNKNOWN_RELEASE: ("No release of this name is known.", "`goldfinch release list` shows all; `goldfinch release create` adds one."),
    AMBIGUOUS_RELEASE: ("Several releases have this name or begin like it.", "Give more characters of the id."),
    NAME_TAKEN: ("A tag already means another release.", "Choose another tag: a tag that moves would say nothing."),
    NOT_DENIED: ("The release is not denied, so there is nothing to override.", "`goldfinch release show` says what holds for it."),
    DENIED: (
        "The release was rolled back or denied, and may not be rolled out again as it is.",
        "Mend it and make a new release, or override: goldfinch release allow RELEASE --reason …",
    ),
    NOTHING_TO_RELEASE: (
        "Nothing says what the release is made of.",
        "Add `release:` to goldfinch.yaml with `code`, `image`, `prompts`, `model` or `tools`; docs/guides/releases.md has an example.",
    ),
    UNCOMMITTED: (
        "Files of the release are not committed, or there is no git to say that they are. Nobody could bring this content back later.",
        "Commit them, or give --allow-dirty: the release is then marked, and carries no git sha.",
    ),
    NO_FILES: (
        "A path or pattern under `release:` names no file, or one that no release can hold: unreadable, a link, outside the folder.",
        "Correct the named path; it is relative to the settings file.",
    ),
    NO_DIGEST: (
        "A name that can move stands where content must be named: an image by its tag, or a digest that is none.",
        "Give the digest: NAME@sha256:…; `docker buildx imagetools inspect NAME:TAG` prints it.",
    ),
    CONFIDENTIAL: (
        "A secret stands in the settings of a release, which are stored and shown.",
        "Leave it out; what needs it reads it from the environment. A value may say `${NAME}`.",
    ),
    NO_JSON: (
        "A value under `release:` has no one form in JSON, so it cannot be hashed: NaN, or a date that YAML read into it.",
        "Put it in quotation marks, or write a finite number.",
    ),
    BAD_NAME: (
        "A tag cannot be used as the name of a release: it is empty, has blanks or control characters, or looks like an id, sha or digest.",
        "Use letters, digits and `. _ - + /`, such as v1.4.2.",
    ),
    NOBODY: (
        "Nobody is named, and what is asked for is recorded under a person's name.",
        "Give --by NAME, or set git's user.name; in CI the account that started the job is taken.",
    ),
    NO_REASON: ("A denial, or its override, has no reason.", "Give --reason with the words that the next person needs."),
    SELF_APPROVAL: (
        "Who made a release or asked for its rollout cannot approve it.",
        "Ask somebody else to approve: four eyes see more than two.",
    ),
}
