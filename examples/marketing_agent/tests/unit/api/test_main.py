from __future__ import annotations

from pathlib import Path

import pytest

from src.api.__main__ import main


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return tmp_path / "release.yaml"


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--port", "0", "--agent", "tests.scripted_agent:agent_of"])
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    return lines[-1]


def test_a_missing_release_file(capsys: pytest.CaptureFixture[str], release: Path) -> None:
    assert refusal(capsys, "--release", str(release)) == f"python -m src.api: {release}: No such file or directory"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("modle: x", "modle: Extra inputs are not permitted"),
        ("behaviour: {drafts: 0}", "behaviour.drafts: Input should be greater than or equal to 1"),
        ("- a", "a release is a mapping of settings"),
        ("1: a", "a release is a mapping of settings"),
        ("a: [", "not YAML: while parsing a flow"),
    ],
)
def test_a_wrong_release_file_is_told_by_key(capsys: pytest.CaptureFixture[str], release: Path, content: str, told: str) -> None:
    release.write_text(content, encoding="utf-8")
    line = refusal(capsys, "--release", str(release))
    assert line.startswith(f"python -m src.api: {release}: {told}")


def test_a_wrong_environment_is_told_by_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_AGENT_MAX_STEPS", "many")
    assert refusal(capsys).startswith("python -m src.api: MARKETING_AGENT_MAX_STEPS: max_steps: Input should be a valid integer")


def test_several_processes_need_a_common_memory(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "--workers", "2").startswith("python -m src.api: --workers above 1 needs redis_url")


@pytest.mark.parametrize("option", ["--task-timeout", "--grace", "--drain-delay"])
@pytest.mark.parametrize("value", ["-1", "nan", "inf"])
def test_times_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], option: str, value: str) -> None:
    assert refusal(capsys, f"{option}={value}").endswith(f"argument {option}: must be a number of seconds, 0 or more")


def test_no_processes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "--workers", "0").endswith("argument --workers: must be at least 1")


def test_a_host_that_is_not_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "--host", "203.0.113.1").startswith("python -m src.api: cannot listen on 203.0.113.1:0: ")


@pytest.mark.parametrize("name", ["no.such.module:agent_of", "tests.scripted_agent:nothing", "tests.scripted_agent", ":x"])
def test_an_agent_that_is_not_there(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--agent", name])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"python -m src.api: --agent {name}: ")


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "curl -s localhost:8000/v1/tasks" in capsys.readouterr().out
