"""Twelve planted secrets in every place of an exchange: none in any file of a recording or of its replay (REQUIREMENTS T15)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from goldfinch.core.wire.bodies import json_of
from goldfinch.core.wire.sse import EventReader
from tests.planted_secrets import SECRETS

EXACT = ("exact_key", "exact_password")
FRAMED = {
    "bearer": f"Authorization: Bearer {SECRETS['bearer']}",
    "url": f"postgres://app:{SECRETS['url']}@db/live",
    "private_key": f"-----BEGIN PRIVATE KEY-----{SECRETS['private_key']}-----END PRIVATE KEY-----",
}
SAID = " | ".join(
    [
        *(FRAMED.get(name, secret) for name, secret in SECRETS.items()),
        *(b64encode(SECRETS[name].encode()).decode() for name in EXACT),
        *(b64encode(f"user:{SECRETS[name]}".encode()).decode() for name in EXACT),
        *(quote(SECRETS[name], safe="") for name in EXACT),
        *(json.dumps(SECRETS[name]) for name in EXACT),
        *(SECRETS[name].encode().hex() for name in EXACT),
    ]
)

AGENT = f"""
import base64, json, os, urllib.parse, urllib.request

SAID = {SAID!r}
SECRETS = {list(SECRETS.values())!r}


def answer(kind):
    base = os.environ["MY_SERVICE_URL"]
    headers = {{"X-Secret": SECRETS[0], "Cookie": SECRETS[1], "X-Api-Key": SECRETS[9], "Content-Type": "application/json",
               "Accept": SECRETS[0], "Authorization": "Bearer " + SECRETS[7]}}
    query = urllib.parse.urlencode({{"key": SECRETS[4], "q": SECRETS[9], "r": SECRETS[10]}})
    body = {{"json": json.dumps({{"say": SAID, SAID: [SAID], "nested": json.dumps({{"a": SECRETS[10]}})}}),
            "text": SAID, "binary": None}}.get(kind, "{{}}")
    data = b"\\xff\\xfe" + SAID.encode() if body is None else body.encode()
    request = urllib.request.Request(f"{{base}}/{{kind}}?{{query}}", data=data, headers=headers, method="POST")
    with urllib.request.urlopen(request) as reply:
        return "got " + str(len(reply.read()))
"""


async def leaky(request: web.Request) -> web.StreamResponse:
    """A service that says everything back, in every form."""
    kind = request.path.rsplit("/", 1)[1]
    headers = {"Set-Cookie": SECRETS["openai"], "X-Request-Id": SECRETS["exact_key"]}
    if kind == "stream":
        response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        for at in range(0, len(SAID), 4):
            event = {"choices": [{"delta": {"content": SAID[at : at + 4]}}]}
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
        await response.write(f"data: {json.dumps({'whole': SAID})}\n\ndata: [DONE]\n\n".encode())
        await response.write_eof()
        return response
    if kind == "json":
        return web.json_response({"say": SAID, SAID: [SAID]}, headers=headers)
    if kind == "text":
        return web.Response(text=SAID, headers=headers)
    return web.Response(body=b"\xff\x00" + SAID.encode(), headers=headers)


def forms(secret: str) -> set[bytes]:
    raw = secret.encode()
    escaped = json.dumps(secret)[1:-1]
    return {
        *(form.encode() for form in (secret, escaped, json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(escaped)[1:-1])),
        *(form.encode() for form in (quote(secret, safe=""), quote(secret), raw.hex(), b64encode(raw).decode().rstrip("="))),
        b64encode(b"user:" + raw)[8:-4],
    }


async def test_no_planted_secret_is_in_any_file(tmp_path: Path) -> None:
    kinds = ("json", "text", "binary", "stream")
    (tmp_path / "leaky_agent.py").write_text(AGENT)
    (tmp_path / "golden.jsonl").write_text(
        "".join(json.dumps({"id": kind, "input": kind, "expected": {"must_include": ["got"]}}) + "\n" for kind in kinds)
    )
    environment = {**os.environ, "SERVICE_API_KEY": SECRETS["exact_key"], "DB_PASSWORD": SECRETS["exact_password"]}

    async def run(*arguments: str) -> bytes:
        command = [sys.executable, "-m", "goldfinch", "evaluate", "-d", "golden.jsonl", "-a", "leaky_agent:answer", "-s", "must_include"]
        done = await asyncio.to_thread(
            subprocess.run, [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        return done.stdout + done.stderr

    app = web.Application()
    app.router.add_post("/{kind}", leaky)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        settings = f"exchanges: {{upstreams: {{MY_SERVICE_URL: 'http://127.0.0.1:{runner.addresses[0][1]}'}}}}\n"
        (tmp_path / "goldfinch.yaml").write_text(settings)
        shown = await run("--record", "cassette", "-o", "recorded")
    finally:
        await runner.cleanup()
    shown += await run("--replay", "cassette", "-o", "replayed")

    written = [path for folder in ("cassette", "recorded", "replayed") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    everything = shown + b"".join(path.read_bytes() for path in written)
    assert len(written) >= 9
    assert everything.count(b"[redacted]") > 50
    found = {name for name, secret in SECRETS.items() for form in forms(secret) if form in everything}
    assert not found


@pytest.mark.parametrize("name", list(SECRETS))
async def test_no_streamed_secret_can_be_put_together_from_its_pieces(name: str) -> None:
    from goldfinch.core.redaction import Redactor
    from goldfinch.core.wire.exchanges import Scrubber

    said = f"here: {FRAMED.get(name, SECRETS[name])} !"
    chunks = [f"data: {json.dumps({'delta': said[at : at + 3]})}\n\n".encode() for at in range(0, len(said), 3)]
    scrubber = Scrubber(Redactor([SECRETS[exact] for exact in EXACT]))
    reply = scrubber.reply(200, [("content-type", "text/event-stream; charset=utf-8")], chunks)
    values: list[Any] = [json_of(event.data) for event in EventReader().feed(reply.body)]
    assert SECRETS[name] not in "".join(value["delta"] for value in values)
