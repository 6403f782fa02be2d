"""A small agent that answers with the question, and goes wrong on demand: `python -m goldfinch.testing.echo_agent --port N --release ID`.

What goes wrong stands in the file `--faults` names, read again when it changes: `{"release": ID, "errors": 0.6, "latency_ms": 400,
"quality": true}`. Only the release that it names is faulty. Drills and benchmarks use it; it needs no model and no key.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from aiohttp import web

HEALTH = "/health/ready"
CHAT = "/v1/chat"
WRONG = "I would rather not say."


class EchoAgent:
    """The handlers of one release."""

    def __init__(self, release: str, faults: Path | None) -> None:
        self._release, self._faults = release, faults
        self._read: tuple[int, dict[str, Any]] = (0, {})
        self._served = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get(HEALTH, self._health)
        app.router.add_post(CHAT, self._chat)
        return app

    async def _health(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"status": "ready", "release": self._release})

    async def _chat(self, request: web.Request) -> web.Response:
        question = str((await request.json()).get("input", ""))
        fault = self._fault()
        self._served += 1
        if wait_ms := float(fault.get("latency_ms", 0)):
            await asyncio.sleep(wait_ms / 1000)
        share = float(fault.get("errors", 0))
        if share and (self._served * share) % 1.0 < share:  # evenly spread, and the same every time
            return web.json_response({"error": "injected"}, status=500)
        return web.json_response({"answer": WRONG if fault.get("quality") else question, "release": self._release})

    def _fault(self) -> dict[str, Any]:
        """Of this release; empty: none."""
        if self._faults is None:
            return {}
        try:
            changed = self._faults.stat().st_mtime_ns
            if changed != self._read[0]:
                self._read = (changed, json.loads(self._faults.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}
        fault = self._read[1]
        return fault if fault.get("release") == self._release else {}


async def serve(agent: EchoAgent, port: int) -> None:
    """Until SIGTERM; requests in flight are answered first."""
    runner = web.AppRunner(agent.app(), access_log=None, shutdown_timeout=10.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await runner.cleanup()


def main() -> None:
    """Serve one release."""
    parser = argparse.ArgumentParser(prog="echo_agent", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--release", required=True, help="its id")
    parser.add_argument("--faults", type=Path, help="file that says what goes wrong")
    arguments = parser.parse_args()
    asyncio.run(serve(EchoAgent(arguments.release, arguments.faults), arguments.port))


if __name__ == "__main__":
    main()
