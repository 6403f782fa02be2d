"""From the name of a branch to the name of its folder."""

from __future__ import annotations

import re
from hashlib import sha256

_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_UNSAFE_RUN = re.compile(r"[^A-Za-z0-9_-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_KEPT = 60


def folder_name(branch: str) -> str:
    """A name that is safe as one part of a path on every system, and another one for every branch (REQUIREMENTS T12).

    Simple names stay as they are; all others (`feature/x`, `../..`, `CON`, capitals, which some file systems do not tell apart) keep what
    is safe of them and get a part of their hash.
    """
    if _SAFE.fullmatch(branch) and not _RESERVED.fullmatch(branch) and not branch.endswith("."):
        return branch
    kept = _UNSAFE_RUN.sub("-", branch)[:_KEPT].strip(".-_") or "branch"
    return f"{kept}-{sha256(branch.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
