"""Smoke tests and migrations of the local deployer: run once, survive the controller, never by accident."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.core.rollout.evidence import StageResult
from goldfinch.core.rollout.failures import DeployFailed
from tests.release_processes import PYTHON, Machine, controller, machine_at, running, until, until_gone, until_ready


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    yield from machine_at(tmp_path)


async def until_ended(deployer: LocalDeployer, stage: str, release: str) -> StageResult:
    for _ in range(500):
        result = await deployer.stage_result(stage, release)
        if result.passed is not None:
            return result
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {result}")


async def until_exists(path: Path) -> None:
    for _ in range(500):
        if path.exists():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{path} is not there")


def waits_for(gate: Path, count: Path, *, code: int = 0) -> list[str]:
    """A command that says in `count` that it runs, and ends once `gate` is there."""
    body = f"import os, time\nopen({str(count)!r}, 'a').write('x')\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    return [*PYTHON, "-c", f"{body}print('said at the end')\nraise SystemExit({code})"]


async def test_a_stage_survives_the_controller_and_runs_once(machine: Machine) -> None:
    release, gate, count = machine.add(), machine.folder / "gate", machine.folder / "count"
    settings = {"smoke": waits_for(gate, count)}
    lines = ["await deployer.deploy(release)", "await deployer.run_stage('smoke', release)", "die()"]
    assert controller(machine, release, lines, settings).returncode == -9
    deployer = machine.deployer(**settings)
    await until_exists(count)
    await deployer.run_stage("smoke", release)
    assert await deployer.stage_result("smoke", release) == StageResult(None, "running")
    gate.touch()
    assert (await until_ended(deployer, "smoke", release)).passed
    await deployer.run_stage("smoke", release)
    assert count.read_text() == "x"


async def test_a_stage_that_failed_says_how_and_where_its_log_is(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(smoke=["/bin/sh", "-c", "echo {url} of $GOLDFINCH_RELEASE_ID is not well: key-1; exit 7"], redact=masked)
    await deployer.deploy(release)
    await deployer.run_stage("smoke", release)
    result = await until_ended(deployer, "smoke", release)
    port, log = deployer.addresses(release)[0].port, machine.book(release) / "smoke.log"
    assert result == StageResult(False, f"exit code 7: http://127.0.0.1:{port} of {release} is not well: [redacted] (log: {log})")


def masked(text: str) -> str:
    return text.replace("key-1", "[redacted]")


async def test_a_smoke_test_that_was_killed_runs_anew(machine: Machine) -> None:
    release, gate, count = machine.add(), machine.folder / "gate", machine.folder / "count"
    deployer = machine.deployer(smoke=waits_for(gate, count))
    await deployer.deploy(release)
    await until_ready(deployer, release)
    await deployer.run_stage("smoke", release)
    await until_exists(count)
    await kill_all_but(machine.pids(release)[0], release)
    assert await deployer.stage_result("smoke", release) == StageResult(None, "interrupted")
    gate.touch()
    await deployer.run_stage("smoke", release)
    assert (await until_ended(deployer, "smoke", release)).passed
    assert count.read_text() == "xx"


async def test_a_migration_that_was_killed_half_way_does_not(machine: Machine) -> None:
    release, gate, count = machine.add(), machine.folder / "gate", machine.folder / "count"
    deployer = machine.deployer(migrate=waits_for(gate, count))
    await deployer.deploy(release)
    await until_ready(deployer, release)
    await deployer.run_stage("migrate", release)
    await until_exists(count)
    await kill_all_but(machine.pids(release)[0], release)
    await deployer.run_stage("migrate", release)
    result = await deployer.stage_result("migrate", release)
    assert result.passed is False
    assert result.detail.startswith("it was interrupted, and how far it came is not known: look at the database, then roll out again")
    assert count.read_text() == "x"


async def test_a_migration_whose_runner_alone_was_killed_is_not_run_beside_itself(machine: Machine) -> None:
    release, gate, count = machine.add(), machine.folder / "gate", machine.folder / "count"
    deployer = machine.deployer(migrate=waits_for(gate, count))
    await deployer.deploy(release)
    await deployer.run_stage("migrate", release)
    await until_exists(count)
    runner = int((machine.book(release) / "migrate.process.json").read_text().split('"pid": ')[1].split(",")[0])
    os.kill(runner, 9)
    await until_gone(runner)
    await deployer.run_stage("migrate", release)
    assert await deployer.stage_result("migrate", release) == StageResult(None, "running")
    gate.touch()
    for _ in range(500):
        await deployer.run_stage("migrate", release)
        if (await deployer.stage_result("migrate", release)).passed is not None:
            break
        await asyncio.sleep(0.02)
    assert "interrupted" in (await deployer.stage_result("migrate", release)).detail
    assert count.read_text() == "x"


async def kill_all_but(kept: int, release: str) -> None:
    for pid in running(release):
        if pid != kept:
            os.kill(pid, 9)
            await until_gone(pid)


async def test_one_migration_at_a_time_whatever_the_release(machine: Machine) -> None:
    one, other, gate, count = machine.add(), machine.add(), machine.folder / "gate", machine.folder / "count"
    deployer = machine.deployer(migrate=waits_for(gate, count))
    for release in (one, other):
        await deployer.deploy(release)
    await deployer.run_stage("migrate", one)
    await until_exists(count)
    with pytest.raises(DeployFailed, match="another migration is running") as refused:
        await deployer.run_stage("migrate", other)
    assert refused.value.code == "E3206"
    gate.touch()
    assert (await until_ended(deployer, "migrate", one)).passed
    for _ in range(500):
        try:
            await deployer.run_stage("migrate", other)
            break
        except DeployFailed:
            await asyncio.sleep(0.02)
    assert (await until_ended(deployer, "migrate", other)).passed


async def test_a_release_that_is_deployed_anew_is_tried_anew(machine: Machine) -> None:
    release = machine.add()
    count = machine.folder / "count"
    deployer = machine.deployer(smoke=["/bin/sh", "-c", f"echo x >> {count}; exit 1"])
    for times in (1, 2):
        await deployer.deploy(release)
        assert await deployer.stage_result("smoke", release) == StageResult(None, "not started")
        await deployer.run_stage("smoke", release)
        assert (await until_ended(deployer, "smoke", release)).passed is False
        await deployer.retire(release)
        assert (await deployer.stage_result("smoke", release)).passed is False, "kept for whoever looks for the reason"
        await until(deployer, release, lambda view: not view.running)
        assert count.read_text().count("x") == times


async def test_a_smoke_test_ends_with_its_release(machine: Machine) -> None:
    release, count = machine.add(), machine.folder / "count"
    deployer = machine.deployer(smoke=waits_for(machine.folder / "never", count))
    await deployer.deploy(release)
    await deployer.run_stage("smoke", release)
    await until_exists(count)
    await deployer.retire(release)
    await until(deployer, release, lambda view: not view.running)
    assert running(release) == []


async def test_a_stage_without_a_command_is_refused(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer()
    with pytest.raises(DeployFailed, match="never deployed"):
        await deployer.run_stage("smoke", release)
    await deployer.deploy(release)
    for stage in ("smoke", "migrate"):
        with pytest.raises(DeployFailed, match=f"deploy.{stage}: there is no command") as refused:
            await deployer.run_stage(stage, release)
        assert refused.value.code == "E3212"
    with pytest.raises(DeployFailed, match="there is no stage 'launch'"):
        await deployer.stage_result("launch", release)


async def test_our_own_smoke_test_has_the_callers_variables(machine: Machine) -> None:
    release = machine.add()
    code = "import os; assert os.environ['ONLY_HERE'] == '1'"
    deployer = machine.deployer(environment={**os.environ, "ONLY_HERE": "1"}, own_smoke=(sys.executable, "-c", code))
    await deployer.deploy(release)
    await deployer.run_stage("smoke", release)
    assert (await until_ended(deployer, "smoke", release)).passed


@pytest.fixture
def migrations(machine: Machine) -> Path:
    folder = machine.folder / "migrations"
    folder.mkdir()
    return folder


async def test_a_migration_that_takes_something_away_is_not_run(machine: Machine, migrations: Path) -> None:
    (migrations / "2.sql").write_text("alter table facts\n  drop column value;")
    stable, release = machine.add(), machine.add()
    ran = machine.folder / "ran"
    settings = {"migrate": ["/usr/bin/touch", str(ran)], "migrations": ["migrations/*.sql"]}
    deployer = machine.deployer(**settings)
    await stand_up(deployer, stable)
    await deployer.deploy(release)
    await deployer.run_stage("migrate", release)
    result = await deployer.stage_result("migrate", release)
    assert result.passed is False
    assert result.detail.startswith(
        "not run, it is not expand-only (E3213): migrations/2.sql:1 drops facts.value; approve the release, or split"
    )
    assert not ran.exists()


async def test_a_migration_that_takes_something_away_and_was_approved_runs_and_says_what_a_rollback_is_then(
    machine: Machine, migrations: Path
) -> None:
    (migrations / "2.sql").write_text("drop table facts")
    stable, release = machine.add(), machine.add()
    deployer = machine.deployer(migrate=["/bin/true"], migrations=["migrations/*.sql"], approved=lambda name: name == release)
    await stand_up(deployer, stable)
    await deployer.deploy(release)
    await deployer.run_stage("migrate", release)
    assert await until_ended(deployer, "migrate", release) == StageResult(
        True, "rollback = code only: migrations/2.sql:1 drops table facts"
    )


@pytest.mark.parametrize(("patterns", "passed"), [(["migrations/*.sql"], True), ([], False)])
async def test_a_migration_that_only_adds_runs_and_one_that_cannot_be_checked_does_not(
    machine: Machine, migrations: Path, patterns: list[str], passed: bool
) -> None:
    (migrations / "2.sql").write_text("alter table facts add column v int")
    stable, release = machine.add(), machine.add()
    deployer = machine.deployer(migrate=["/bin/true"], migrations=patterns)
    await stand_up(deployer, stable)
    await deployer.deploy(release)
    await deployer.run_stage("migrate", release)
    result = await until_ended(deployer, "migrate", release)
    assert result.passed is passed
    assert passed or "deploy.migrations names no files" in result.detail


async def stand_up(deployer: LocalDeployer, stable: str) -> None:
    await deployer.deploy(stable)
    await until_ready(deployer, stable)
    await deployer.make_stable(stable)
