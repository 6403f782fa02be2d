"""The files through which a step tells GitHub Actions something: `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT`. Source: REQUIREMENTS T5.

Only words of ours and single lines go into outputs, each between delimiters that nobody can guess. Nothing is ever written to GITHUB_ENV.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from goldfinch.core.checking.codes import CANNOT_WRITE
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.escaping import for_workflow_log

MAX_SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB a step, and shows nothing of a longer one."""
_CUT = "\n\n(cut: the rest is in the verdict's JSON)\n"


def append_summary(path: Path, markdown: str) -> None:
    """Add `markdown` to the step's summary. Raises `InfrastructureError`."""
    content = markdown.encode("utf-8", "replace")
    if len(content) > MAX_SUMMARY_BYTES:
        content = content[: MAX_SUMMARY_BYTES - len(_CUT)].rpartition(b"\n")[0] + _CUT.encode()
    _append(path, content + b"\n")


def append_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Add the step's outputs. `outputs` has names of ours. Raises `InfrastructureError`."""
    lines = [_output(name, for_workflow_log(value)) for name, value in outputs.items()]
    _append(path, "".join(lines).encode("utf-8", "replace"))


def _output(name: str, value: str) -> str:
    delimiter = f"goldfinch_{token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: Path, content: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(content)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=CANNOT_WRITE) from error
