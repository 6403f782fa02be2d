"""Twelve planted secrets, everywhere that a run takes text from; none in any file that it writes (REQUIREMENTS T15)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from goldfinch.bootstrap.evaluation import EvaluationRequest, evaluate_request
from goldfinch.core.datasets.case import Case
from goldfinch.settings import HttpAgent, OpenAIAgent
from goldfinch.testing.openai_stub import OpenAIStub
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


async def test_keys_that_only_the_caller_of_the_api_knows_are_in_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the settings file nor the name of an environment variable says that these are secrets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAM_PASS", SECRETS["exact_key"])
    keys = ("agents-own-key-77121", "judges-own-key-88122", SECRETS["exact_key"], "literal-header-44551")

    def leaky(request: dict[str, Any], number: int) -> str:
        return json.dumps({"reason": " ".join(keys), "score": 3})

    async with OpenAIStub(leaky).serve() as stub:
        body = {"model": "m", "messages": [{"role": "user", "content": "{{ input }}"}]}
        headers = {"X-Team": "${TEAM_PASS}", "X-Api-Key": keys[3]}
        by_http = HttpAgent(url=f"{stub.base_url}/chat/completions", headers=headers, body=body, text_path="choices.0.message.content")
        judge = OpenAIAgent(model="j", base_url=stub.base_url, api_key=SecretStr(keys[1]))
        for place, agent, known in (
            ("by_key", OpenAIAgent(model="m", base_url=stub.base_url, api_key=SecretStr(keys[0])), keys[:2]),
            ("by_http", by_http, keys[1:]),
        ):
            cases = [Case(f"case-{number}", "hello", {"answer": "x"}) for number in range(2)]
            await evaluate_request(
                EvaluationRequest(
                    dataset=cases,
                    agent=agent,
                    judge=judge,
                    scorers=["judge:accuracy", "exact"],
                    output_dir=tmp_path / place / "run",
                    overrides={"record": str(tmp_path / place / "cassette")},
                )
            )
            written = [path for path in (tmp_path / place).rglob("*") if path.is_file()]
            assert {"judge.jsonl", "exchanges.jsonl", "results.jsonl"} <= {path.name for path in written}
            assert not [(path.name, key) for path in written for key in known if key.encode() in path.read_bytes()]
