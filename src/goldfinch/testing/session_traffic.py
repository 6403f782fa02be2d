"""Multi-turn traffic for rehearsals, demos and tests, from this machine to this machine.

    python -m goldfinch.testing.session_traffic --url http://127.0.0.1:8080/v1/tasks --rate 20 --seconds 60 \\
        --cases golden/session.jsonl --body '{"description": "{{ input }}", "context": "{{ context }}"}'

An open loop: sessions of one to three turns begin at a rate, each sends back the session id or the cookies that it was given, and every
request is counted with the release that answered it. Bounded in rate, number and time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import aiohttp
from yarl import URL

from goldfinch.core.conversation import conversation
from goldfinch.core.errors import UsageError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.probes import codes
from goldfinch.core.probes.traffic import GeneratedSession, TrafficPlan, TrafficReport, TurnSeen, sessions
from goldfinch.core.rollout.arms import RELEASE_HEADER, SESSION_HEADER
from goldfinch.core.wire import template
from goldfinch.core.wire.addresses import literal_of

DEFAULT_BODY = {"input": "{{ input }}"}
LARGEST_REPLY = 8 * 1024 * 1024


async def session_traffic(
    url: str,
    plan: TrafficPlan,
    scripts: Sequence[Sequence[Any]],
    *,
    report: TrafficReport | None = None,
    until: asyncio.Event | None = None,
    seen: Callable[[TurnSeen], None] | None = None,
) -> TrafficReport:
    """Send `plan` to `url`; each script is one session's JSON bodies. Once `until` is set none begins; those under way go on to their end.

    `report` fills while it runs. Raises `UsageError` for an address beyond this machine and for what is not bounded.
    """
    _refuse_beyond(url, plan, scripts)
    report = TrafficReport() if report is None else report
    traffic = _Traffic(URL(url), plan, report, until or asyncio.Event(), seen)
    timeout, connector = aiohttp.ClientTimeout(total=plan.timeout_s), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as client:
        uniforms = iter(Random(plan.seed).random, 1.0)  # noqa: S311  # nosec B311 - traffic, no secret
        await traffic.send(client, sessions(plan, scripts, uniforms))
    return report


def scripts_of(cases: Iterable[Any], body: Any = DEFAULT_BODY) -> list[list[Any]]:
    """Bodies of sessions from golden cases as JSON values: what the user of each says, in `body`."""
    scripts = []
    for case in cases:
        messages = conversation(case["input"]) or ()
        said = [message.get("content") for message in messages if message["role"] == "user"] or [case["input"]]
        values = {"context": case.get("context"), "case_id": case.get("id"), "trial": 0, "seed": None}
        scripts.append([template.fill(body, {**values, "input": words}) for words in said])
    return scripts


class _Traffic:
    """One run: its start, its sessions under way, its report."""

    def __init__(
        self, url: URL, plan: TrafficPlan, report: TrafficReport, until: asyncio.Event, seen: Callable[[TurnSeen], None] | None
    ) -> None:
        self._url, self._plan, self._report, self._until, self._seen = url, plan, report, until, seen
        self._began = perf_counter()

    async def send(self, client: aiohttp.ClientSession, planned: Iterable[GeneratedSession]) -> None:
        under_way: set[asyncio.Task[None]] = set()
        for number, session in enumerate(planned):
            await self._wait(session.due_s)
            if self._until.is_set():
                break
            if len(under_way) >= self._plan.max_in_flight:
                self._report.left_out += 1
                continue
            task = asyncio.create_task(self._session(client, number, session))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async def _wait(self, due_s: float) -> None:
        left_s = self._began + due_s - perf_counter()
        if left_s > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._until.wait(), left_s)
        else:
            await asyncio.sleep(0)  # behind: let replies in

    async def _session(self, client: aiohttp.ClientSession, number: int, session: GeneratedSession) -> None:
        self._report.sessions += 1
        if session.carries != "nothing":
            self._report.carrying.add(number)
        carried: dict[str, str] = {}
        for turn, body in enumerate(session.turns, start=1):
            begun_s = perf_counter() - self._began
            status, release, truncated = await self._turn(client, body, carried, session.carries)
            took_ms = (perf_counter() - self._began - begun_s) * 1000
            noted = TurnSeen(number, turn, begun_s, took_ms, status, release, truncated)
            self._report.turns.append(noted)
            if self._seen is not None:
                self._seen(noted)
            if self._plan.pause_s and turn < len(session.turns):
                await asyncio.sleep(self._plan.pause_s)

    async def _turn(self, client: aiohttp.ClientSession, body: Any, carried: dict[str, str], carries: str) -> tuple[int, str, bool]:
        """Status, release, and whether the answer was cut off. What it gave to be sent back is in `carried` afterwards."""
        status, release = 0, ""
        try:
            async with client.post(self._url, json=body, headers=carried, allow_redirects=False) as reply:
                status, release = reply.status, reply.headers.get(RELEASE_HEADER, "")
                if carries == "header" and (given := reply.headers.get(SESSION_HEADER)):
                    carried[SESSION_HEADER] = given
                elif carries == "cookie" and reply.cookies:
                    carried["Cookie"] = "; ".join(f"{name}={cookie.value}" for name, cookie in reply.cookies.items())
                async for _ in reply.content.iter_chunked(LARGEST_REPLY):
                    pass
        except (aiohttp.ClientError, TimeoutError, OSError):
            return status, release, status != 0
        return status, release, False


def _refuse_beyond(url: str, plan: TrafficPlan, scripts: Sequence[Sequence[Any]]) -> None:
    try:
        host = URL(url).host or ""
        literal = literal_of(host)
    except ValueError:
        host, literal = "", None
    is_here = host == "localhost" or (literal is not None and (literal == "::1" or literal.startswith("127.")))
    if not is_here or not url.startswith("http://"):
        what = f"{url[:200]!r} is no http:// address of this machine"
        raise UsageError(
            what, where="--url", hint="generated traffic is for rehearsals: http://127.0.0.1:PORT/PATH", code=codes.TRAFFIC_REFUSED
        )
    if (problem := plan.problem()) is not None:
        raise UsageError(problem, where="traffic", code=codes.TRAFFIC_REFUSED)
    if not scripts or not all(scripts):
        raise UsageError("there is nothing to say", where="traffic", hint="give cases with an input", code=codes.TRAFFIC_REFUSED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 where no request failed, 1 where some did, 2 where the arguments are wrong. The figures are one JSON line on stdout."""
    options = _parser().parse_args(arguments)
    try:
        fewest, most = options.turns
        plan = TrafficPlan(
            options.rate,
            options.seconds,
            fewest,
            most,
            pause_s=options.pause,
            burst=options.burst,
            seed=options.seed,
            unpinned_share=options.unpinned,
        )
        scripts = scripts_of(_cases(options.cases), _body(options.body))
        report = asyncio.run(session_traffic(options.url, plan, scripts))
    except UsageError as error:
        print(f"error {error.code}: {for_terminal_line(str(error))}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return 130
    print(json.dumps(report.facts()))
    return 1 if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m goldfinch.testing.session_traffic",
        description="Sessions of several turns, to a service on this machine.",
        epilog="example: python -m goldfinch.testing.session_traffic --url http://127.0.0.1:8080/ask --rate 20 --cases cases.jsonl",
    )
    parser.add_argument("--url", required=True, help="where each turn is posted: http://127.0.0.1:PORT/PATH")
    parser.add_argument("--cases", required=True, nargs="+", type=Path, metavar="FILE", help="golden cases, JSON Lines")
    parser.add_argument(
        "--body", default=json.dumps(DEFAULT_BODY), help="body of a turn, JSON with {{ input }} and {{ context }} (default: %(default)s)"
    )
    parser.add_argument("--rate", type=float, default=20.0, help="sessions a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long sessions begin (default: %(default)s)")
    parser.add_argument("--turns", type=int, nargs=2, default=(1, 3), metavar=("FEWEST", "MOST"), help="length of a session (default: 1 3)")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between the turns of a session (default: %(default)s)")
    parser.add_argument("--burst", type=int, default=1, help="sessions that begin at the same moment (default: %(default)s)")
    parser.add_argument("--unpinned", type=float, default=0.0, help="share of sessions that send nothing back (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default: %(default)s)")
    return parser


def _cases(files: Iterable[Path]) -> list[Any]:
    """Lines are read as they are: who rehearses has validated the dataset."""
    cases = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be read: {error}", where=str(file), code=codes.TRAFFIC_REFUSED) from None
        for number, line in enumerate(lines, start=1):
            if line.strip():
                cases.append(_case(line, f"{file}:{number}"))
    return cases


def _case(line: str, where: str) -> Any:
    try:
        case = json.loads(line)
    except ValueError:
        case = None
    if not isinstance(case, dict) or "input" not in case:
        raise UsageError("no case with an input", where=where, code=codes.TRAFFIC_REFUSED)
    return case


def _body(text: str) -> Any:
    try:
        body = json.loads(text)
        template.check(body)
    except ValueError as error:
        raise UsageError(f"no JSON template: {error}", where="--body", code=codes.TRAFFIC_REFUSED) from None
    return body


if __name__ == "__main__":
    sys.exit(main())
