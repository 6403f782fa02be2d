"""What must never be written anywhere: secrets of the environment and of the settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.targets import secrets_of
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, SubprocessAgent

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DSN)S?(?:_|$)", re.IGNORECASE)

SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password|signature", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:Bearer|Basic|Token)\s+", re.IGNORECASE)


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
    secrets += [*_written_out(settings), *_written_out(judge)]
    return Redactor(secrets)


def _written_out(settings: AgentSettings | None) -> Iterator[str]:
    """Keys that stand in the settings themselves: discouraged, and no reason to write them anywhere else."""
    if isinstance(settings, OpenAIAgent) and settings.api_key is not None:
        yield settings.api_key.get_secret_value()
    if isinstance(settings, HttpAgent | SubprocessAgent):
        texts, secret_name = (settings.headers, SECRET_HEADER) if isinstance(settings, HttpAgent) else (settings.env, _SECRET_NAME)
        for name, text in texts.items():
            if secret_name.search(name) and "${" not in text:
                yield _SCHEME.sub("", text)


def named_secrets(settings: AgentSettings | None) -> list[str]:
    """The environment variables from which an agent's settings take keys."""
    if isinstance(settings, OpenAIAgent):
        return [] if settings.api_key is not None else [settings.api_key_env]
    if isinstance(settings, HttpAgent | SubprocessAgent):
        texts = settings.headers if isinstance(settings, HttpAgent) else settings.env
        return [name for text in texts.values() for name in re.findall(r"\$\{(\w+)\}", text)]
    return []
