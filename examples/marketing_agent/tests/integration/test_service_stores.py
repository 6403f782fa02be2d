"""The service with real stores: sessions that several processes share, and what readiness says when a store is missing."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from tests.e2e.service_process import JSON_TYPE, ROOT, ServiceProcess, service

pytestmark = pytest.mark.integration

GOOD = ("--release", "releases/good.yaml")


def test_several_processes_hold_one_conversation(redis_url: str, database_url: str) -> None:
    stores = {"MARKETING_AGENT_REDIS_URL": redis_url, "MARKETING_AGENT_DATABASE_URL": database_url}
    session = f"shared-{uuid.uuid4().hex}"
    with service(ROOT / "data", *GOOD, "--workers", "2", agent=None, environment=stores) as process:
        questions = ["What was the ROAS last week?", *["And the week before?"] * 5]
        answers = [process.task(question, session_id=session, context={"account": "aurora-outdoor"})[1] for question in questions]
        turns = process.ask("GET", f"/v1/sessions/{session}")[1]["turns"]
        assert process.ask("DELETE", f"/v1/sessions/{session}")[0] == 204
        assert process.ask("GET", f"/v1/sessions/{session}")[0] == 404
        process.signal()
        assert process.end() == 0
    assert [turn["answer"] for turn in turns] == [answer["output"] for answer in answers]
    assert all(re.search(r"\d{4}-\d\d-\d\d", answer["output"]) for answer in answers[1:])


def test_a_missing_store_makes_unready_and_names_no_password() -> None:
    environment = {"MARKETING_AGENT_REDIS_URL": "redis://agent:hunter2hunter2@127.0.0.1:1", "MARKETING_AGENT_DATA_DIR": str(ROOT / "data")}
    process = ServiceProcess(["--port", "0", *GOOD], environment)
    try:
        status, ready = process.ask("GET", "/health/ready")
        body = json.dumps({"description": "hi", "session_id": "s-1"}).encode()
        told = [process.ask("GET", "/health/live")[0], process.ask("POST", "/v1/tasks", body, JSON_TYPE)[0]]
        session = process.ask("GET", "/v1/sessions/s-1")
    finally:
        process.close()
    assert (status, [reason.split(":")[0] for reason in ready["reasons"]]) == (503, ["memory"])
    assert told == [200, 200], "an answer without memory is better than none, and says so"
    assert (session[0], session[1]["type"]) == (503, "urn:marketing-agent:problem:memory-unavailable")
    assert "hunter2" not in f"{ready} {session} {process.lines}"
