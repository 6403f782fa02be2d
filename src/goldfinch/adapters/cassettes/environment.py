"""The environment variables that lead SDKs to the recording proxy, for as long as it listens."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

REPLAY_KEY = "goldfinch-replay-needs-no-key"
"""Stands in for a key that is not there: SDKs refuse to start without one. It is sent nowhere."""

UPSTREAMS: Mapping[str, str] = {
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "OPENAI_API_BASE": "https://api.openai.com/v1",
    "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
    "GOOGLE_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com",
    "GROQ_BASE_URL": "https://api.groq.com",
    "TOGETHER_BASE_URL": "https://api.together.ai",
}
"""What SDKs read, and where they go when it is not set.

Source: the packages openai 3.54, anthropic 2.12, google-genai 3.4, groq 1.7, together 3.1; OPENAI_API_BASE is read by langchain-openai 1.7
and litellm 1.109.
"""

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_LOOPBACK = "127.0.0.1"


def upstreams_now(own: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Where each variable leads without a recording: `own` settings first, then what the environment says, then the SDK's default."""
    found = {name: own.get(name) or environment.get(name) or address for name, address in {**UPSTREAMS, **own}.items()}
    if "OPENAI_API_BASE" not in own and not environment.get("OPENAI_API_BASE"):  # who reads it reads the other one next
        found["OPENAI_API_BASE"] = found["OPENAI_BASE_URL"]
    return found


def with_stand_in_keys(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The environment with a stand-in for every key that is not there."""
    return {**environment, **{name: REPLAY_KEY for name in names if not environment.get(name)}}


@contextmanager
def leading_to(addresses: Mapping[str, str], stand_ins: Iterable[str]) -> Iterator[None]:
    """Set the variables of this process, which its children inherit; put back what was there at the end."""
    changed = {**addresses, **{name: REPLAY_KEY for name in stand_ins if not os.environ.get(name)}}
    for name in _NO_PROXY:  # a proxy of the network must not be asked for loopback
        others = os.environ.get(name)
        changed[name] = f"{others},{_LOOPBACK}" if others else _LOOPBACK
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
