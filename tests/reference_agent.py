"""The reference agent as a project of its own: its folder, its environment, its commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "marketing_agent"
LONGEST_S = 900.0
STAMP = EXAMPLE / ".venv" / ".installed-dev"


class Project:
    """The example's folder and its environment. Its top package is `src`, so it is met from outside only."""

    folder = EXAMPLE
    bin = EXAMPLE / ".venv" / "bin"

    def environment(self, **more: str) -> dict[str, str]:
        """That of this process without what belongs to the root's tests, the example's programs first on the path."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "COVERAGE_", "PYTHONPATH"))}
        return kept | {"PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', '')}", "VIRTUAL_ENV": str(self.bin.parent)} | more

    def run(self, line: str, *more: str, cwd: Path = EXAMPLE, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command line of the environment's programs to its end; `more` are further arguments. Its exit code is for the caller."""
        program, *arguments = line.split()
        command = [str(self.bin / program), *arguments, *more]
        return subprocess.run(
            command, cwd=cwd, env=self.environment(**environment), capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
