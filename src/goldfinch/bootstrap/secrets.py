"""What must never be written anywhere: secrets of the environment and of the settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.targets import secrets_of
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, SubprocessAgent

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DSN)S?(?:_|$)", re.IGNORECASE)


def redactor_for(
    settings: AgentSettings | None = None, environment: Mapping[str, str] | None = None, *, judge: AgentSettings | None = None
) -> Redactor:
    """Masks what the settings of agent and judge bring in, and every environment variable whose name says that it is a secret."""
    environment = os.environ if environment is None else environment
    secrets = [value for name, value in environment.items() if _SECRET_NAME.search(name)]
    secrets += secrets_of(environment)
    return Redactor([*secrets, *_secrets_of(settings, environment), *_secrets_of(judge, environment)])


def _secrets_of(settings: AgentSettings | None, environment: Mapping[str, str]) -> list[str]:
    if isinstance(settings, OpenAIAgent):
        return [environment.get(settings.api_key_env, ""), settings.api_key.get_secret_value() if settings.api_key else ""]
    if isinstance(settings, HttpAgent | SubprocessAgent):
        texts = settings.headers if isinstance(settings, HttpAgent) else settings.env
        return [environment.get(name, "") for text in texts.values() for name in re.findall(r"\$\{(\w+)\}", text)]
    return []
