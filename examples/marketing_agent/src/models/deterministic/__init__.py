"""The deterministic provider: a rule-based planner and writer, named `rules-1` in every answer. docs/deterministic-provider.md."""

from __future__ import annotations

from src.models.deterministic.rules_model import RulesModel

__all__ = ["RulesModel"]
