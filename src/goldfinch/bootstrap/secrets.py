"""What must never be written anywhere: secrets of the environment and of the settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from goldfinch.core.redaction import Redactor
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, SubprocessAgent

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DSN)S?(?:_|$)", re.IGNORECASE)


def redactor_for(settings: AgentSettings | None = None, environment: Mapping[str, str] | None = None, also: Iterable[str] = ()) -> Redactor:
    """Masks what the agent's settings bring in, every environment variable whose name says that it is a secret, and those in `also`."""
    environment = os.environ if environment is None else environment
    secrets = [value for name, value in environment.items() if _SECRET_NAME.search(name)]
    secrets += [environment.get(name, "") for name in (*also, *named_secrets(settings))]
    if isinstance(settings, OpenAIAgent) and settings.api_key is not None:
        secrets.append(settings.api_key.get_secret_value())
    return Redactor(secrets)


def named_secrets(settings: AgentSettings | None) -> list[str]:
    """The environment variables from which an agent's settings take keys."""
    if isinstance(settings, OpenAIAgent):
        return [] if settings.api_key is not None else [settings.api_key_env]
    if isinstance(settings, HttpAgent | SubprocessAgent):
        texts = settings.headers if isinstance(settings, HttpAgent) else settings.env
        return [name for text in texts.values() for name in re.findall(r"\$\{(\w+)\}", text)]
    return []
