"""The agent that a person brings: one call of the official openai SDK with its defaults, client made at the first call."""

from __future__ import annotations

import os
from functools import cache

from openai import AsyncOpenAI

from benchmarks.jobs.job import chat_body

BASE_URL_VARIABLE = "BENCHMARK_BASE_URL"


@cache
def client() -> AsyncOpenAI:
    return AsyncOpenAI(base_url=os.environ[BASE_URL_VARIABLE], api_key="stub")


async def answer(question: str) -> str | None:
    reply = await client().chat.completions.create(**chat_body(question))
    content: str | None = reply.choices[0].message.content
    return content
