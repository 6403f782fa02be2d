"""Texts of people, models and adapters, made harmless for the page: the JSON of programs is left as it was written."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from goldfinch.core.escaping import for_terminal


def shown(facts: Any, request: Request) -> Any:
    """`facts`; for `?text=shown`, which is what the page asks for, with what could not be seen in its texts made visible (T4)."""
    return visible(facts) if request.query_params.get("text") == "shown" else facts


def visible(value: Any) -> Any:
    """`value` with every text in it as it may be shown: no control character, and no invisible one that is not told."""
    if isinstance(value, str):
        return for_terminal(value)
    if isinstance(value, dict):
        return {for_terminal(key): visible(each) for key, each in value.items()}
    return [visible(each) for each in value] if isinstance(value, list) else value
