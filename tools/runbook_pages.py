"""Write docs/runbooks/ anew: `python tools/runbook_pages.py docs/runbooks`."""

from __future__ import annotations

import sys
from pathlib import Path

from goldfinch.core.recovery.pages.all import RUNBOOKS
from goldfinch.core.recovery.runbook import as_markdown

INDEX = """# Runbooks

What to do about an alert, one page each: symptom, check, command, verify, escalate. `goldfinch runbook ALERT` prints the same without any
network; the name of an alert is the trigger of a rollback or the reason of a hold, as every message and `goldfinch rollout status` have it.

These pages are made from the code: `make reference`.

"""


def main(folder: Path) -> None:
    """One file per page; pages that are gone go."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    for page in RUNBOOKS:
        (folder / f"{page.alert}.md").write_text(as_markdown(page), encoding="utf-8")
    rows = "".join(f"- [{page.title}]({page.alert}.md): `{page.alert}`\n" for page in RUNBOOKS)
    (folder / "README.md").write_text(INDEX + rows, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
