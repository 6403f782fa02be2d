"""`goldfinch release running` and `stop`, on real processes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.rollout_folder import rollout_folder
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.cli.app import main

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""
SETTINGS = f"""
service: echo
release: {{code: {{paths: [serve.py]}}}}
deploy: {{command: ["{sys.executable}", serve.py, "{{port}}"], health: /, stop_within: 2s}}
"""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One release that runs and is the stable one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "serve.py").write_text(SERVER)
    (tmp_path / "goldfinch.yaml").write_text(SETTINGS)
    (tmp_path / ".gitignore").write_text(".goldfinch/\n")
    for command in (["init", "-q"], ["config", "user.name", "Ada"], ["config", "user.email", "a@example.com"], ["add", "-A"]):
        subprocess.run(["git", *command], check=True)
    subprocess.run(["git", "commit", "-qm", "one"], check=True)
    assert goldfinch("release", "create", "--tag", "v1") == 0
    loaded = load_settings()
    store = open_store(loaded)
    found = store.releases.find("v1").id
    deployer = local_deployer(loaded, rollout_folder(loaded, "echo", "local"), store.releases.find)

    async def start() -> None:
        await deployer.deploy(found)
        await deployer.make_stable(found)
        while not (await deployer.view(found)).ready:
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(start(), 20))
    yield found
    goldfinch("release", "stop", "--all", "--force", "--environment", "local")
    store.close()


def goldfinch(*words: str) -> int:
    with patch.object(sys, "argv", ["goldfinch", *words]), pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return code if isinstance(code, int) else 0


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_what_runs_is_shown_and_stopped_only_by_force_while_users_get_it(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert goldfinch("release", "running", "-e", "local", "--output", "json") == 0
    (shown,) = printed(capsys)
    assert (shown["release"], shown["tags"], shown["stable"], shown["ready"]) == (release, ["v1"], True, True)

    assert goldfinch("release", "stop", "v1", "-e", "local") == 2
    assert "its users would get nothing" in capsys.readouterr().err

    assert goldfinch("release", "stop", "v1", "-e", "local", "--force", "--output", "json") == 0
    assert printed(capsys) == {"stopped": [release]}
    assert goldfinch("release", "running", "-e", "local", "--output", "json") == 0
    assert printed(capsys) == []
    assert goldfinch("release", "stop", "--all", "-e", "local", "--output", "json") == 0
    assert printed(capsys) == {"stopped": []}


@pytest.mark.parametrize("words", [(), ("v1", "--all")])
def test_which_release_must_be_said(release: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert goldfinch("release", "stop", *words, "-e", "local") == 2
    assert "which release?" in capsys.readouterr().err


def test_an_environment_that_nobody_named_is_refused(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert goldfinch("release", "running", "-e", "lokal") == 2
    assert "local" in capsys.readouterr().err
