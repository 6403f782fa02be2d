"""Take the screenshots of the documentation anew: the HTML report of the demo's recorded runs, and a history of runs, light and dark.

    python tools/report_screenshots.py docs/images

Needs chromium (`apt-get install chromium`); with `fonts-inter` and `fonts-jetbrains-mono` the images look as those in the repository.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
GOLDFINCH = Path(sys.executable).with_name("goldfinch")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]
MOST_BYTES = 300_000


class Shot(NamedTuple):
    """An image: its file, the colours, what is looked at, the height of the window."""

    name: str
    scheme: Literal["light", "dark"]
    place: str
    height: int


HISTORY_SHOTS = (Shot("history-light.png", "light", "", 1130), Shot("history-dark.png", "dark", "", 1130))
HISTORY_RUNS, HISTORY_CASES = 30, 60
RANDOM = Random(20261124)
SHOTS = (Shot("report-light.png", "light", "", 1450), Shot("report-dark.png", "dark", "#case=retail-101", 1000))


def main(folder: Path) -> int:
    """Evaluate, write the page, photograph it; 1 where an image is too large for the repository."""
    program = shutil.which("chromium")
    if program is None:
        print("needs chromium: apt-get install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        history = _history(Path(scratch))  # before playwright, whose event loop runs in this thread
        page = Path(scratch) / "report.html"
        command: list[str | Path] = [
            GOLDFINCH,
            "evaluate",
            "--config",
            "examples/recorded_runs/goldfinch.yaml",
            "--output-dir",
            f"{scratch}/run",
        ]
        subprocess.run([*command, "--report", page], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            sizes = [_shoot(browser, page, folder, shot, "#cases") for shot in SHOTS]
            sizes += [_shoot(browser, history, folder, shot, "#charts") for shot in HISTORY_SHOTS]
            browser.close()
    return int(max(sizes) > MOST_BYTES)


def support(rate: float, _question: str) -> str:
    """An agent that is right so often."""
    return "It takes 14 days." if RANDOM.random() < rate else "Please call us."


def _history(scratch: Path) -> Path:
    """Thirty nightly runs of an agent that got worse after the eighteenth, as `goldfinch report history` shows them."""
    from goldfinch import evaluate
    from goldfinch.core.datasets.case import Case, Expected

    cases = [
        Case(id=f"refund-{number}", input=f"{number}", expected=Expected(must_include=("14 days",))) for number in range(HISTORY_CASES)
    ]
    first = datetime(2026, 10, 1, 2, tzinfo=UTC)
    for night in range(HISTORY_RUNS):
        run = scratch / "nightly" / f"{night:02}"
        evaluate(cases, partial(support, 0.93 if night < 18 else 0.78), scorers=["must_include"], output_dir=run)
        manifest = json.loads((run / "manifest.json").read_text())
        manifest["started_at"] = f"{first + timedelta(days=night):%Y-%m-%dT%H:%M:%SZ}"
        (run / "manifest.json").write_text(json.dumps(manifest))
    page = scratch / "history.html"
    subprocess.run([GOLDFINCH, "report", "history", scratch / "nightly", "--output", page], check=True)
    return page


def _shoot(browser: Browser, page: Path, folder: Path, shot: Shot, ready: str) -> int:
    image = folder / shot.name
    shown = browser.new_page(viewport={"width": 1360, "height": shot.height}, color_scheme=shot.scheme)
    shown.goto(page.as_uri() + shot.place)
    shown.wait_for_selector(f"{ready}[data-ready]")
    shown.screenshot(path=image)
    shown.close()
    size = image.stat().st_size
    print(f"{image}: {size / 1000:.0f} kB")
    return size


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
