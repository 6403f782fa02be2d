"""Files of releases, and the way back: what the local deployer asks before it starts a canary."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goldfinch.adapters.processes.probing import probe
from goldfinch.core.rollout.failures import DeployFailed
from tests.release_processes import PYTHON, Machine, machine_at, new_release, running, until, until_ready

BODY = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/health/ready", "/{version}") else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    yield from machine_at(tmp_path)


class Repository:
    """One with the settings in a folder of it."""

    def __init__(self, top: Path) -> None:
        self.top, self.folder = top, top / "agent"
        self.folder.mkdir(parents=True)
        self.git("init", "-q")
        hook = top / ".git/hooks/post-checkout"
        hook.write_text(f"#!/bin/sh\ntouch {top}/hook-ran\n")
        hook.chmod(0o755)

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *who, *arguments], cwd=self.top, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, version: str, **files: str) -> str:
        for name, text in {"serve.py": BODY.replace("{version}", version), **files}.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", version)
        return self.git("rev-parse", "HEAD")

    def digest(self, name: str) -> str:
        return f"sha256:{hashlib.sha256((self.folder / name).read_bytes()).hexdigest()}"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


SERVED = {"command": [*PYTHON, "{folder}/serve.py", "{port}"], "checkout": True}


async def test_each_release_runs_from_a_checkout_of_its_own_commit(machine: Machine, repository: Repository) -> None:
    one = machine.add(git_sha=repository.commit("one"), files={"serve.py": repository.digest("serve.py")})
    other = machine.add(git_sha=repository.commit("other"), files={"serve.py": repository.digest("serve.py")})
    (repository.folder / "serve.py").write_text("raise SystemExit('the working folder is nobody's release')")
    deployer = machine.deployer(source=repository.folder, **SERVED)
    for release in (one, other):
        await deployer.deploy(release)
        await until_ready(deployer, release)
    (address,), (another,) = deployer.addresses(one), deployer.addresses(other)
    assert await probe(address.port, "/one", 5) == ""
    assert await probe(another.port, "/other", 5) == ""
    assert await probe(another.port, "/one", 5) == "/one answered 404"
    assert not (repository.top / "hook-ran").exists()
    assert repository.git("status", "--porcelain") == "M agent/serve.py"


async def test_a_commit_that_is_not_what_the_release_was_made_of_is_refused(machine: Machine, repository: Repository) -> None:
    sha = repository.commit("one")
    (repository.folder / "serve.py").write_text("# not committed")
    release = machine.add(git_sha=sha, files={"serve.py": repository.digest("serve.py")})
    deployer = machine.deployer(source=repository.folder, **SERVED)
    with pytest.raises(DeployFailed, match=r"serve.py of commit [0-9a-f]{12} is not what the release was made of") as refused:
        await deployer.deploy(release)
    assert refused.value.code == "E3203"
    assert running(release) == []


@pytest.mark.parametrize(
    ("sha", "words"),
    [("", "the release names no commit"), ("--help", "'--help' is no commit"), ("f" * 40, "commit ffffffffffff cannot be checked out")],
)
async def test_a_commit_that_git_does_not_have_is_refused(machine: Machine, repository: Repository, sha: str, words: str) -> None:
    repository.commit("one")
    release = machine.add(git_sha=sha)
    with pytest.raises(DeployFailed, match=words) as refused:
        await machine.deployer(source=repository.folder, **SERVED).deploy(release)
    assert refused.value.code == "E3202"


async def test_outside_a_repository_it_says_so(machine: Machine) -> None:
    release = machine.add(git_sha="f" * 40)
    with pytest.raises(DeployFailed, match="this is no git repository"):
        await machine.deployer(source=machine.folder, **SERVED).deploy(release)


async def test_a_checkout_that_was_cut_off_is_made_anew(machine: Machine, repository: Repository) -> None:
    sha = repository.commit("one")
    half = machine.folder / "processes/checkouts" / sha
    half.mkdir(parents=True)
    (half / "left").touch()
    release = machine.add(git_sha=sha)
    deployer = machine.deployer(source=repository.folder, **SERVED)
    await deployer.deploy(release)
    await until_ready(deployer, release)
    assert not (half / "left").exists()


async def test_checkouts_that_nobody_needs_are_swept_but_for_a_few(machine: Machine, repository: Repository) -> None:
    deployer = machine.deployer(source=repository.folder, **SERVED)
    shas = [repository.commit(f"v{number}") for number in range(9)]
    for sha in shas:
        release = machine.add(git_sha=sha)
        await deployer.deploy(release)
        if sha == shas[0]:
            await until_ready(deployer, release)
            await deployer.make_stable(release)
        else:
            await deployer.retire(release, force=True)
            await until(deployer, release, lambda view: not view.running)
    kept = {path.name for path in (machine.folder / "processes/checkouts").iterdir() if path.is_dir()}
    assert kept == {shas[0], *shas[-6:]}  # stable, the one just deployed, and five to go back to
    assert len(repository.git("worktree", "list").splitlines()) == 8


async def test_a_canary_is_not_started_while_the_stable_release_does_not_serve(machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer()
    await deployer.make_stable(stable)
    with pytest.raises(DeployFailed, match=f"{canary}: there would be no way back to {stable}: it does not run") as refused:
        await deployer.deploy(canary)
    assert refused.value.code == "E3210"
    assert running(canary) == []
    await deployer.deploy(stable)
    await until_ready(deployer, stable)
    await deployer.deploy(canary)
    await until_ready(deployer, canary)


async def test_who_is_told_to_warn_starts_it_and_keeps_saying_so(machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer(way_back="warn")
    await deployer.make_stable(stable)
    await deployer.deploy(canary)
    assert (await until_ready(deployer, canary)).detail == f"no way back to {stable}: it does not run"


async def test_a_person_may_decide_to_start_without_a_way_back(machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    await machine.deployer(forced=lambda release: release == canary).make_stable(stable)
    await machine.deployer(forced=lambda release: release == canary).deploy(canary)
    assert len(running(canary)) <= 1


async def test_the_stable_release_itself_is_started_whatever_else_is_not_ready(machine: Machine) -> None:
    """On the way back nothing is asked."""
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer(way_to=lambda release: stable if release == canary else None)
    await deployer.make_stable(machine.add())
    await deployer.deploy(stable)
    await until_ready(deployer, stable)


async def test_a_memory_that_the_stable_release_cannot_read_is_no_way_back(machine: Machine) -> None:
    (machine.folder / "1.sql").write_text("alter table facts rename column value to text")
    stable, canary = machine.add(schema="1"), machine.add(schema="2")
    deployer = machine.deployer(migrations=["*.sql"])
    await deployer.deploy(stable)
    await until_ready(deployer, stable)
    await deployer.make_stable(stable)
    words = "its memory has schema 1, the canary's 2, and the migrations do not only add: 1.sql:1 renames facts"
    with pytest.raises(DeployFailed, match=words):
        await deployer.deploy(canary)
    with pytest.raises(DeployFailed, match=r"and deploy\.migrations names no migrations that could be checked"):
        await machine.deployer().deploy(canary)
    (machine.folder / "1.sql").write_text("alter table facts add column text json")
    await deployer.deploy(canary)


async def test_migrations_that_the_stable_release_has_as_well_are_no_news(machine: Machine, repository: Repository) -> None:
    old = repository.commit("one", **{"migrations/1.sql": "drop table ancient"})
    new = repository.commit("two", **{"migrations/2.sql": "create table facts (a int)"})
    stable, canary = machine.add(git_sha=old, schema="1"), machine.add(git_sha=new, schema="2")
    deployer = machine.deployer(source=repository.folder, migrations=["migrations/*.sql"], **SERVED)
    await deployer.deploy(stable)
    await until_ready(deployer, stable)
    await deployer.make_stable(stable)
    await deployer.deploy(canary)
    await until_ready(deployer, canary)


async def test_a_stable_release_whose_commit_is_gone_is_no_way_back(machine: Machine, repository: Repository) -> None:
    stable, canary = machine.add(git_sha=repository.commit("one")), machine.add(git_sha=repository.commit("two"))
    deployer = machine.deployer(source=repository.folder, **SERVED)
    await deployer.deploy(stable)
    await until_ready(deployer, stable)
    await deployer.make_stable(stable)
    machine.add(replace(new_release(git_sha="e" * 40), id=stable))
    with pytest.raises(DeployFailed, match="its files are not there: git does not have its commit eeeeeeeeeeee"):
        await deployer.deploy(canary)
