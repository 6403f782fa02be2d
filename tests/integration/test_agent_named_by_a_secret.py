"""A manifest is written without secrets; the same command must all the same recognise its own run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

AGENT = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"text": json.loads(line)["input"]}), flush=True)
"""


def test_a_program_with_a_key_on_its_command_line_is_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(AGENT)
    (tmp_path / "golden.jsonl").write_text('{"id": "a", "input": "x", "expected": {"answer": "x"}}\n')
    command = [sys.executable, "-m", "goldfinch", "evaluate", "-d", "golden.jsonl", "-o", "out"]
    command += ["-a", f"subprocess:{sys.executable} agent.py --key sk-proj-Zq81hVn3kfT0wLs9bXd2"]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert first.returncode == 0, first.stderr
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 0, again.stderr
    assert "complete already" in again.stderr
    assert "sk-proj" not in "".join(path.read_text() for path in (tmp_path / "out").iterdir() if path.is_file())
