"""The tokens of `goldfinch serve`: made once, kept for the owner alone, in the folder of the settings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import quote

from goldfinch.bootstrap.rollout_folder import STATE
from goldfinch.core.serving.access import AccessTokens, Role
from goldfinch.core.serving.failures import TokensUnusable

FILE: Final = "serve-tokens.json"
_BYTES: Final = 32
_LEAST_CHARACTERS: Final = 32
_HINT: Final = "delete it: the next start makes new tokens"


def access_tokens(folder: Path) -> AccessTokens:
    """Those of `folder`/.goldfinch, made where there are none. Raises `TokensUnusable` (E3660)."""
    path = folder / STATE / FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
        return _read(path)
    except OSError as error:
        raise TokensUnusable(error.strerror or str(error), where=str(path)) from error


def page_address(listen: str, port: int, token: str) -> str:
    """What to open in a browser. The token stands behind `#`: browsers send that part to nobody."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen, listen)  # noqa: S104  # nosec B104 - compared with, not listened on
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/#token={quote(token, safe='')}"


def _make(path: Path) -> None:
    """A link puts the whole file in place at once, and only where there is none: two that start together agree."""
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{token_urlsafe(6)}.tmp")
    content = json.dumps({role: token_urlsafe(_BYTES) for role in Role}, indent=2) + "\n"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> AccessTokens:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, encoding="utf-8") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            raise TokensUnusable("others than its owner can use it", where=str(path), hint=f"chmod 600 it, or {_HINT}")
        try:
            document: Any = json.load(file)
        except ValueError:
            document = None
    return _checked(document, path)


def _checked(document: Any, path: Path) -> AccessTokens:
    names = [str(role) for role in Role]
    found = [document.get(name) for name in names] if isinstance(document, dict) else []
    if not found or not all(isinstance(token, str) and len(token) >= _LEAST_CHARACTERS and token.isascii() for token in found):
        raise TokensUnusable(f"does not hold the tokens of {', '.join(names)}", where=str(path), hint=_HINT)
    if len(set(found)) < len(found):
        raise TokensUnusable("two roles have the same token", where=str(path), hint=_HINT)
    return AccessTokens(viewer=document[Role.VIEWER], releaser=document[Role.RELEASER], sender=document[Role.SENDER])
