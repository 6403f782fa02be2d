"""Floor: asyncio streams and a hand-written request. Shows that the stub is not what limits the others."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

from benchmarks.jobs.job import CHAT_PATH, Arguments, arguments, chat_body, finish, run, stopwatch


async def evaluate(arguments_: Arguments) -> int:
    url = urlsplit(arguments_.base_url)
    head = f"POST {url.path}{CHAT_PATH} HTTP/1.1\r\nhost: {url.netloc}\r\ncontent-type: application/json\r\ncontent-length: "
    cases = arguments_.questions()
    passed = 0

    async def worker() -> None:
        nonlocal passed
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for question, expected in cases:
            body = json.dumps(chat_body(question))
            writer.write(f"{head}{len(body)}\r\n\r\n{body}".encode())
            headers = await reader.readuntil(b"\r\n\r\n")
            length = int(headers.rsplit(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            reply = json.loads(await reader.readexactly(length))
            passed += reply["choices"][0]["message"]["content"] == expected
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(worker() for _ in range(arguments_.concurrency)))
    return passed


def main() -> None:
    arguments_ = arguments()
    with stopwatch() as watch:
        passed = run(evaluate(arguments_), arguments_.loop)
    finish(watch, passed, *(["uvloop"] if arguments_.loop == "uvloop" else []))


if __name__ == "__main__":
    main()
