"""Take the screenshots of the documentation anew: the HTML report of the demo's recorded runs, light and dark.

    python tools/report_screenshots.py docs/images

Needs chromium (`apt-get install chromium`); with `fonts-inter` and `fonts-jetbrains-mono` the images look as those in the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
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


SHOTS = (Shot("report-light.png", "light", "", 1450), Shot("report-dark.png", "dark", "#case=retail-101", 1000))


def main(folder: Path) -> int:
    """Evaluate, write the page, photograph it; 1 where an image is too large for the repository."""
    program = shutil.which("chromium")
    if program is None:
        print("needs chromium: apt-get install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
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
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        sizes = [_shoot(browser, page, folder, shot) for shot in SHOTS]
        browser.close()
    return int(max(sizes) > MOST_BYTES)


def _shoot(browser: Browser, page: Path, folder: Path, shot: Shot) -> int:
    image = folder / shot.name
    shown = browser.new_page(viewport={"width": 1360, "height": shot.height}, color_scheme=shot.scheme)
    shown.goto(page.as_uri() + shot.place)
    shown.wait_for_selector("#cases[data-ready]")
    shown.screenshot(path=image)
    shown.close()
    size = image.stat().st_size
    print(f"{image}: {size / 1000:.0f} kB")
    return size


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
