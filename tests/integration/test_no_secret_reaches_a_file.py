"""Twelve planted secrets, everywhere that a run takes text from; none in any file that it writes (REQUIREMENTS T15)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

from tests.planted_secrets import SECRETS

AGENT = """
import os

SAID = {said!r}


async def answer(question):
    if question == "crash":
        raise RuntimeError("upstream said " + SAID)
    if question == "data":
        return {{"text": SAID, "data": {{"leak": [SAID], SAID: 1}}}}
    return "here you are: " + SAID
"""


def test_no_planted_secret_is_in_any_file_or_on_the_terminal(tmp_path: Path) -> None:
    said = " | ".join(
        [
            *(SECRETS[name] for name in ("openai", "github", "slack", "aws", "google", "stripe", "jwt")),
            f"Authorization: Bearer {SECRETS['bearer']}",
            f"postgres://app:{SECRETS['url']}@db/live",
            SECRETS["exact_key"],
            b64encode(SECRETS["exact_key"].encode()).decode(),
            SECRETS["exact_password"],
            f"-----BEGIN PRIVATE KEY-----{SECRETS['private_key']}-----END PRIVATE KEY-----",
        ]
    )
    (tmp_path / "leaky_agent.py").write_text(AGENT.format(said=said))
    cases = [
        {"id": question, "input": question, "expected": {"answer": f"not {said}"}, "metadata": {"note": said}}
        for question in ("plain", "data", "crash")
    ]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    environment = {**os.environ, "SERVICE_API_KEY": SECRETS["exact_key"], "DB_PASSWORD": SECRETS["exact_password"]}

    def run(*arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "goldfinch", *arguments], cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout + done.stderr

    shown = run(
        "evaluate", "-d", "golden.jsonl", "-a", "leaky_agent:answer", "-o", "out", "--cache", "cached", "-s", "exact", "-s", "contains"
    )
    shown += run("report", "out", "--output-dir", "reports")
    shown += run("score", "out", "--scorer", "exact", "--output", "json")

    written = [path for folder in ("out", "reports", "cached") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert len(written) >= 10
    everything = shown + b"".join(path.read_bytes() for path in written)
    assert b"[redacted]" in everything
    spellings = {name: {secret, json.dumps(secret)[1:-1], b64encode(secret.encode()).decode()} for name, secret in SECRETS.items()}
    found = {name for name, forms in spellings.items() for form in forms if form.encode() in everything}
    assert not found
