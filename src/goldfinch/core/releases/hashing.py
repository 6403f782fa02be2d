"""What names a release: a hash of its content, in scheme 1. docs/guides/releases.md shows how to compute it by hand.

A component's digest is the SHA-256 of its content as canonical JSON, without what only explains (`UNHASHED`); an image has the digest
that its registry gave it. The release's digest is the SHA-256 of `{"components": {kind: digest, ...}, "scheme": 1}` as canonical JSON.
Canonical: keys sorted by code point, no blanks, UTF-8, whole numbers without a fraction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import isfinite
from typing import Any, Final

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import NotReleasable
from goldfinch.core.releases.release import Component

SCHEME: Final = 1
"""Goes into every digest: a release hashed by other rules never has the same name by accident."""
UNHASHED: Final = frozenset({"texts", "notes", "repository"})
"""Keys of a component's content that only explain: prompt texts (their hashes count), remarks, where an image lies."""
MAX_DEPTH: Final = 50
_EXACT: Final = 2.0**53


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """`value` with only what JSON can say: texts, finite numbers, booleans, null, lists, mappings of texts; 1.0 is 1.

    Raises `NotReleasable` (E2711), naming `where`, for anything else: a date that YAML made, NaN, half a character, 50 levels of nesting.
    """
    if depth > MAX_DEPTH:
        raise _no_json(where, f"is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        if odd := [key for key in value if not isinstance(key, str)]:
            raise _no_json(where, f"has a key that is no text but {type(odd[0]).__name__}")
        return {_text(key, where): plain(inner, f"{where}.{key}", depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, f"{where}[{position}]", depth + 1) for position, inner in enumerate(value)]
    return _scalar(value, where)


def _scalar(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    raise _no_json(where, f"is {value!r}" if isinstance(value, float) else f"is a {type(value).__name__}")


def _text(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _no_json(where, "holds half a character (a lone surrogate)") from None
    return str(text)


def _no_json(where: str, what: str) -> NotReleasable:
    hint = "write it as a text, a finite number, true, false, null, a list or a mapping"
    return NotReleasable(f"{what}, which has no one form in JSON", where=where[:200], hint=hint, code=codes.NO_JSON)


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value that is hashed. `value` must have been through `plain`."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(content: Mapping[str, Any]) -> str:
    """`sha256:` and 64 digits, of the content of any component but an image."""
    hashed = {key: value for key, value in content.items() if key not in UNHASHED}
    return sha256_of(canonical(plain(hashed, "content")))


def release_digest(components: Iterable[Component]) -> str:
    """Of all components, in whatever order they come. Raises `ValueError` for two of one kind."""
    given = tuple(components)
    by_kind = {component.kind.value: component.digest for component in given}
    if len(by_kind) != len(given):
        raise ValueError("a release has at most one component of a kind")
    return sha256_of(canonical({"scheme": SCHEME, "components": by_kind}))


def release_id(digest: str) -> str:
    """The short name: `rel_` and the first 16 digits."""
    return f"rel_{digest.removeprefix('sha256:')[:16]}"


def sha256_of(written: bytes) -> str:
    """`sha256:` and 64 digits, as registries write it."""
    return f"sha256:{sha256(written).hexdigest()}"
