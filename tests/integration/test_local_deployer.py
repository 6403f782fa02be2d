"""The local deployer on real processes: adoption, deaths of all kinds, and what must never be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from goldfinch.adapters.processes import probing
from goldfinch.core.rollout.failures import DeployFailed
from tests.release_processes import PYTHON, Machine, alive, controller, machine_at, running, until, until_gone, until_ready


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    yield from machine_at(tmp_path)


async def test_another_controller_adopts_what_runs_and_starts_nothing(machine: Machine) -> None:
    release = machine.add()
    assert (
        controller(machine, release, ["await deployer.deploy(release)", "await until_ready(deployer, release)", "die()"]).returncode == -9
    )
    before = running(release)
    deployer = machine.deployer()
    assert (await deployer.view(release)).ready
    await deployer.deploy(release)
    assert running(release) == before == machine.pids(release)
    await deployer.retire(release)
    await until(deployer, release, lambda view: not view.running)
    assert running(release) == []


@pytest.mark.parametrize(
    "moment",
    [
        "ports.free_port = die",  # it is wanted, and nothing more is written
        "spawning.Starter.start = die",  # the record is there, the process is not
        "run = spawning.os.posix_spawn; spawning.os.posix_spawn = lambda *a, **k: (run(*a, **k), die())",  # it was started, nobody noted it
    ],
)
async def test_a_controller_killed_while_it_starts_a_release_leaves_exactly_one(machine: Machine, moment: str) -> None:
    release = machine.add()
    assert controller(machine, release, [moment, "await deployer.deploy(release)"]).returncode == -9
    deployer = machine.deployer()
    machine.clock.set_wall(timedelta(seconds=2))
    for _ in range(3):
        await deployer.deploy(release)
        await deployer.view(release)
        machine.clock.set_wall(timedelta(seconds=2))
    await until_ready(deployer, release)
    assert running(release) == machine.pids(release)
    assert len(running(release)) == 1


async def test_two_controllers_that_deploy_at_once_start_it_once(machine: Machine) -> None:
    release = machine.add()
    await asyncio.gather(*(machine.deployer(instances=2).deploy(release) for _ in range(4)))
    await until_ready(machine.deployer(instances=2), release)
    assert sorted(running(release)) == sorted(machine.pids(release))
    assert len(running(release)) == 2


async def test_an_instance_that_dies_is_started_again_at_its_port(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(instances=3)
    await deployer.deploy(release)
    await until_ready(deployer, release)
    addresses, first = deployer.addresses(release), machine.pids(release)[0]
    os.kill(first, signal.SIGKILL)
    await until_gone(first)
    view = await deployer.view(release)
    assert (view.running, view.ready, view.healthy) == (True, False, True)
    assert view.detail.startswith("2 of 3 ready; instance 1: ended (killed by SIGKILL)")
    machine.clock.set_wall(timedelta(seconds=1))
    await until_ready(deployer, release)
    assert deployer.addresses(release) == addresses
    assert first not in running(release)


async def test_an_end_that_nobody_asked_for_is_seen_by_a_controller_that_is_not_its_parent(machine: Machine) -> None:
    release = machine.add()
    controller(machine, release, ["await deployer.deploy(release)", "await until_ready(deployer, release)"])
    deployer = machine.deployer()
    pid = machine.pids(release)[0]
    os.kill(pid, signal.SIGKILL)
    await until_gone(pid)
    view = await deployer.view(release)
    assert (view.running, view.ready, view.healthy) == (True, False, False)


async def test_a_zombie_does_not_run(machine: Machine) -> None:
    release = machine.add()
    parent, other = machine.deployer(), machine.deployer()
    await parent.deploy(release)
    await until_ready(parent, release)
    os.kill(machine.pids(release)[0], signal.SIGKILL)
    await until_gone(machine.pids(release)[0])  # not buried: `parent` does not look
    view = await other.view(release)
    assert "killed by SIGKILL" in view.detail
    assert not view.healthy
    assert not Path(f"/proc/{machine.pids(release)[0]}").exists(), "its parent's process has buried it"


@pytest.mark.parametrize("change", [{"started": 1}, {"boot": "another"}, {"namespace": "pid:[1]"}, {}])
async def test_a_process_id_that_was_used_again_is_never_killed(machine: Machine, change: dict[str, object]) -> None:
    """Without a change it is this very process, but of another release."""
    release = machine.add()
    deployer = machine.deployer()
    await deployer.deploy(release)
    await until_ready(deployer, release)
    ours = machine.pids(release)[0]
    environment = {**os.environ, "GOLDFINCH_RELEASE_ID": "rel_other"}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=environment, start_new_session=True) as stranger:
        record = next(machine.book(release).glob("p-*.json"))
        started = int(Path(f"/proc/{stranger.pid}/stat").read_text().rpartition(")")[2].split()[19])
        record.write_text(json.dumps({**json.loads(record.read_bytes()), "pid": stranger.pid, "started": started, **change}))
        os.kill(ours, signal.SIGKILL)
        await until_gone(ours)
        assert not (await deployer.view(release)).healthy
        machine.clock.set_wall(timedelta(seconds=5))
        await deployer.deploy(release)
        await deployer.retire(release, force=True)
        machine.clock.set_wall(timedelta(hours=1))
        await until(deployer, release, lambda view: not view.running)
        assert stranger.poll() is None
        stranger.kill()


async def test_a_process_that_ignores_sigterm_is_killed_after_its_time(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer("stubborn")
    await deployer.deploy(release)
    await until_ready(deployer, release)
    pid = machine.pids(release)[0]
    for _ in range(2):
        await deployer.retire(release)
        view = await deployer.view(release)
        assert (view.running, view.ready, view.detail) == (True, False, "1 still stopping")
        machine.clock.set_wall(timedelta(seconds=19))  # asked again, its time does not begin anew
    await until(deployer, release, lambda view: not view.running)
    assert not alive(pid)
    assert deployer.addresses(release) == ()


async def test_a_controller_that_is_started_later_finishes_the_stop(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer("stubborn")
    await deployer.deploy(release)
    await until_ready(deployer, release)
    await deployer.retire(release)
    machine.clock.set_wall(timedelta(seconds=21))
    await machine.deployer().tend()
    assert running(release) == []


async def test_everything_that_an_instance_started_ends_with_it(machine: Machine) -> None:
    release = machine.add()
    script = 'setsid sleep 300 & sleep 300 & exec "$@"'
    deployer = machine.deployer(
        command=["/bin/sh", "-c", script, "sh", *PYTHON, str(Path(__file__).parents[1] / "echo_agent.py"), "{port}"]
    )
    await deployer.deploy(release)
    await until_ready(deployer, release)
    assert len(running(release)) == 3
    await deployer.retire(release)
    await until(deployer, release, lambda view: not view.running)
    assert running(release) == []


async def test_what_a_dead_instance_left_behind_ends_before_the_next_start(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(command=["/bin/sh", "-c", "sleep 300 & exit 3"])
    await deployer.deploy(release)
    view = await until(deployer, release, lambda view: not view.healthy)
    assert view.detail == "0 of 1 ready; instance 1: ended (exit code 3)"
    assert running(release) == []


async def test_a_crash_loop_is_slowed_down_and_says_why(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer("crash")
    await deployer.deploy(release)
    for wait_s in (1, 2, 4, 8):
        view = await until(deployer, release, lambda view: not view.healthy)
        assert view.detail == "0 of 1 ready; instance 1: ended (exit code 1): it crashed: nothing works"
        machine.clock.set_wall(timedelta(seconds=wait_s - 0.5))
        before = next(machine.book(release).glob("i-*.json")).name
        await deployer.view(release)
        assert [path.name for path in machine.book(release).glob("i-*.json")] == [before], "not before its time"
        machine.clock.set_wall(timedelta(seconds=0.5))
        await deployer.view(release)
        assert [path.name for path in machine.book(release).glob("i-*.json")] != [before]


async def test_a_release_that_never_gets_ready_is_slow_and_not_unhealthy(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer("never-ready")
    await deployer.deploy(release)
    view = await until(deployer, release, lambda view: "503" in view.detail)
    for _ in range(4):
        view = await deployer.view(release)
    assert (view.running, view.ready, view.healthy) == (True, False, True)
    assert view.detail == "0 of 1 ready; instance 1: /health/ready answered 503"


async def test_a_release_that_was_ready_is_unhealthy_after_three_probes_in_vain(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PROBE_S", 0.3)
    release = machine.add()
    deployer = machine.deployer()
    await deployer.deploy(release)
    await until_ready(deployer, release)
    pid = machine.pids(release)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        views = [await deployer.view(release) for _ in range(3)]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert [(view.ready, view.healthy) for view in views] == [(False, True), (False, True), (False, False)]
    assert (await until_ready(deployer, release)).healthy


async def test_a_port_that_was_taken_meanwhile_is_given_up(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer()
    await deployer.deploy(release)
    await until_ready(deployer, release)
    (host, port), pid = deployer.addresses(release)[0], machine.pids(release)[0]
    os.kill(pid, signal.SIGKILL)
    await until_gone(pid)
    with closing(socket.socket()) as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind((host, port))
        stranger.listen()
        await deployer.view(release)
        machine.clock.set_wall(timedelta(seconds=1))
        await until_ready(deployer, release)
        assert deployer.addresses(release)[0].port != port


async def test_another_program_that_answers_at_the_port_does_not_pass_for_the_release(machine: Machine) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    release = machine.add()
    deployer = machine.deployer(command=["/bin/sleep", "300"])
    await deployer.deploy(release)
    with HTTPServer(deployer.addresses(release)[0], Answers) as stranger:
        thread = threading.Thread(target=stranger.serve_forever)
        thread.start()
        try:
            view = await until(deployer, release, lambda view: "another program" in view.detail)
        finally:
            stranger.shutdown()
            thread.join()
    assert not view.ready


async def test_a_release_is_not_stopped_while_it_has_requests_in_flight(machine: Machine) -> None:
    async def in_flight(_: str) -> int | None:
        return open_

    release = machine.add()
    deployer = machine.deployer(in_flight=in_flight)
    await deployer.deploy(release)
    await until_ready(deployer, release)
    open_: int | None = 3
    with pytest.raises(DeployFailed, match="3 requests are in flight") as refused:
        await deployer.retire(release)
    assert refused.value.code == "E3209"
    assert (await deployer.view(release)).ready
    open_ = None  # nobody knows: the state machine has waited for the drain
    await deployer.retire(release)
    await until(deployer, release, lambda view: not view.running)


async def test_force_stops_it_with_requests_in_flight(machine: Machine) -> None:
    async def in_flight(_: str) -> int | None:
        return 3

    release = machine.add()
    deployer = machine.deployer(in_flight=in_flight)
    await deployer.deploy(release)
    await deployer.retire(release, force=True)
    await until(deployer, release, lambda view: not view.running)


async def test_a_secret_reaches_the_process_and_neither_a_file_nor_the_list_of_processes(machine: Machine) -> None:
    release = machine.add(tag="v7")
    said = "os.environ['KEY'] == sys.argv[1][::-1], sorted(os.environ), os.environ['ABOUT']"
    code = f"import os, sys, time; print({said}, flush=True); time.sleep(300)"
    deployer = machine.deployer(
        command=[*PYTHON, "-c", code, "terces-a-si-siht"],
        env={"KEY": "${AGENT_KEY}", "ABOUT": "{tag} at {port}"},
        pass_env=["GIVEN", "ABSENT"],
        environment={"PATH": os.environ["PATH"], "AGENT_KEY": "this-is-a-secret", "GIVEN": "1", "OTHER": "2"},
    )
    await deployer.deploy(release)
    for _ in range(500):
        log = (machine.book(release) / "instance-1.log").read_text() if (machine.book(release) / "instance-1.log").exists() else ""
        if log:
            break
        await asyncio.sleep(0.02)
    port = deployer.addresses(release)[0].port
    names = ["ABOUT", "GIVEN", "GOLDFINCH_INSTANCE", "GOLDFINCH_RELEASE_ID", "KEY", "PATH", "PORT"]
    assert log.replace("'LC_CTYPE', ", "") == f"True {names} v7 at {port}\n"
    files = [path for path in machine.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if b"this-is-a-secret" in path.read_bytes()] == []
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert b"this-is-a-secret" not in Path(f"/proc/{machine.pids(release)[0]}/cmdline").read_bytes()


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"env": {"KEY": "${AGENT_KEY_THAT_NOBODY_SET}"}}, "E3204", "deploy.env.KEY: the environment variable AGENT_KEY_THAT_NOBODY_SET"),
        ({"command": ["agent", "--key=${AGENT_KEY}"]}, "E3205", "deploy.command: ${AGENT_KEY} in a command would be shown"),
        ({"command": []}, "E3201", "deploy.command: nothing says how"),
        ({"memory_mb": 2_000_000_000}, "E3211", "2,000,000,000 MB are asked for"),
    ],
)
async def test_what_cannot_be_started_says_so_in_one_line_and_leaves_nothing(
    machine: Machine, settings: dict[str, object], code: str, words: str
) -> None:
    release = machine.add()
    deployer = machine.deployer(**settings)
    with pytest.raises(DeployFailed) as refused:
        await deployer.deploy(release)
    assert refused.value.code == code
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert running(release) == []


async def test_a_command_that_is_not_there_is_told_by_the_view(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(command=["/nowhere/agent"])
    await deployer.deploy(release)
    view = await until(deployer, release, lambda view: not view.healthy)
    assert view.detail.endswith("ended (exit code 127): goldfinch: cannot run /nowhere/agent: No such file or directory")


async def test_a_process_gets_no_more_memory_than_it_may_have(machine: Machine) -> None:
    release = machine.add()
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[1], flush=True); x = bytearray(200 << 20); print('got it')"
    deployer = machine.deployer(command=[*PYTHON, "-c", code], memory_mb=64)
    await deployer.deploy(release)
    view = await until(deployer, release, lambda view: not view.healthy)
    assert view.detail.endswith("ended (exit code 1): MemoryError")
    assert (machine.book(release) / "instance-1.log").read_text().startswith("0\n")


async def test_a_secret_in_a_releases_last_words_is_masked(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(
        command=["/bin/sh", "-c", "echo key=sk-12345; exit 1"], redact=lambda text: text.replace("sk-12345", "[redacted]")
    )
    await deployer.deploy(release)
    view = await until(deployer, release, lambda view: not view.healthy)
    assert view.detail.endswith("ended (exit code 1): key=[redacted]")


async def test_a_log_stays_small_while_the_process_goes_on_writing(machine: Machine) -> None:
    release = machine.add()
    code = "import sys, time\nfor n in range(40): print('x' * 99_999); sys.stdout.flush()\nprint('end', flush=True); time.sleep(300)"
    deployer = machine.deployer(command=[*PYTHON, "-c", code], log_mb=1)
    await deployer.deploy(release)
    log = machine.book(release) / "instance-1.log"
    for _ in range(500):
        await deployer.view(release)
        if any(path.read_bytes().endswith(b"end\n") for path in machine.book(release).glob("instance-1.log*")):
            break
        await asyncio.sleep(0.02)
    await deployer.view(release)
    kept = log.stat().st_size + log.with_name("instance-1.log.1").stat().st_size
    assert log.stat().st_size <= 1 << 20
    assert b"\0" not in log.read_bytes(), "the file has no hole"
    assert 1 << 20 <= kept <= 2 << 20, "the last of it is there, and no more"


async def test_a_record_that_cannot_be_read_stops_everything_in_one_line(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer()
    await deployer.deploy(release)
    await until_ready(deployer, release)
    record = next(machine.book(release).glob("i-*.json"))
    record.write_bytes(b"\x00{")
    for act in (deployer.deploy, deployer.view, deployer.retire):
        with pytest.raises(DeployFailed) as refused:
            await act(release)
        assert refused.value.code == "E3207"
        assert str(refused.value).startswith(str(record))
    assert len(running(release)) == 1


@pytest.mark.parametrize("name", ["../../etc", "", "a/b", ".hidden", "x" * 200])
async def test_a_name_that_leads_elsewhere_is_refused(machine: Machine, name: str) -> None:
    with pytest.raises(DeployFailed):
        await machine.deployer().view(name)


async def test_what_stable_means_outlives_the_controller(machine: Machine) -> None:
    release = machine.add()
    await machine.deployer().make_stable(release)
    assert await machine.deployer().named_stable() == release


async def test_the_processes_are_nobodys_children_and_in_sessions_of_their_own(machine: Machine) -> None:
    release = machine.add()
    deployer = machine.deployer(instances=2)
    await deployer.deploy(release)
    await until_ready(deployer, release)
    assert [os.getsid(pid) for pid in machine.pids(release)] == machine.pids(release)
