"""Take the screenshots of the documentation anew: the HTML report of the demo's recorded runs, light and dark.

    python tools/report_screenshots.py docs/images

Needs chromium (`apt-get install chromium`); with the fonts Inter and JetBrains Mono (`fonts-inter fonts-jetbrains-mono`) they look as in the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
GOLDFINCH = Path(sys.executable).with_name("goldfinch")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]
MOST_BYTES = 300_000
SHOTS = (
    ("report-light.png", "light", "", 1450),
    ("report-dark.png", "dark", "#case=retail-101", 1000),
)


def main(folder: Path) -> int:
    """Evaluate, write the page, photograph it; 1 where an image is too large for the repository."""
    program = shutil.which("chromium")
    if program is None:
        print("needs chromium: apt-get install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        page = Path(scratch) / "report.html"
        command = [GOLDFINCH, "evaluate", "--config", "examples/recorded_runs/goldfinch.yaml", "--output-dir", f"{scratch}/run"]
        subprocess.run([*command, "--report", page], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        sizes = [_shoot(browser, page, folder / name, scheme, place, height) for name, scheme, place, height in SHOTS]
        browser.close()
    return int(max(sizes) > MOST_BYTES)


def _shoot(browser: Browser, page: Path, image: Path, scheme: str, place: str, height: int) -> int:
    shown = browser.new_page(viewport={"width": 1360, "height": height}, color_scheme="dark" if scheme == "dark" else "light")
    shown.goto(page.as_uri() + place)
    shown.wait_for_selector("#cases[data-ready]")
    shown.screenshot(path=image)
    shown.close()
    size = image.stat().st_size
    print(f"{image}: {size / 1000:.0f} kB")
    return size


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
