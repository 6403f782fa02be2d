"""What `pip install` gives is what the repository has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

PAGE = "goldfinch/adapters/reports/html"


def test_the_wheel_holds_every_file_of_the_page(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        packed = {name.removeprefix(f"{PAGE}/") for name in archive.namelist() if name.startswith(PAGE)}
    folder = root / "src" / PAGE
    here = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".py", ".js", ".css", ".jinja")}
    assert packed == here
    assert {"page.html.jinja", "js/main.js", "css/tokens.css"} <= here
