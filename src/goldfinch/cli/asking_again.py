"""The process that asks one version of an agent again: `python -m goldfinch.cli.asking_again`, its task in JSON on standard input.

Started by `goldfinch compare --further-trials` for each of the two versions, and by nobody else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def main() -> int:
    """Read the task, carry it out, say in the last line how it ended; return the exit code."""
    import msgspec

    from goldfinch.bootstrap.asking_again import AskingTask, carry_out, stop_when_parent_is_gone
    from goldfinch.cli.progress import progress_beside_output

    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what an agent's own programs print must not be taken for the result
    task = msgspec.json.decode(_line(sys.stdin.fileno()), type=AskingTask)
    stop_when_parent_is_gone(sys.stdin.fileno())
    end = carry_out(task, progress_beside_output)
    with suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(out, b"\n" + msgspec.json.encode(end) + b"\n")
    return end.exit_code


def _line(descriptor: int) -> bytes:
    """The first line, read without a buffer that would swallow what comes after it."""
    line = bytearray()
    while not line.endswith(b"\n"):
        block = os.read(descriptor, 65_536)
        if not block:
            break
        line += block
    return bytes(line)


if __name__ == "__main__":
    sys.exit(main())
