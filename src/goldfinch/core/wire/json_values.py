"""Making JSON values fit to pass on."""

from __future__ import annotations

from typing import Any


def clean_text(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates by U+FFFD, so that the text can be written as UTF-8.

    A model reply cut in the middle of an emoji holds half a pair.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def copy_json(value: Any) -> Any:
    """Copy the containers of a JSON value, so that an agent that changes its input does not change the case."""
    if type(value) is dict:
        return {key: copy_json(child) for key, child in value.items()}
    if type(value) is list:
        return [copy_json(child) for child in value]
    return value
