"""Who thinks: a language model behind an OpenAI-compatible API, a small one on this machine, or rules. Chosen by configuration, never by fall-back."""

from __future__ import annotations

from src.config import Config
from src.domain import Model


def model_of(config: Config) -> Model:
    """The model that `config.llm_provider` names."""
    if config.llm_provider == "deterministic":
        from src.models.deterministic import RulesModel

        rules: Model = RulesModel(config)
        return rules
    from src.models.openai_compatible import ChatModel

    return ChatModel(config)
