"""One redactor for every sink: secrets never reach a file, a message or a report (REQUIREMENTS T15)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
MIN_SECRET_LENGTH = 6
"""Shorter values are not searched for: they would mask ordinary words."""

_KNOWN = re.compile(
    r"""
      (?<![A-Za-z0-9])(?:
          sk-[A-Za-z0-9_-]{8,}                                # OpenAI, Anthropic, OpenRouter
        | (?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}          # Stripe
        | gh[pousr]_[A-Za-z0-9]{16,} | github_pat_\w{20,}     # GitHub
        | glpat-[\w-]{16,}                                    # GitLab
        | xox[abeoprs]-[A-Za-z0-9-]{8,} | xapp-[A-Za-z0-9-]{8,}   # Slack
        | (?:AKIA|ASIA)[A-Z0-9]{12,}                          # AWS
        | AIza[\w-]{30,} | ya29\.[\w-]{16,}                   # Google
        | hf_[A-Za-z0-9]{16,} | gsk_[A-Za-z0-9]{16,}          # Hugging Face, Groq
        | pypi-[\w-]{16,} | npm_[A-Za-z0-9]{20,}              # package registries
        | eyJ(?<![\w-]{61}eyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]*    # JSON Web Tokens; not tried at every place of one long word
      )
    | -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY-----[^-]{0,20000}(?:-----END\ [A-Z ]{0,30}PRIVATE\ KEY-----)?
    | (?:(?<=[Bb][Ee][Aa][Rr][Ee][Rr]\ )|(?<=[Bb][Aa][Ss][Ii][Cc]\ ))[A-Za-z0-9+/._~=-]{8,}
    | (?<=://)[^/\s:@]{1,256}:[^/\s@]{1,256}(?=@)             # user:password in a URL
    """,
    re.VERBOSE,
)


_TRIGGERS = (
    *("sk-", "_live_", "_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "xapp-", "AKIA", "ASIA"),
    *("AIza", "ya29.", "hf_", "gsk_", "pypi-", "npm_", "eyJ", "PRIVATE KEY", "://"),
)
"""Every text that `_KNOWN` finds holds one of these, or "bearer" or "basic" in any case (a test holds them to it)."""


class Redactor:
    """Replaces known secrets and whatever looks like one by `[redacted]`.

    `secrets` are exact values; they are found as they are and as base64 (at any alignment, so also inside `user:secret`),
    hexadecimal, URL-encoded and JSON-escaped.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        kept = {secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH}
        forms = sorted({form for secret in kept for form in _forms(secret)}, key=lambda form: (-len(form), form))
        self._exact = re.compile("|".join(map(re.escape, forms))) if forms else None
        triggers = (*_TRIGGERS, *forms)
        self._triggers = _by_shared_character(triggers)
        self._triggers_in_json = tuple(_in_json(trigger) for trigger in triggers)

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._exact is not None:
            text = self._exact.sub(MASK, text)
        return _KNOWN.sub(MASK, text)

    def __repr__(self) -> str:
        return "Redactor(...)"

    def may_hold_secret(self, text: str) -> bool:
        """Whether `text` deserves a closer look: false only where there is nothing to redact. Costs a microsecond on a short text."""
        for character, triggers in self._triggers:
            if character in text:
                for trigger in triggers:
                    if trigger in text:
                        return True
        lower = text.lower()
        return "bearer " in lower or "basic " in lower

    def may_hold_secret_json(self, written: bytes) -> bool:
        """As `may_hold_secret`, of a text that is JSON already."""
        for trigger in self._triggers_in_json:
            if trigger in written:
                return True
        lower = written.lower()
        return b"bearer " in lower or b"basic " in lower

    def value(self, value: Any) -> Any:
        """Return a JSON value with every text, keys included, free of secrets."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(key) if isinstance(key, str) else key: self.value(child) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(child) for child in value]
        return value

    def line(self, text: str, limit: int = 300) -> str:
        """Return `text` without secrets on one line of at most `limit` characters, for failure messages."""
        # A secret may straddle the limit: redact more than is shown, then cut.
        flat = " ".join(self(text[: limit * 8]).split())
        return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _by_shared_character(triggers: Iterable[str]) -> tuple[tuple[str, list[str]], ...]:
    """Triggers behind a character that each of them holds: where a text lacks the character, none has to be looked for."""
    groups: dict[str, list[str]] = {"_": [], "-": [], "": []}
    for trigger in triggers:
        groups[next((character for character in "_-" if character in trigger), "")].append(trigger)
    return tuple(groups.items())


def _in_json(form: str) -> bytes:
    """How a text stands inside a line of JSON."""
    return json.dumps(form, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")


def _forms(secret: str) -> Iterator[str]:
    """Every spelling of a secret that is searched for."""
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    quoted = quote(raw, safe="")
    yield from (quoted, quote(raw), quote_plus(raw), re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted))
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):
        whole = _base64_at(raw, shift)
        if len(whole) >= MIN_SECRET_LENGTH:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")


def _base64_at(raw: bytes, shift: int) -> str:
    """Return the base64 characters that depend on `raw` alone when it starts `shift` bytes after a group of three."""
    encoded = b64encode(b"\0" * shift + raw).decode()
    start = (shift * 8 + 5) // 6
    end = (shift + len(raw)) * 8 // 6
    return encoded[start:end]
