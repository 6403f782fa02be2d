"""The tier runner: a failure anywhere fails the whole, a tier that overruns is killed, nothing run is no success."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/run_tests.py, looking at an empty repository in `tmp_path`."""
    specification = importlib.util.spec_from_file_location("run_tests", ROOT / "tools" / "run_tests.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "run_tests", module)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q -p no:cacheprovider -p no:asyncio\n", encoding="utf-8")
    return module


def write_tests(root: Path, folder: str, text: str) -> None:
    path = root / "tests" / folder / "test_it.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_the_last_line_counts_all_tiers(runner: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_tests(tmp_path, "unit", "import pytest\ndef test_one(): pass\ndef test_two(): pytest.skip('why')\n")
    write_tests(tmp_path, "e2e", "def test_three(): pass\n")
    assert runner.main([]) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("=== 2 passed, 1 skipped in ")


def test_a_failure_in_one_tier_fails_the_whole_and_the_others_still_run(
    runner: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_tests(tmp_path, "unit", "def test_one(): assert False\n")
    write_tests(tmp_path, "e2e", "def test_two(): pass\n")
    assert runner.main([]) == 1
    shown = capfd.readouterr().out
    assert "FAILED unit: pytest ended with 1" in shown
    assert "=== 1 failed, 1 passed in " in shown


def test_nothing_run_is_no_success(runner: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    assert runner.main([]) == 1


@pytest.mark.parametrize(("folder", "problem"), [("integration", "integration: has a folder but no test ran"), ("fuzz", "")])
def test_only_simulation_and_fuzz_may_be_empty(runner: ModuleType, tmp_path: Path, folder: str, problem: str) -> None:
    write_tests(tmp_path, folder, "# all of them are long\n")
    tier = next(tier for tier in runner.TIERS if tier.name == folder)
    assert runner.run(tier, []) == runner.Outcome(Counter(), problem)


def test_a_tier_that_overruns_is_killed(runner: ModuleType, tmp_path: Path) -> None:
    write_tests(tmp_path, "fuzz", "import threading\ndef test_hangs(): threading.Event().wait()\n")
    tier = runner.Tier("fuzz", 0.02, ("fuzz",))
    assert runner.run(tier, []).problem == "fuzz: not finished after 0.02 minutes, killed"
