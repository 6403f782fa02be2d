"""What must not leave the process: keys, tokens, passwords and e-mail addresses, wherever a line of text goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "[redacted]"
MIN_SECRET_LENGTH = 6
"""Shorter values of the environment are not searched for: they would mask ordinary words."""

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$")
_SECRET_KEY = re.compile(r"(?i)^(authorization|cookie|set-cookie|.*(api[-_]?key|token|secret|password))$")
_COUNTS = frozenset({"input_tokens", "output_tokens"})
_KNOWN = re.compile(
    r"""
      (?<![A-Za-z0-9])(?:
          sk-[A-Za-z0-9_-]{8,}                                # OpenAI, Anthropic, OpenRouter
        | (?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}          # Stripe
        | gh[pousr]_[A-Za-z0-9]{16,} | github_pat_\w{20,}     # GitHub
        | xox[abeoprs]-[A-Za-z0-9-]{8,}                       # Slack
        | (?:AKIA|ASIA)[A-Z0-9]{12,}                          # AWS
        | AIza[\w-]{30,} | hf_[A-Za-z0-9]{16,} | gsk_[A-Za-z0-9]{16,}
        | eyJ[\w-]{8,500}\.[\w-]{8,4000}\.[\w-]{0,4000}       # JSON Web Tokens
      )
    | -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY-----[^-]{0,20000}(?:-----END\ [A-Z ]{0,30}PRIVATE\ KEY-----)?
    | (?:(?<=[Bb]earer\ )|(?<=[Bb]asic\ ))[A-Za-z0-9+/._~=-]{8,}
    | (?<=://)[^/\s:@]{0,256}:[^/\s@]{1,256}(?=@)             # user:password in a URL
    | (?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}
    """,
    re.VERBOSE,
)


class Redactor:
    """Replaces what looks like a secret, and the exact `secrets`, by `[redacted]`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        kept = sorted({secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH}, key=lambda secret: (-len(secret), secret))
        self._exact = re.compile("|".join(map(re.escape, kept))) if kept else None

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Redactor:
        """Know the values of the variables whose names say that they are secret."""
        return cls(value for name, value in environment.items() if _SECRET_NAME.search(name.upper()))

    def __repr__(self) -> str:
        return "Redactor(...)"

    def __call__(self, text: str) -> str:
        if self._exact is not None:
            text = self._exact.sub(MASK, text)
        return _KNOWN.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """Redact every text of a JSON value, and whatever stands under a key that names a secret."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {str(key): MASK if _is_secret(key) else self.value(child) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(child) for child in value]
        return value

    def line(self, text: str, limit: int = 300) -> str:
        """One line of at most `limit` characters without secrets."""
        flat = " ".join(self(text[: limit * 8]).split())
        return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _is_secret(key: Any) -> bool:
    return isinstance(key, str) and key not in _COUNTS and _SECRET_KEY.match(key) is not None
