"""`goldfinch release` on real files, real git and a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from goldfinch.bootstrap.releases import find_release
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.cli.app import main
from goldfinch.core.releases.admission import refusal, require_admitted
from goldfinch.core.releases.failures import ReleaseDenied
from goldfinch.testing.hostile_text import TERMINAL_TEXTS

SETTINGS = """
release:
  code: {paths: [src], exclude: ["*.log"]}
  prompts: ["prompts/**/*.md"]
  model: {id: gpt-4o-mini, parameters: {temperature: 0.2, max_tokens: 500}}
  tools: {files: ["tools/*.py"], document: tools/tools.json}
  index: {name: docs, digest: "sha256:1111111111111111111111111111111111111111111111111111111111111111"}
  memory_schema: "3"
"""
IMAGE = "ghcr.io/acme/agent@sha256:" + "ab" * 32


@dataclass
class Ended:
    code: int
    out: str
    err: str


class Goldfinch(Protocol):
    def __call__(self, *words: str) -> Ended: ...


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    write("goldfinch.yaml", SETTINGS)
    write(".gitignore", ".goldfinch/\n__pycache__/\n")
    write("prompts/support.md", "Be kind.\nAnswer briefly.\nNever guess.\n")
    write("src/agent.py", "def answer(question): ...\n")
    write("tools/search.py", "def search(): ...\n")
    write("tools/tools.json", json.dumps([{"type": "function", "function": {"name": "search"}}]))
    git("init", "-q", "-b", "main")
    git("config", "user.name", "Ada")
    git("config", "user.email", "ada@example.com")
    commit()


@pytest.fixture
def goldfinch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Goldfinch:
    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["goldfinch", "release", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def staged(path: str) -> None:
    write(path, "x")
    git("add", "-A")


def hidden(path: str, option: str) -> None:
    git("update-index", option, path)
    write(path, "git does not look")


def commit() -> str:
    git("add", "-A")
    git("commit", "-qm", "more", "--allow-empty")
    return git("rev-parse", "HEAD")


def created(goldfinch: Goldfinch, *options: str) -> dict[str, Any]:
    ended = goldfinch("create", "--output", "json", *options)
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


# making one


def test_a_release_holds_every_component_and_its_names(goldfinch: Goldfinch) -> None:
    sha = git("rev-parse", "HEAD")
    release = created(goldfinch, "--tag", "v1", "--image", IMAGE)
    contents = {component["kind"]: component["content"] for component in release["components"]}
    assert list(contents) == ["code", "image", "prompts", "model", "tools", "index", "memory_schema", "policy"]
    assert list(contents["code"]["files"]) == ["src/agent.py"]
    assert contents["prompts"]["texts"] == {"prompts/support.md": Path("prompts/support.md").read_text()}
    assert set(contents["tools"]["schemas"]) == {"search"}
    assert contents["policy"]["policy_hash"].startswith("policy-")
    assert (release["git_sha"], release["tags"], release["created_by"]) == (sha, ["v1"], "Ada")
    for name in (release["id"], release["id"][:9], "v1", sha, sha[:7], "sha256:" + "ab" * 32):
        assert json.loads(goldfinch("show", name, "--output", "json").out)["id"] == release["id"]


def test_the_same_content_is_the_same_release_and_gains_names(goldfinch: Goldfinch) -> None:
    first = created(goldfinch, "--tag", "v1")
    commit()
    again = created(goldfinch, "--tag", "v1.0.0", "--by", "Grace")
    assert (again["id"], again["created_by"], again["tags"]) == (first["id"], "Ada", ["v1", "v1.0.0"])
    assert len(json.loads(goldfinch("list", "--output", "json").out)) == 1


def test_another_folder_order_owner_time_and_mode_make_no_other_release(
    goldfinch: Goldfinch, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("src/b.py", "b\n")
    write("src/a.py", "a\n")
    commit()
    first = created(goldfinch)
    elsewhere = tmp_path_factory.mktemp("clone")
    git("clone", "-q", ".", str(elsewhere / "x"))
    monkeypatch.chdir(elsewhere / "x")
    git("config", "user.name", "Grace")
    for path in ("src/a.py", "src/b.py"):
        os.utime(path, (1, 1))
    assert created(goldfinch)["digest"] == first["digest"]


def test_the_code_leaves_out_what_is_excluded_ignored_or_another_components(goldfinch: Goldfinch) -> None:
    write("goldfinch.yaml", SETTINGS.replace("paths: [src]", "paths: [.]"))
    write("src/debug.log", "x")
    write("src/__pycache__/agent.pyc", "x")
    commit()
    files = created(goldfinch)["components"][0]["content"]["files"]
    assert sorted(files) == [".gitignore", "goldfinch.yaml", "src/agent.py"]


def test_links_count_by_their_target_and_submodules_by_their_commit(goldfinch: Goldfinch, tmp_path_factory: pytest.TempPathFactory) -> None:
    Path("src/link.py").symlink_to("agent.py")
    other = tmp_path_factory.mktemp("other")
    subprocess.run(f"cd {other} && git init -q && git -c user.name=x -c user.email=x commit -q --allow-empty -m x", shell=True, check=True)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "src/vendored")
    commit()
    files = created(goldfinch)["components"][0]["content"]["files"]
    assert files["src/link.py"] == "link:agent.py"
    assert files["src/vendored"].startswith("commit:")


def test_the_model_of_a_chat_agent_is_the_releases_where_none_is_named(goldfinch: Goldfinch) -> None:
    write(
        "goldfinch.yaml",
        "agent: {kind: openai, model: gpt-4.1, system: Be kind., parameters: {temperature: 0.5}}\nrelease: {prompts: [prompts]}\n",
    )
    commit()
    (model,) = [one["content"] for one in created(goldfinch)["components"] if one["kind"] == "model"]
    assert model["id"] == "gpt-4.1"
    assert {"temperature": 0.5, "system": "Be kind."}.items() <= model["parameters"].items()


def test_the_judge_is_a_component_by_what_its_settings_say(goldfinch: Goldfinch) -> None:
    judge = "judge: {model: {kind: openai, model: small, api_key: sk-aaaaaaaaaaaaaaaa}, votes: 3, budget_usd: 5.0}\n"
    write("goldfinch.yaml", SETTINGS + judge)
    commit()
    first = created(goldfinch)
    content = next(one["content"] for one in first["components"] if one["kind"] == "judge")
    assert (content["votes"], content["model"]["model"]) == (3, "small")
    assert "sk-" not in json.dumps(first)
    write("goldfinch.yaml", SETTINGS + judge.replace("5.0", "9.0"))
    commit()
    assert created(goldfinch)["id"] == first["id"], "what a judge may spend changes no judgement"


def test_a_dry_run_keeps_nothing(goldfinch: Goldfinch) -> None:
    assert goldfinch("create", "--dry-run").code == 0
    assert goldfinch("list").out == "no release was made yet: goldfinch release create\n"


# what cannot be one


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: write("prompts/support.md", "changed"), "prompts/support.md"),
        (lambda: write("src/new.py", "untracked"), "src/new.py"),
        (lambda: write("goldfinch.yaml", SETTINGS.replace("0.2", "0.3")), "goldfinch.yaml"),
        (lambda: Path("src/agent.py").unlink(), "src/agent.py"),
        (lambda: Path("prompts/support.md").unlink(), "prompts/support.md"),
        (lambda: git("rm", "-q", "--cached", "tools/search.py"), "tools/search.py"),
        (lambda: staged("src/staged.py"), "src/staged.py"),
        (lambda: hidden("src/agent.py", "--assume-unchanged"), "src/agent.py"),
        (lambda: hidden("src/agent.py", "--skip-worktree"), "src/agent.py"),
    ],
)
def test_what_is_not_committed_is_refused_by_name_and_marked_where_it_is_allowed(goldfinch: Goldfinch, change: Any, named: str) -> None:
    change()
    refused = goldfinch("create")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert refused.err.startswith("error E2707: release: not committed:")
    assert named in refused.err
    release = created(goldfinch, "--allow-dirty")
    assert release["git_sha"] == ""


def test_a_marked_release_says_what_was_not_committed(goldfinch: Goldfinch) -> None:
    write("prompts/support.md", "changed")
    shown = goldfinch("create", "--allow-dirty").out
    assert "note           not committed when it was made: prompts/support.md" in shown
    assert "none: no commit held all of its files when it was made" in shown


def test_what_is_no_part_of_it_may_be_dirty(goldfinch: Goldfinch) -> None:
    write("README.md", "x")
    assert created(goldfinch)["git_sha"]


def test_a_folder_without_git_is_refused_and_can_be_allowed(
    goldfinch: Goldfinch, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_git = created(goldfinch)
    plain = tmp_path_factory.mktemp("plain")
    subprocess.run(f"cp -r goldfinch.yaml prompts src tools {plain}", shell=True, check=True)
    monkeypatch.chdir(plain)
    refused = goldfinch("create", "--by", "Ada")
    assert (refused.code, "there is no git repository" in refused.err) == (2, True)
    assert created(goldfinch, "--allow-dirty", "--by", "Ada")["id"] == with_git["id"], "the same content"


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("prompts/**/*.md", "prompt/*.md", "E2708", "release.prompts[0]"),
        ("prompts/**/*.md", "../secrets.md", "E2708", "release.prompts[0]"),
        ("prompts/**/*.md", "/etc/passwd", "E2708", "release.prompts[0]"),
        ("prompts/**/*.md", "", "E2708", "release.prompts[0]"),
        ("paths: [src]", "paths: [lib]", "E2708", "release.code.paths[0]"),
        ("tools/tools.json", "tools/search.py", "E2708", "release.tools.document"),
        ("tools/tools.json", "tools/none.json", "E2708", "release.tools.document"),
        ('digest: "sha256:1', 'digest: "sha512:1', "E2709", "release.index.digest"),
        ("temperature: 0.2", "api_key: hunter22", "E2710", "release.model.parameters.api_key"),
        ("temperature: 0.2", "note: sk-abcdefgh12345678", "E2710", "release.model.parameters.note"),
        ("temperature: 0.2", "extra: {headers: [{Authorization: Bearer abcdefgh1234}]}", "E2710", "headers[0].Authorization"),
    ],
)
def test_one_line_says_what_cannot_be_released_and_where(goldfinch: Goldfinch, old: str, new: str, code: str, where: str) -> None:
    write("goldfinch.yaml", SETTINGS.replace(old, new))
    commit()
    refused = goldfinch("create")
    assert (refused.code, refused.err.count("\n")) == (2, 1), refused.err
    assert refused.err.startswith(f"error {code}: ")
    assert where in refused.err
    assert "hunter22" not in refused.err
    assert "abcdefgh1" not in refused.err


@pytest.mark.parametrize("value", ["nan", "2026-01-01", "[1, {deep = inf}]"])
def test_a_value_of_toml_that_json_cannot_say_is_refused(goldfinch: Goldfinch, value: str) -> None:
    Path("goldfinch.yaml").unlink()
    write("pyproject.toml", f'[tool.goldfinch.release.model]\nid = "gpt-4.1"\nparameters = {{x = {value}}}\n')
    commit()
    refused = goldfinch("create")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert refused.err.startswith("error E2711: release.model.parameters.x")


def test_a_value_that_only_names_a_variable_is_no_secret(goldfinch: Goldfinch) -> None:
    write("goldfinch.yaml", SETTINGS.replace("temperature: 0.2", 'api_key: "${MODEL_KEY}"'))
    commit()
    assert created(goldfinch)["id"]


def test_a_secret_of_the_environment_is_refused_wherever_it_stands(goldfinch: Goldfinch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "open-sesame-17")
    write("goldfinch.yaml", SETTINGS.replace("temperature: 0.2", "user: open-sesame-17"))
    commit()
    refused = goldfinch("create")
    assert refused.err.startswith("error E2710: release.model.parameters.user: ")
    assert "open-sesame" not in refused.err


def test_a_secret_in_a_prompt_is_masked_where_it_is_stored_and_said_so(goldfinch: Goldfinch) -> None:
    write("prompts/support.md", "Use the key sk-abcdefgh12345678.\n")
    commit()
    release = created(goldfinch)
    assert "sk-abcd" not in json.dumps(release)
    assert b"sk-abcd" not in Path(".goldfinch/goldfinch.db").read_bytes()
    assert "note           a secret in prompt prompts/support.md is masked where its text is stored" in goldfinch("show", release["id"]).out


@pytest.mark.parametrize("image", ["ghcr.io/acme/agent:latest", "agent"])
def test_an_image_by_its_tag_is_refused_with_the_command_that_prints_its_digest(goldfinch: Goldfinch, image: str) -> None:
    refused = goldfinch("create", "--image", image)
    assert refused.code == 2
    assert refused.err.startswith("error E2709: --image: the image is named by a tag")
    assert f"docker buildx imagetools inspect {image} prints it" in refused.err


def test_settings_without_a_release_say_what_to_add(goldfinch: Goldfinch) -> None:
    write("goldfinch.yaml", "run: {trials: 1}\n")
    commit()
    assert goldfinch("create").err.startswith("error E2706: release: nothing says what the release is made of; add code, image,")


def test_a_tag_of_another_release_is_refused(goldfinch: Goldfinch) -> None:
    created(goldfinch, "--tag", "v1")
    write("prompts/support.md", "other")
    commit()
    refused = goldfinch("create", "--tag", "v1")
    assert (refused.code, refused.err[:12]) == (2, "error E2703:")


def test_a_prompt_that_is_a_link_or_leads_out_is_refused(goldfinch: Goldfinch, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("secret")
    Path("prompts/link.md").symlink_to(outside / "secret.md")
    commit()
    assert "prompts/link.md is a link or no plain file" in goldfinch("create").err
    Path("prompts/link.md").unlink()
    Path("more").symlink_to(outside)
    write("goldfinch.yaml", SETTINGS.replace("prompts/**/*.md", "more/secret.md"))
    commit()
    assert "more/secret.md is a link or no plain file" in goldfinch("create", "--allow-dirty").err


def test_a_tool_document_that_is_a_link_or_a_folder_is_refused(goldfinch: Goldfinch) -> None:
    for name, target in (("link.json", "tools.json"), ("folder", "..")):
        Path("tools", name).symlink_to(target)
        write("goldfinch.yaml", SETTINGS.replace("tools/tools.json", f"tools/{name}"))
        commit()
        refused = goldfinch("create")
        assert (refused.code, refused.err.count("\n"), refused.err[:12]) == (2, 1, "error E2708:")


def test_a_calibration_of_the_judge_counts_by_its_content_and_must_be_committed(goldfinch: Goldfinch) -> None:
    write("calibration.json", "{}")
    write("goldfinch.yaml", SETTINGS + "judge: {model: {kind: openai, model: small}, calibration: calibration.json}\n")
    assert "calibration.json" in goldfinch("create").err
    commit()
    first = created(goldfinch)
    write("calibration.json", "[]")
    commit()
    assert created(goldfinch)["id"] != first["id"]


def test_a_name_that_is_not_utf_8_is_refused_in_a_line(goldfinch: Goldfinch) -> None:
    Path(os.fsdecode(b"src/\xff.py")).write_text("x")
    commit()
    refused = goldfinch("create")
    assert (refused.code, "is not UTF-8" in refused.err) == (2, True)


# comparing


def test_a_diff_says_what_changed_and_shows_the_lines_of_prompts(goldfinch: Goldfinch) -> None:
    created(goldfinch, "--tag", "v1")
    write("prompts/support.md", "Be kind.\nAnswer at length.\nNever guess.\n")
    write("goldfinch.yaml", SETTINGS.replace("gpt-4o-mini", "gpt-4.1").replace("0.2", "0.7"))
    write("src/more.py", "x")
    here = goldfinch("diff", "v1").out
    commit()
    created(goldfinch, "--tag", "v2")
    both = goldfinch("diff", "v1", "v2").out
    assert (
        here
        == both
        == ("prompt prompts/support.md: 1 line changed\nmodel: gpt-4o-mini -> gpt-4.1, temperature 0.2 -> 0.7\ncode: 1 file (1 added)\n")
    )
    assert "  -Answer briefly.\n  +Answer at length.\n" in goldfinch("diff", "v1", "v2", "--lines").out
    found = json.loads(goldfinch("diff", "v1", "v2", "--output", "json").out)
    assert found["summary"].startswith("prompt prompts/support.md: 1 line changed, model: gpt-4o-mini -> gpt-4.1, temperature 0.2 -> 0.7")
    assert goldfinch("diff", "v2", "v2").out.startswith("nothing differs between rel_")


def in_yaml(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


@pytest.mark.parametrize("text", list(TERMINAL_TEXTS.values()))
def test_hostile_prompts_and_parameters_reach_no_terminal(goldfinch: Goldfinch, text: str) -> None:
    harmless = text.encode("utf-8", "replace").decode().replace("\x00", "")
    created(goldfinch, "--tag", "v1")
    write("prompts/support.md", harmless)
    write("goldfinch.yaml", SETTINGS.replace("temperature: 0.2", f"note: {in_yaml(harmless)}"))
    for ended in (goldfinch("diff", "v1", "--lines"), goldfinch("create", "--allow-dirty"), goldfinch("diff", "v1", "--output", "json")):
        assert ended.code == 0, ended.err
        assert all(character == "\n" or character.isprintable() for character in ended.out), ascii(ended.out)


# who may roll it out


def test_denied_then_refused_then_allowed_with_name_and_reason_and_all_of_it_audited(goldfinch: Goldfinch) -> None:
    release = created(goldfinch, "--tag", "v1")["id"]
    denied = goldfinch("deny", "v1", "--reason", "invents order numbers", "--by", "Grace")
    assert denied.out == f"{release} is denied by Grace: invents order numbers\n"
    assert goldfinch("deny", "v1", "--reason", "again", "--by", "Joan").out == denied.out, "the first one holds"
    denial = find_release("v1").denial
    with pytest.raises(ReleaseDenied, match="denied by Grace"):
        require_admitted(denial)
    assert "was denied by Grace" in goldfinch("show", "v1").out
    assert goldfinch("list").out.endswith("by Ada  denied\n")

    assert goldfinch("allow", "v1", "--by", "Joan").code == 2  # no reason
    assert goldfinch("allow", "v1", "--by", "Joan", "--reason", "  ").err.startswith("error E2714: --reason: there is no reason")
    allowed = goldfinch("allow", "v1", "--by", "Joan", "--reason", "the orders service was down")
    assert allowed.out == f"{release} may be rolled out again; Grace had denied it: invents order numbers\n"
    assert refusal(find_release("v1").denial) == ""
    assert goldfinch("allow", "v1", "--by", "Joan", "--reason", "again").err.startswith("error E2704: ")

    store = open_store(load_settings())
    try:
        drafts = [entry.draft for entry in store.audit.entries()]
    finally:
        store.close()
    assert [(draft.action, draft.actor, draft.subject) for draft in drafts] == [
        ("release.create", "Ada", f"release:{release}"),
        ("release.deny", "Grace", f"release:{release}"),
        ("release.allow", "Joan", f"release:{release}"),
    ]
    assert drafts[1].after == drafts[2].before != ""
    assert drafts[2].detail["reason"] == "the orders service was down"


def test_who_acts_is_gits_user_or_has_to_be_named(goldfinch: Goldfinch, monkeypatch: pytest.MonkeyPatch) -> None:
    created(goldfinch, "--tag", "v1")
    assert json.loads(goldfinch("deny", "v1", "--reason", "bad", "--output", "json").out)["by"] == "Ada"
    git("config", "--unset", "user.name")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    assert goldfinch("allow", "v1", "--reason", "good").err.startswith("error E2713: --by: nobody is named")
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    assert goldfinch("allow", "v1", "--reason", "good").code == 0


@pytest.mark.parametrize("command", ["show", "diff", "deny", "allow"])
def test_an_unknown_release_is_one_line(goldfinch: Goldfinch, command: str) -> None:
    created(goldfinch, "--tag", "v1.4.2")
    words = [command, "v1.4.3", *(["--reason", "x", "--by", "Ada"] if command in ("deny", "allow") else [])]
    ended = goldfinch(*words)
    assert (ended.code, ended.err.count("\n"), ended.err[:12]) == (2, 1, "error E2701:")
    assert "did you mean v1.4.2?" in ended.err
