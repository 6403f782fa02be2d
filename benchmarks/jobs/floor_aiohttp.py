"""Floor: a bare aiohttp loop that asks, reads and compares; no retries, no validation, nothing stored."""

from __future__ import annotations

import aiohttp

from benchmarks.jobs.job import CHAT_PATH, Arguments, arguments, chat_body, finish, run, stopwatch, workers


async def evaluate(arguments_: Arguments) -> int:
    url = arguments_.base_url + CHAT_PATH
    connector = aiohttp.TCPConnector(limit=arguments_.concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(question: str) -> str | None:
            async with session.post(url, json=chat_body(question)) as response:
                reply = await response.json()
            answer: str = reply["choices"][0]["message"]["content"]
            return answer

        return await workers(arguments_, ask)


def main() -> None:
    arguments_ = arguments()
    with stopwatch() as watch:
        passed = run(evaluate(arguments_), arguments_.loop)
    finish(watch, passed, "aiohttp", *(["uvloop"] if arguments_.loop == "uvloop" else []))


if __name__ == "__main__":
    main()
