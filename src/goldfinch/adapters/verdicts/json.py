"""The verdict as JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from goldfinch.core.checking.verdict import CheckVerdict
from goldfinch.core.escaping import for_json_in_html


def verdict_document(verdict: CheckVerdict) -> Any:
    """Plain values; a figure that JSON has no number for is null."""
    return msgspec.json.decode(msgspec.json.encode(verdict))


def verdict_json(verdict: CheckVerdict) -> str:
    """ASCII only, so that no control character, surrogate or markup of the data reaches a terminal or a page that embeds it."""
    return for_json_in_html(json.dumps(verdict_document(verdict), indent=2, ensure_ascii=True, allow_nan=False)) + "\n"
