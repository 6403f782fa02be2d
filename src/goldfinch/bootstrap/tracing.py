"""From settings and the environment to a tracer. Nothing here stops a run: what cannot be done is said in a line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from goldfinch.core.errors import Problem
from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.mapping import TracedAgent
from goldfinch.core.telemetry.targets import plan_telemetry
from goldfinch.ports.agent import Agent
from goldfinch.settings import HttpAgent, OpenAIAgent, TracingSettings

if TYPE_CHECKING:
    from goldfinch.ports.tracer import Tracer

_HOSTS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic", "api.groq.com": "groq", "api.deepseek.com": "deepseek"}
"""Providers that the conventions name, by the host of their OpenAI-compatible API."""


def build_tracer(
    settings: TracingSettings, agent: Agent, agent_settings: object, redact: Redactor, environment: Mapping[str, str] | None = None
) -> tuple[Tracer | None, tuple[Problem, ...]]:
    """The tracer that `settings` ask for, None where they ask for none or there is nowhere to send to; and what to tell a person."""
    if not settings.enabled:
        return None, ()
    environment = os.environ if environment is None else environment
    plan = plan_telemetry(environment)
    if not plan.targets:
        return None, plan.problems
    from goldfinch.adapters.otlp.tracer import OtlpTracer

    facts = facts_of(agent, agent_settings, environment)
    return OtlpTracer(plan.targets, agent=facts, resource=plan.resource, redact=redact, content=settings.content), plan.problems


def facts_of(agent: Agent, settings: object, environment: Mapping[str, str]) -> TracedAgent:
    """What spans say of the agent. Settings of another kind, or none, leave it at what runs in this process."""
    if agent.is_recorded:
        return TracedAgent()
    if isinstance(settings, HttpAgent):
        host, port = _address(settings.url)
        return TracedAgent(is_remote=True, server_address=host, server_port=port)
    if isinstance(settings, OpenAIAgent):
        gateway = environment.get("OPENAI_BASE_URL") if "base_url" not in settings.model_fields_set else None
        host, port = _address(gateway or settings.base_url)
        provider = settings.provider or _HOSTS.get(host or "", "openai")
        return TracedAgent(is_remote=True, provider=provider, request_model=settings.model, server_address=host, server_port=port)
    return TracedAgent()


def _address(url: str) -> tuple[str | None, int | None]:
    """Host and port; unknown where the host is filled in from the environment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None, None
    if host is None or "$" in host or "{" in host:
        return None, None
    return host, port or (443 if parts.scheme == "https" else 80)
