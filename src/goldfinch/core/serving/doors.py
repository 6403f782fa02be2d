"""Which requests are answered at all: by the name that was asked for, and by the page that asks (T16).

A browser on the operator's machine can be made to send requests by any page that it shows. Names in `Host` stop a page whose own name
was pointed at this machine (DNS rebinding); `Sec-Fetch-Site` and `Origin` stop a foreign page that sends a form (OWASP, CSRF prevention).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_ANY: Final = ("", "0.0.0.0", "::")  # noqa: S104  # nosec B104 - compared with, not listened on
_NAME: Final = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")


def answered_hosts(listen: str, names: Iterable[str] = ()) -> frozenset[str]:
    """The names in `Host` that are answered: the address itself, those of loopback where it is one or any address, and `names`."""
    own = _LOOPBACK if is_loopback(listen) or listen in _ANY else (listen,)
    return frozenset(name.lower().rstrip(".") for name in (*own, *names) if name)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it."""
    return address in _LOOPBACK or re.fullmatch(r"127(\.\d{1,3}){3}", address) is not None


def reachable(listen: str) -> str:
    """`listen` as HOST:PORT that this machine can ask: what listens everywhere is asked at loopback."""
    host, _, port = listen.rpartition(":")
    bare = host.strip("[]")
    if bare in _ANY:
        bare = "::1" if bare == "::" else "127.0.0.1"
    return f"{f'[{bare}]' if ':' in bare else bare}:{port}"


def is_answered(host: str, answered: Collection[str]) -> bool:
    """`host` as in the header, with or without port: a browser cannot be made to send another name than the one that it shows."""
    name = host_name(host)
    return bool(name) and name in answered


def host_name(host: str) -> str:
    """The name alone, in lower case; empty where it is none."""
    text = host.strip().lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        name = name if bracket else ""
    else:
        name, colon, port = text.partition(":")
        rest = f"{colon}{port}"
    whole = not rest or re.fullmatch(r":\d{1,5}", rest)
    return name.rstrip(".") if whole and _NAME.fullmatch(name) else ""


def from_elsewhere(method: str, *, host: str, origin: str | None, fetch_site: str | None) -> str:
    """In words, why an unsafe request is taken for one that a foreign page has sent; empty: it is not.

    A program that is no browser sends neither header.
    """
    if method in SAFE_METHODS:
        return ""
    if fetch_site is not None and fetch_site.strip().lower() not in ("same-origin", "none"):
        return "another site's page has sent it (Sec-Fetch-Site)"
    if origin is not None and _place(origin) != host.strip().lower():
        return "a page of another origin has sent it (Origin)"
    return ""


def _place(origin: str) -> str:
    try:
        parts = urlsplit(origin.strip().lower())
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("http", "https") else ""
