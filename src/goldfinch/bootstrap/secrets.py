"""What must never be written anywhere: secrets of the environment and of the settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.targets import secrets_of
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, SubprocessAgent

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DSN)S?(?:_|$)", re.IGNORECASE)


def redactor_for(
    settings: AgentSettings | None = None,
    environment: Mapping[str, str] | None = None,
    also: Iterable[str] = (),
    *,
    judge: AgentSettings | None = None,
) -> Redactor:
    """Masks what the settings of agent and judge bring in, every environment variable whose name says that it is a secret, and `also`."""
    environment = os.environ if environment is None else environment
    secrets = [value for name, value in environment.items() if _SECRET_NAME.search(name)]
    secrets += secrets_of(environment)
    secrets += [environment.get(name, "") for name in (*also, *named_secrets(settings), *named_secrets(judge))]
    secrets += [one.api_key.get_secret_value() for one in (settings, judge) if isinstance(one, OpenAIAgent) and one.api_key is not None]
    return Redactor(secrets)


def named_secrets(settings: AgentSettings | None) -> list[str]:
    """The environment variables from which an agent's settings take keys."""
    if isinstance(settings, OpenAIAgent):
        return [] if settings.api_key is not None else [settings.api_key_env]
    if isinstance(settings, HttpAgent | SubprocessAgent):
        texts = settings.headers if isinstance(settings, HttpAgent) else settings.env
        return [name for text in texts.values() for name in re.findall(r"\$\{(\w+)\}", text)]
    return []
