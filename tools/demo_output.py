"""Show in the README what `make demo-evaluate` prints now: `python tools/demo_output.py README.md < what-it-printed`.

Shown are the first case that failed, the metrics and the verdict. tests/e2e/test_reference_agent_served.py holds the page to the demo.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

COMMAND = "$ goldfinch evaluate --config examples/marketing_agent/goldfinch.yaml"
LONGEST_LINE = 240
_BLOCK = re.compile(rf"(?P<command>^{re.escape(COMMAND)}[^\n]*\n)(?P<shown>.*?)(?=^```)", re.MULTILINE | re.DOTALL)
_FAILED = re.compile(r"^✗ .*?(?=\n\n)", re.MULTILINE | re.DOTALL)
_METRICS = re.compile(r"^metric  .*?(?=\n\n)", re.MULTILINE | re.DOTALL)
_VERDICT = re.compile(r"^\d+ of \d+ cases passed.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def shown_on(page: str) -> str:
    """What the page shows of the demo's output."""
    block = _BLOCK.search(page)
    if block is None:
        raise SystemExit(f"demo_output: the page has no block with `{COMMAND} …`")
    return block["shown"]


def excerpt(printed: str) -> str:
    """Of what the demo printed, what a page shows; `…` stands for the rest."""
    found = [part[0] for pattern in (_FAILED, _METRICS, _VERDICT) if (part := pattern.search(printed))]
    lines = "\n…\n".join(found).splitlines()
    return "\n".join(["…", *(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…" for line in lines), "…", ""])


def renewed(page: str, printed: str) -> str:
    """The page with what was printed in its block."""
    shown_on(page)
    return _BLOCK.sub(lambda block: block["command"] + excerpt(printed), page)


def main(arguments: list[str]) -> int:
    """Write the page anew from stdin."""
    page = Path(arguments[0])
    page.write_text(renewed(page.read_text(encoding="utf-8"), sys.stdin.read()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
