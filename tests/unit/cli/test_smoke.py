"""`goldfinch smoke` against a server on loopback: exit codes, the evidence file, refused addresses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from goldfinch.cli.app import main

SETTINGS = """
service: support
dataset: cases.jsonl
scorers: [must_include]
live:
  probes:
    agent: {kind: http, url: "http://localhost/ask", body: {say: "{{ input }}"}, text_path: answer}
"""
CASES = [
    {
        "id": "memory",
        "input": [{"role": "user", "content": "I am Ada."}, {"role": "user", "content": "Who am I?"}],
        "expected": {"must_include": ["Ada"]},
    },
    {"id": "echo", "input": "hello", "expected": {"must_include": ["hello"]}, "tags": ["small"]},
]


class Service(BaseHTTPRequestHandler):
    """Remembers what a session said, unless it is forgetful."""

    said: dict[str, str]
    forgetful: bool

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["say"]
        session = self.headers["x-session-id"]
        self.said[session] = words if self.forgetful else f"{self.said.get(session, '')} {words}"
        self._answer({"answer": self.said[session]})

    def _answer(self, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("x-release-id", "rel-1")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the base class
        """Nothing."""


@pytest.fixture
def service() -> Iterator[type[Service]]:
    class Own(Service):
        said: dict[str, str] = {}  # noqa: RUF012 - a class for each test
        forgetful = False
        url = ""

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Own.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Own
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "goldfinch.yaml").write_text(SETTINGS)
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in CASES))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["goldfinch", "smoke", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_good_service_passes_and_leaves_evidence(folder: Path, service: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert run(monkeypatch, "--endpoint", service.url, "--expect-release", "rel-1") == 0
    shown = capsys.readouterr().out
    assert "case memory: 2 of 2 turns" in shown
    kept = json.loads((folder / ".goldfinch/support/local/smoke.json").read_text())
    assert (kept["schema_version"], kept["verdict"], kept["releases"]) == (1, "pass", ["rel-1"])
    assert [check["name"] for check in kept["checks"]] == ["health", "case memory", "case echo", "release"]


def test_a_forgetful_service_fails(folder: Path, service: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    service.forgetful = True
    evidence = folder / "kept" / "smoke.json"
    assert run(monkeypatch, "--endpoint", service.url, "--evidence", str(evidence), "--output", "json") == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(evidence.read_text())
    assert [check["passed"] for check in printed["checks"]] == [True, False, True]


def test_cases_are_chosen_by_id_and_by_tag(folder: Path, service: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    service.forgetful = True
    for chosen in (("--tag", "small"), ("--case", "echo")):
        assert run(monkeypatch, "--endpoint", service.url, *chosen) == 0
    assert run(monkeypatch, "--endpoint", service.url, "--case", "none") == 2
    assert "no case has the id none" in capsys.readouterr().err


def test_nobody_there_is_no_verdict(folder: Path, service: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert run(monkeypatch, "--endpoint", "http://127.0.0.1:9", "--within", "0") == 3
    assert "unknown health" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--endpoint", "http://127.0.0.1:9", "--environment", "staging"), "error E3503: --endpoint: refused: 127.0.0.1 is a private"),
        (("--endpoint", "http://[::ffff:127.0.0.1]:9", "--environment", "production"), "error E3503"),
        (("--endpoint", "http://169.254.169.254", "--allow-private"), "is a cloud metadata address"),
        (("--endpoint", "http://2852039166"), "is a cloud metadata address"),
        (("--endpoint", "ftp://staging.example.com"), "error E3508"),
        (("--endpoint", "https://staging.example.com/?x=1"), "error E3508"),
        (("--endpoint", "http://user:secret@127.0.0.1"), "holds a user or password"),
        (("--endpoint", "http://127.0.0.1:9", "--environment", "stagin"), "did you mean staging?"),
        (("--endpoint", "http://127.0.0.1:9", "--tag", "none"), "error E3502"),
    ],
)
def test_what_is_wrong_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, arguments: tuple[str, ...], words: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert "secret" not in told


def test_settings_that_say_nothing_of_http_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (folder / "goldfinch.yaml").write_text("dataset: cases.jsonl\nscorers: [must_include]\n")
    assert run(monkeypatch, "--endpoint", "http://127.0.0.1:9") == 2
    assert "error E3501: live.probes.agent" in capsys.readouterr().err


def test_scorers_that_decide_nothing_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    settings = SETTINGS.replace("[must_include]", "[{kind: must_include, pass_mark: null}]")
    (folder / "goldfinch.yaml").write_text(settings)
    assert run(monkeypatch, "--endpoint", "http://127.0.0.1:9") == 2
    assert "error E3505" in capsys.readouterr().err


def test_a_redirect_to_another_host_is_not_followed(folder: Path, service: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def elsewhere(self: Service) -> None:
        self.send_response(302)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.send_header("Content-Length", "0")
        self.end_headers()

    service.do_GET = elsewhere
    assert run(monkeypatch, "--endpoint", service.url) == 2
    assert "error E1324" in capsys.readouterr().err
