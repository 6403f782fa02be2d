"""What can be known of the image without Docker: lint, sources, user, signals; and, slowly, that what it installs starts."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.house.dockerfile import Instruction, Laid, ignored, instructions, lay_out
from tests.servers import ROOT

DOCKERFILE = ROOT / "infrastructure" / "docker" / "Dockerfile.backend"
TEXT = DOCKERFILE.read_text(encoding="utf-8")
STEPS = instructions(TEXT)
RULES = ROOT.joinpath(".dockerignore").read_text(encoding="utf-8")
PORT = "8000"


def named(name: str) -> list[Instruction]:
    return [step for step in STEPS if step.name == name]


def last(name: str) -> Instruction:
    return named(name)[-1]


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    assert hadolint.exists(), "pip install -e '.[dev]'"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "hadolint ignore" not in TEXT


def test_every_source_exists_and_reaches_the_builder() -> None:
    sources = [source for step in named("COPY") if "from" not in step.flags for source in step.words[:-1]]
    assert len(sources) > 8
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert not [source for source in sources if ignored(source, RULES)]


@pytest.mark.parametrize(
    "path", [".env", ".venv/bin/python", "tests/servers.py", "evaluation/results/latest", "generator/account.py", ".git/config"]
)
def test_what_the_image_does_not_need_stays_out(path: str) -> None:
    assert ignored(path, RULES)
    assert ignored("src/memory/__pycache__/entries.cpython-311.pyc", RULES)
    assert not ignored("src/memory/entries.py", RULES)


def test_every_base_has_a_tag_and_no_digest_was_invented() -> None:
    bases = [step.words[0] for step in named("FROM")]
    assert bases == ["python:${PYTHON_VERSION}-slim-bookworm"] * 2
    assert named("ARG")[0].text == "PYTHON_VERSION=3.11"
    assert "@sha256" not in TEXT


def test_the_agent_does_not_run_as_root() -> None:
    users = [step.text for step in named("USER")]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1])
    assert STEPS.index(last("USER")) > STEPS.index(last("RUN"))


def test_no_cache_is_left() -> None:
    runs = [step.text for step in named("RUN")]
    assert all("--no-cache-dir" in text for text in runs if re.search(r"\bpip\b.*\binstall\b", text))
    assert not [text for text in runs if "apt" in text]


def test_the_labels_tell_where_the_image_is_from() -> None:
    text = last("LABEL").text
    for label, argument in (("revision", "REVISION"), ("version", "VERSION"), ("created", "CREATED"), ("source", "SOURCE")):
        assert f'org.opencontainers.image.{label}="${{{argument}}}"' in text
        assert any(step.text.startswith(f"{argument}=") for step in named("ARG"))


def test_the_server_is_the_process_that_gets_the_signal() -> None:
    assert last("CMD").command[:3] == ["python", "-m", "src.api"]
    assert last("STOPSIGNAL").text == "SIGTERM"
    assert not named("ENTRYPOINT")  # so that `alembic upgrade head` is a command of the image as it is typed


def test_every_dependency_of_the_image_has_its_version() -> None:
    lines = ROOT.joinpath("infrastructure/docker/constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines if not line.startswith("#"))
    assert {"fastapi", "uvicorn", "alembic", "psycopg-binary", "redis", "uvloop"} <= pinned


def health_command(port: int) -> list[str]:
    return [sys.executable, *(word.replace(PORT, str(port)) for word in last("HEALTHCHECK").command[1:])]


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_health_check_believes_the_server_only(status: int, healthy: bool) -> None:
    proxied = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    with answering(status) as port:
        done = subprocess.run(health_command(port), env=proxied, capture_output=True, check=False)
    assert (done.returncode == 0) is healthy


def test_no_server_is_not_healthy() -> None:
    assert subprocess.run(health_command(free_port()), capture_output=True, check=False).returncode != 0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def status_of(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status


@contextmanager
def started(laid: Laid, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """What CMD starts, once it answers: nothing tells when, so it is asked again and again."""
    command = [word.replace(PORT, str(port)).replace("0.0.0.0", "127.0.0.1") for word in last("CMD").command]
    with subprocess.Popen(command, cwd=laid.workdir, env=laid.environment) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, "it ended at once"
                try:
                    status_of(port, "/health/live")
                    break
                except OSError:
                    time.sleep(0.1)
            yield process
        finally:
            process.kill()


@pytest.mark.slow
class TestWhatTheImageInstalls:
    @pytest.fixture(scope="class")
    @staticmethod
    def laid(tmp_path_factory: pytest.TempPathFactory) -> Laid:
        return lay_out(STEPS, ROOT, tmp_path_factory.mktemp("image"))

    def test_only_src_of_the_image_is_imported(self, laid: Laid) -> None:
        done = subprocess.run(
            ["python", "-c", "import src.config as c; print(c.ROOT)"],
            cwd="/",
            env=laid.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == str(laid.workdir)

    def test_alembic_works_in_the_working_directory(self, laid: Laid, empty_database_url: str) -> None:
        done = subprocess.run(
            ["alembic", "upgrade", "head"],
            cwd=laid.workdir,
            env=laid.environment | {"DATABASE_URL": empty_database_url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Running upgrade 0002 -> 0003" in done.stderr

    def test_the_command_serves_and_ends_by_sigterm(self, laid: Laid) -> None:
        port = free_port()
        with started(laid, port) as process:
            assert status_of(port, "/health/live") == 200
            assert subprocess.run(health_command(port), check=False).returncode == 0
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
