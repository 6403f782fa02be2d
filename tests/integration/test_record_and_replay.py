"""`goldfinch evaluate --record` and `--replay`: every kind of agent, the second time without key or server; and what goes wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.cassettes.format import FILE
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.testing.openai_stub import Answered, OpenAIStub, last_user_text, rate_limited

KEY = "sk-proj-Zq81hVn3kfT0wLs9bXd2"

AGENTS = """
import os
import signal
import openai

own = openai.AsyncOpenAI()  # made when the module is imported, as people do


def said(reply):
    return {"text": reply.choices[0].message.content, "model": "gpt-4.1-mini",
            "input_tokens": reply.usage.prompt_tokens, "output_tokens": reply.usage.completion_tokens}


def asked(question):
    return {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": question}]}


async def polite(question):
    return said(await own.chat.completions.create(**asked(question)))


async def blocking(question):
    with openai.OpenAI() as client:  # blocks the event loop of the run, as people do
        return said(client.chat.completions.create(**asked(question)))


def streaming(question):
    with openai.OpenAI() as client:
        pieces = client.chat.completions.create(**asked(question), stream=True)
        return "".join(piece.choices[0].delta.content or "" for piece in pieces)


async def swallowing(question):
    try:
        return said(await own.chat.completions.create(**asked(question + os.environ.get("CHANGE", ""))))
    except openai.APIError:
        return "sorry"


async def dying(question):
    if question == "two" and os.environ.get("DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
    return said(await own.chat.completions.create(**asked(question)))


async def thinking_for_itself(question):
    return question
"""

PROGRAM = """
import json, sys
import openai
client = openai.OpenAI()
for line in sys.stdin:
    asked = json.loads(line)
    reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": asked["input"]}])
    print(json.dumps({"id": asked["id"], "text": reply.choices[0].message.content}), flush=True)
"""

OPENAI = "agent: {kind: openai, model: gpt-4.1-mini, base_url: URL}\n"
STREAMED = "agent: {kind: openai, model: gpt-4.1-mini, base_url: URL, stream: true}\n"
HTTP = """
agent:
  kind: http
  url: URL/chat/completions
  headers: {Authorization: "Bearer ${SERVICE_TOKEN}"}
  body: {model: m, messages: [{role: user, content: "{{ input }}"}]}
  text_path: choices.0.message.content
"""
COMMAND = f"agent: {{kind: subprocess, command: [{json.dumps(sys.executable)}, program.py]}}\n"


@dataclass
class Ended:
    code: int
    out: str
    err: str


class Workplace:
    """A folder with cases and agents in it, where the command is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if not key.endswith("_API_KEY")}
        questions = ("one", "two", "three")
        lines = [{"id": question, "input": question, "expected": {"must_include": [question]}} for question in questions]
        (folder / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (folder / "agents.py").write_text(AGENTS)
        (folder / "program.py").write_text(PROGRAM)

    async def run(self, *arguments: str, **environment: str) -> Ended:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "goldfinch", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    async def evaluate(self, *arguments: str, out: str = "run", **environment: str) -> Ended:
        return await self.run("evaluate", "-d", "golden.jsonl", "-o", out, *arguments, **environment)

    def answers(self, out: str) -> list[tuple[str, int, str | None]]:
        return sorted((record.case_id, record.trial, record.output.text) for record in RunDirectory(self.folder / out).outputs())

    def manifest(self, out: str) -> Any:
        return json.loads((self.folder / out / "manifest.json").read_text())

    def summary(self, out: str) -> Any:
        return json.loads((self.folder / out / "summary.json").read_text())


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def numbered(request: dict[str, Any], number: int) -> str:
    return f"{last_user_text(request)} is answer {number}"


async def record(
    workplace: Workplace, *arguments: str, config: str | None = None, script: Callable[[dict[str, Any], int], Answered | str] = numbered
) -> OpenAIStub:
    """Record a run against the stub server, which is gone afterwards."""
    async with OpenAIStub(script).serve() as stub:
        if config is not None:
            (workplace.folder / "goldfinch.yaml").write_text(config.replace("URL", stub.base_url))
        done = await workplace.evaluate(
            "--record", "cassette", *arguments, OPENAI_BASE_URL=stub.base_url, OPENAI_API_KEY=KEY, SERVICE_TOKEN=KEY
        )
        assert done.code == 0, done.err + done.out
    return stub


@pytest.mark.parametrize(
    ("agent", "config"),
    [
        ("agents:polite", None),
        ("agents:blocking", None),
        ("agents:streaming", None),
        (None, OPENAI),
        (None, STREAMED),
        (None, HTTP),
        (None, COMMAND),
    ],
    ids=["async SDK", "sync SDK on the loop", "streaming SDK", "openai", "openai streamed", "http", "subprocess"],
)
async def test_a_recorded_run_is_replayed_without_key_or_server(workplace: Workplace, agent: str | None, config: str | None) -> None:
    chosen = [] if agent is None else ["-a", agent]
    stub = await record(workplace, *chosen, "--trials", "2", "--concurrency", "1", config=config)
    assert stub.requests == 6
    done = await workplace.evaluate(*chosen, "--trials", "2", "--replay", "cassette", out="again")
    assert done.code == 0, done.err + done.out
    assert "replayed, not asked" in done.out
    assert workplace.answers("again") == workplace.answers("run")
    assert [answer[2] for answer in workplace.answers("run")][:2] == ["one is answer 0", "one is answer 1"]
    manifest, before, after = workplace.manifest("again"), workplace.summary("run"), workplace.summary("again")
    assert (manifest["status"], after["status"]) == ("replayed", "replayed")
    assert manifest["replayed_from"]
    assert (after["latency_ms"]["count"], after["first_token_ms"]["count"], after["latency_ms"]["p50"]) == (0, 0, None)
    assert before["latency_ms"]["count"] == 6
    assert (after["cost"], after["tokens"], after["passes"]) == (before["cost"], before["tokens"], before["passes"])
    assert KEY not in (workplace.folder / "cassette" / FILE).read_text()


async def test_a_model_that_was_recorded_behind_a_gateway_is_replayed_without_the_gateway(workplace: Workplace) -> None:
    await record(workplace, "-a", "openai:gpt-4.1-mini")
    done = await workplace.evaluate("-a", "openai:gpt-4.1-mini", "--replay", "cassette", out="again")
    assert done.code == 0, done.err + done.out
    assert "replayed, not asked" in done.out
    assert '"url":"${OPENAI_BASE_URL}/chat/completions"' in (workplace.folder / "cassette" / FILE).read_text()


async def test_every_report_says_that_the_run_was_replayed(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite")
    await workplace.evaluate("-a", "agents:polite", "--replay", "cassette", out="again")
    for format_ in ("text", "markdown", "json", "junit"):
        shown = await workplace.run("report", "again", "--format", format_)
        assert shown.code == 0, shown.err
        assert "replayed, not asked" in shown.out, format_
        assert "replayed, not asked" not in (await workplace.run("report", "run", "--format", format_)).out
    assert "when it was recorded; nothing was paid now" in (await workplace.run("report", "again")).out
    assert json.loads((await workplace.run("report", "again", "--format", "json")).out)["replayed"] is True


async def test_a_request_that_was_not_recorded_is_missing_evidence_and_never_passes(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:swallowing")
    done = await workplace.evaluate("-a", "agents:swallowing", "--replay", "cassette", out="again", CHANGE="!")
    assert done.code == 3
    summary = workplace.summary("again")
    assert (summary["status"], summary["failures"]) == ("incomplete", {"not_recorded": 3})
    assert summary["passes"]["failed"] == 0
    assert [metric["scored"] for metric in summary["metrics"]] == [0] * len(summary["metrics"])
    line = next(line for line in done.out.splitlines() if "not_recorded:" in line)
    assert "POST ${OPENAI_BASE_URL}/chat/completions (api.openai.com)" in line
    assert "messages[0].content: recorded 'one', asked 'one!'" in line


async def test_only_the_case_that_was_not_recorded_is_missing(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:swallowing", "--case", "one", "--case", "three")
    done = await workplace.evaluate("-a", "agents:swallowing", "--replay", "cassette", out="again")
    assert done.code == 3
    failed = {r.case_id: r.output.failure.kind for r in RunDirectory(workplace.folder / "again").outputs() if r.output.failure}
    assert failed == {"two": "not_recorded"}


async def test_our_own_client_tells_a_miss_case_by_case_whatever_the_concurrency(workplace: Workplace) -> None:
    await record(workplace, "--case", "one", "--case", "three", config=OPENAI)
    done = await workplace.evaluate("--replay", "cassette", "--concurrency", "3", out="again")
    assert done.code == 3
    failed = [r.case_id for r in RunDirectory(workplace.folder / "again").outputs() if r.output.failure]
    assert failed == ["two"]


async def test_a_miss_is_mended_by_recording_the_case_and_giving_the_same_command_again(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite", "--case", "one")
    replay = ("-a", "agents:polite", "--replay", "cassette")
    assert (await workplace.evaluate(*replay, out="again")).code == 3
    async with OpenAIStub(numbered).serve() as stub:
        found = {"OPENAI_BASE_URL": stub.base_url, "OPENAI_API_KEY": KEY}
        done = await workplace.evaluate("-a", "agents:polite", "--record", "cassette", out="rest", **found)
        assert done.code == 0, done.err
    done = await workplace.evaluate(*replay, out="again")
    assert done.code == 0, done.err + done.out
    assert workplace.manifest("again")["status"] == "replayed"
    assert "complete already" in (await workplace.evaluate(*replay, out="again")).err


async def test_a_replay_that_was_killed_goes_on_with_the_same_command(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:dying", "--trials", "2", "--concurrency", "1")
    replay = ("-a", "agents:dying", "--replay", "cassette", "--trials", "2")
    assert (await workplace.evaluate(*replay, out="again", DIE="1")).code == -9
    assert workplace.manifest("again")["status"] == "running"
    done = await workplace.evaluate(*replay, out="again")
    assert done.code == 0, done.err + done.out
    assert workplace.answers("again") == workplace.answers("run")


async def test_a_recording_that_was_killed_goes_on_with_the_same_command(workplace: Workplace) -> None:
    async with OpenAIStub(numbered).serve() as stub:
        found = {"OPENAI_BASE_URL": stub.base_url, "OPENAI_API_KEY": KEY}
        recorded = ("-a", "agents:dying", "--record", "cassette", "--trials", "2", "--concurrency", "1")
        assert (await workplace.evaluate(*recorded, **found, DIE="1")).code == -9
        assert (await workplace.evaluate(*recorded, **found)).code == 0
        assert stub.requests == 6
    done = await workplace.evaluate("-a", "agents:dying", "--replay", "cassette", "--trials", "2", out="again")
    assert done.code == 0, done.err + done.out
    assert workplace.answers("again") == workplace.answers("run")


async def test_refusals_are_recorded_and_retried_without_the_wait(workplace: Workplace) -> None:
    def busy(request: dict[str, Any], number: int) -> Answered | str:
        return rate_limited("0.05") if number == 0 else numbered(request, number)

    await record(workplace, "--concurrency", "1", config=OPENAI, script=busy)
    recorded = (workplace.folder / "cassette" / FILE).read_text()
    assert '"status":429' in recorded
    (workplace.folder / "cassette" / FILE).write_text(recorded.replace('"retry-after":"0.05"', '"retry-after":"3600"'))
    done = await workplace.evaluate("--replay", "cassette", "--concurrency", "1", out="again")
    assert done.code == 0, done.err + done.out
    assert workplace.answers("again") == workplace.answers("run")
    assert max(record.attempts for record in RunDirectory(workplace.folder / "again").outputs()) == 2


async def test_a_run_in_which_nothing_was_replayed_is_not_called_replayed(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite")
    for _ in range(2):  # the second time must not take the first for complete
        done = await workplace.evaluate("-a", "agents:thinking_for_itself", "--replay", "cassette", out="again")
        assert done.code == 3
        assert "nothing was replayed" in done.err
        assert workplace.manifest("again")["status"] == "incomplete"


async def test_a_recording_of_nothing_is_told(workplace: Workplace) -> None:
    done = await workplace.evaluate("-a", "agents:thinking_for_itself", "--record", "cassette", OPENAI_API_KEY=KEY)
    assert done.code == 0
    assert "nothing was recorded" in done.err
    assert not (workplace.folder / "cassette" / FILE).exists()


async def test_scoring_a_replayed_run_again_leaves_it_replayed(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite")
    await workplace.evaluate("-a", "agents:polite", "--replay", "cassette", out="again")
    done = await workplace.run("score", "again", "--scorer", "must_include")
    assert done.code == 0, done.err
    assert workplace.manifest("again")["status"] == "replayed"


async def test_a_run_that_was_asked_does_not_go_on_as_a_replay(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite")
    done = await workplace.evaluate("-a", "agents:polite", "--replay", "cassette")
    assert done.code == 2
    assert "what models said was asked, now replayed" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--record", "a", "--replay", "b"), "E2001"),
        (("--record", "a", "--cache", "c"), "E2001"),
        (("--replay", "not-there"), "E2002"),
        (("--record", "golden.jsonl"), "E2004"),
    ],
)
async def test_what_cannot_be_is_one_line_and_exit_2(workplace: Workplace, arguments: tuple[str, ...], said: str) -> None:
    done = await workplace.evaluate("-a", "agents:thinking_for_itself", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


async def test_an_address_in_the_environment_that_is_none_is_named(workplace: Workplace) -> None:
    done = await workplace.evaluate("-a", "agents:thinking_for_itself", "--record", "a", GROQ_BASE_URL="groq.example")
    assert done.code == 2
    assert "GROQ_BASE_URL: 'groq.example' is no http(s) address" in done.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("exchanges: {match_headers: [X-Api-Key]}", "E2012: exchanges.match_headers: 'X-Api-Key' holds a secret"),
        ("exchanges: {upstreams: {'no name/x': 'http://a.example'}}", "E1103"),
        ("exchanges: {upstreams: {MY_URL: a.example}}", "E2010: MY_URL: 'a.example' is no http(s) address"),
    ],
)
async def test_settings_that_cannot_be_are_one_line(workplace: Workplace, settings: str, said: str) -> None:
    (workplace.folder / "goldfinch.yaml").write_text(settings)
    done = await workplace.evaluate("-a", "agents:thinking_for_itself", "--record", "a")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert said in done.err
    assert not (workplace.folder / "a" / FILE).exists()


async def test_settings_record_and_replay_and_the_command_line_goes_before(workplace: Workplace) -> None:
    await record(workplace, "-a", "agents:polite")
    settings = "run: {replay: cassette}\nexchanges: {ignore_body: [messages.*.content]}\n"
    (workplace.folder / "goldfinch.yaml").write_text(settings)
    done = await workplace.evaluate("-a", "agents:swallowing", out="again", CHANGE="!")
    assert done.code == 0, done.err + done.out  # what was asked is ignored, so every case gets a reply
    done = await workplace.evaluate("-a", "agents:thinking_for_itself", "--record", "b", out="third", OPENAI_API_KEY=KEY)
    assert done.code == 0
    assert workplace.manifest("third")["status"] == "complete"
