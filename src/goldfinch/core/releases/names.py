"""What a release may be called by, besides its id: tags, and the digest of its image."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import BadReleaseName, NotReleasable, Unsigned

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}")
_TAKEN_FOR_ANOTHER = re.compile(r"rel_.*|sha256.*|[0-9a-f]{7,64}", re.IGNORECASE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def checked_tag(tag: str) -> str:
    """`tag`, where it can be no id, no git sha and no digest. Raises `BadReleaseName`."""
    if not _TAG.fullmatch(tag):
        hint = "use letters, digits and . _ - + /, such as v1.4.2"
        raise BadReleaseName(f"{tag[:60]!r} is no tag", where="--tag", hint=hint)
    if _TAKEN_FOR_ANOTHER.fullmatch(tag):
        raise BadReleaseName(f"{tag[:60]!r} looks like an id, a git sha or a digest", where="--tag", hint="choose a name, such as v1.4.2")
    return tag


def image_digest(image: str, where: str) -> tuple[str, str]:
    """Repository and digest of `NAME@sha256:…`. Raises `NotReleasable` (E2709) for a name that can move, or a digest that is none."""
    repository, _, digest = image.rpartition("@")
    if repository and _DIGEST.fullmatch(digest) and not re.search(r"\s", repository):
        return repository, digest
    name = repository or image
    what = "has a digest that is not sha256: and 64 digits" if repository else "is named by a tag, which can move, and not by its digest"
    hint = f"docker buildx imagetools inspect {name} prints it" if re.fullmatch(r"[\w./:-]+", name) else "write NAME@sha256:…"
    raise NotReleasable(f"the image {what}", where=where, hint=hint, code=codes.NO_DIGEST)


def checked_digest(digest: str, where: str) -> str:
    """`digest`, where it is `sha256:` and 64 digits. Raises `NotReleasable` (E2709)."""
    if not _DIGEST.fullmatch(digest):
        raise NotReleasable("is no digest", where=where, hint="write sha256: and 64 hexadecimal digits", code=codes.NO_DIGEST)
    return digest


def signed(name: str | None, where: str = "--by") -> str:
    """The person's name, trimmed. Raises `Unsigned` (E2713) for nobody."""
    trimmed = " ".join((name or "").split())
    if is_nobody(trimmed):
        raise Unsigned("nobody is named", where=where, hint="give --by NAME, or set git's user.name")
    return trimmed


def reasoned(reason: str | None, where: str = "--reason") -> str:
    """The reason, trimmed. Raises `Unsigned` (E2714) where there is none."""
    trimmed = (reason or "").strip()
    if not trimmed:
        raise Unsigned("there is no reason", where=where, hint="say why, for the next person", code=codes.NO_REASON)
    return trimmed


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case, blanks, width and what nobody can see do not tell. Nobody is the same as nobody else."""
    return bool(_folded(one)) and _folded(one) == _folded(other)


def is_nobody(name: str) -> bool:
    """Whether there is nothing in it that a person could read."""
    return not _folded(name)


def _folded(name: str) -> str:
    visible = "".join(
        character for character in normalize("NFKC", name) if category(character) not in ("Cf", "Cc", "Cs") or character.isspace()
    )
    return " ".join(visible.split()).casefold()
