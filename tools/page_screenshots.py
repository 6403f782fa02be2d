"""Take the screenshots of the page of `goldfinch serve` anew, light and dark.

    python tools/page_screenshots.py docs/images

Needs chromium (`apt-get install chromium`); with `fonts-inter` and `fonts-jetbrains-mono` the images look as those in the repository.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]
MOST_BYTES = 300_000


class Shot(NamedTuple):
    """An image: its file, the colours, the height of the window."""

    name: str
    scheme: Literal["light", "dark"]
    height: int


PLACE = "#/rollouts/ro_20261124T140200Z_5be1c0aa"
SHOTS = (
    Shot("rollout-page-light.png", "light", 1420),
    Shot("rollout-page-dark.png", "dark", 940),
)


def main(folder: Path) -> int:
    """Serve sample rollouts, photograph the page; 1 where an image is too large for the repository."""
    program = shutil.which("chromium")
    if program is None:
        print("needs chromium: apt-get install chromium", file=sys.stderr)
        return 2
    from tests.rollout_page import TOKENS, Desk, served

    with served(Desk().tools()) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        sizes = [_shoot(browser, f"http://127.0.0.1:{port}/", TOKENS.releaser, folder, shot) for shot in SHOTS]
        browser.close()
    return int(max(sizes) > MOST_BYTES)


def _shoot(browser: Browser, address: str, token: str, folder: Path, shot: Shot) -> int:
    image = folder / shot.name
    shown = browser.new_page(viewport={"width": 1360, "height": shot.height}, color_scheme=shot.scheme)
    shown.goto(f"{address}#token={token}")
    shown.wait_for_selector(".list li")
    shown.goto(f"{address}{PLACE}")
    shown.wait_for_selector(".part-timeline li")
    shown.screenshot(path=image)
    shown.close()
    size = image.stat().st_size
    print(f"{image}: {size / 1000:.0f} kB")
    return size


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
