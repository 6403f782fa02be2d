"""What the reference agent sends of itself becomes notes of its sessions and scores of its answers."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest
import uvicorn

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.ingest import DECODERS, span_intake
from goldfinch.bootstrap.live_scoring import live_scorer
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.health.metrics import Arm
from goldfinch.operations.receive_spans import Sink
from goldfinch.settings import Settings
from goldfinch.web.otlp import OtlpReceiver
from tests.received_spans import TARGET, KeptAnswers, KeptNotes
from tests.reference_agent import Project

LOADED = LoadedSettings(Settings(), Path())


class Received:
    """A receiver in this process, with what came of it. `canary` is known only when the agent runs."""

    def __init__(self) -> None:
        self.notes, self.queue, self.canary = KeptNotes(), KeptAnswers(), "?"
        self.lines: list[str] = []
        self.intake = span_intake(LOADED, self.targets, lambda _: Sink(self.notes, self.queue), tell=self.tell)
        self.receiver = OtlpReceiver(self.intake, DECODERS, tell=self.tell)
        self.port = 0

    def tell(self, _: str, line: str) -> None:
        self.lines.append(line)

    def settle(self) -> None:
        """Write everything that came, on the receiver's own thread."""
        self.receiver._thread.submit(lambda: self.intake.write_due(everything=True)).result()

    def targets(self) -> tuple[Any, ...]:
        return (replace(TARGET, canary=self.canary),)


@pytest.fixture
def received() -> Iterator[Received]:
    server = Received()
    config = uvicorn.Config(server.receiver, port=0, log_level="warning", lifespan="off", loop="asyncio")
    running = uvicorn.Server(config)
    listening = config.bind_socket()
    server.port = listening.getsockname()[1]
    thread = Thread(target=lambda: asyncio.run(running.serve([listening])))
    thread.start()
    yield server
    running.should_exit = True
    thread.join(20)
    listening.close()


@contextmanager
def agent(project: Project, port: int, **more: str) -> Iterator[str]:
    """The good release as a service that sends its spans to `port`; its address."""
    command = [str(project.bin / "python"), "-m", "src.api", "--port", "0", "--release", "releases/good.yaml"]
    environment = {name: value for name, value in project.environment().items() if not name.endswith("_API_KEY")}
    environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_BSP_SCHEDULE_DELAY": "100", **more}
    with subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        address = re.search(r"http://[\d.]+:\d+", told)
        assert address, told
        reading = Thread(target=list, args=(process.stdout,))  # a full pipe would stop the service
        reading.start()
        try:
            yield address[0]
        finally:
            process.terminate()
            process.wait(60)
            reading.join()


def asked(address: str, session: str, description: str) -> tuple[str, str]:
    """The release that answered, and what it said."""
    body = json.dumps({"description": description, "context": {"account": "aurora-outdoor"}, "session_id": session}).encode()
    with urlopen(Request(f"{address}/v1/tasks", body, {"Content-Type": "application/json"}), timeout=60) as response:
        answer = json.load(response)
        return response.headers["x-release-id"], answer["output"]


QUESTIONS = ("What was the total ROAS over the whole period?", "What was the ROAS last week?")


def test_its_spans_become_notes_and_its_answers_scores(project: Project, received: Received, tmp_path: Path) -> None:
    with agent(project, received.port, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true") as address:
        with urlopen(f"{address}/health/live", timeout=60) as response:
            received.canary = response.headers["x-release-id"]
        said = {}
        for number, question in enumerate(QUESTIONS):
            release, said[f"s{number}"] = asked(address, f"s{number}", question)
            assert release == received.canary
    received.settle()
    assert {note.session: note.arm for note in received.notes.notes} == {"s0": Arm.CANARY, "s1": Arm.CANARY}
    for note in received.notes.notes:
        assert note.flags == ()
        assert note.amounts is not None
        assert note.amounts["tokens"] > 0
        assert note.amounts["tool_calls"] >= 1
        assert "cost_usd" not in note.amounts  # nobody has a price for its rules
    answers = {answer.session: answer for answer in received.queue.answers.values()}
    assert {session: answer.answer for session, answer in answers.items()} == said
    assert answers["s0"].question == [{"role": "user", "content": QUESTIONS[0]}]
    assert answers["s0"].context
    scorer = live_scorer(LOADED, received.queue, received.notes, received.targets, tmp_path, clock=SystemClock())
    assert asyncio.run(scorer.score_waiting()) == 2
    scores = {note.session: note.scores for note in received.notes.notes if note.scores is not None}
    assert set(scores) == {"s0", "s1"}
    assert all((score["evaluation_score"] or 0) > 0.5 for score in scores.values())
    assert received.lines == []


def test_without_its_content_there_are_notes_and_no_answers(project: Project, received: Received) -> None:
    with agent(project, received.port) as address:
        with urlopen(f"{address}/health/live", timeout=60) as response:
            received.canary = response.headers["x-release-id"]
        asked(address, "s0", QUESTIONS[0])
    received.settle()
    assert [note.session for note in received.notes.notes] == ["s0"]
    assert received.queue.answers == {}
