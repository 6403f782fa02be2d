"""An agent that answers at once, so that a harness's own cost is all that is left."""

from __future__ import annotations


async def answer(question: str) -> str:
    return f"answer to: {question}"
