from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import ConfigurationError
from goldfinch.settings import PythonAgent, ScorerSettings, Settings


def refused(folder: Path, text: str, name: str = "goldfinch.yaml") -> ConfigurationError:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder=folder)
    assert "\n" not in str(caught.value)
    return caught.value


YAML = """
dataset: golden
agent: {kind: python, target: "my_agent:answer"}
scorers: [exact, {kind: numeric, pass_mark: 0.5, tolerance: 0.1}]
run: {trials: 3, timeout_s: 5}
"""
TOML = """
[tool.goldfinch]
dataset = "golden"
agent = { kind = "python", target = "my_agent:answer" }
scorers = ["exact", { kind = "numeric", pass_mark = 0.5, tolerance = 0.1 }]
run = { trials = 3, timeout_s = 5 }
"""


@pytest.mark.parametrize(("name", "text"), [("goldfinch.yaml", YAML), ("pyproject.toml", TOML)])
def test_reads_yaml_and_pyproject_alike(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    loaded = load_settings(folder=tmp_path)
    settings = loaded.settings
    assert loaded.file == tmp_path / name
    assert loaded.path("golden") == tmp_path / "golden"
    assert settings.agent == PythonAgent(target="my_agent:answer")
    assert (settings.dataset, settings.run.trials, settings.run.timeout_s, settings.run.concurrency) == ("golden", 3, 5.0, 16)
    assert settings.scorers[0] == "exact"
    numeric = settings.scorers[1]
    assert isinstance(numeric, ScorerSettings)
    assert (numeric.kind, numeric.pass_mark, numeric.options) == ("numeric", 0.5, {"tolerance": 0.1})


def test_a_path_of_the_settings_starts_at_their_file_and_an_absolute_one_stays(tmp_path: Path) -> None:
    (tmp_path / "ci.yaml").write_text("dataset: golden\n")
    loaded = load_settings(tmp_path / "ci.yaml", folder=Path("/somewhere/else"))
    assert loaded.path("golden") == tmp_path / "golden"
    assert loaded.path("/data/golden") == Path("/data/golden")


def test_goldfinch_yaml_goes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TOML)
    (tmp_path / "goldfinch.yaml").write_text("run: {trials: 9}")
    assert load_settings(folder=tmp_path).settings.run.trials == 9


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_means_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "goldfinch.yaml").write_text(text)
    assert load_settings(folder=tmp_path).settings.run.trials == 1


def test_a_pyproject_of_others_means_the_defaults_unless_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 99\n")
    assert load_settings(folder=tmp_path).file is None
    with pytest.raises(ConfigurationError, match=r"has no table \[tool.goldfinch\]") as caught:
        load_settings(tmp_path / "pyproject.toml")
    assert caught.value.code == "E1101"


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("runs: {}", "`runs`", "did you mean `run`?"),
        ("run: {trails: 3}", "`run.trails`", "did you mean `trials`?"),
        ("agent: {kind: python, tagret: 'a:b'}", "`agent.tagret` (and 1 more)", "did you mean `target`?"),
        ("agent: {kind: openai, model: m, bose_url: x}", "`agent.bose_url`", "did you mean `base_url`?"),
        (
            "prices: {openai: {input_per_mtoks: 1, output_per_mtok: 2}}",
            "`prices.openai.input_per_mtoks` (and 1 more)",
            "did you mean `input_per_mtok`?",
        ),
        ("judge: {modle: {kind: openai}}", "`judge.modle`", "did you mean `model`?"),
        ("judge: {model: {kind: openai, model: m, bose_url: x}}", "`judge.model.bose_url`", "did you mean `base_url`?"),
        (
            "zzz: 1",
            "`zzz`",
            f"known keys: {', '.join(Settings.model_fields)}",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path, text: str, key: str, hint: str) -> None:
    error = refused(tmp_path, text)
    assert (error.code, int(error.exit_code)) == ("E1102", 2)
    assert str(error) == f"{tmp_path / 'goldfinch.yaml'}: unknown key {key}; {hint}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("run: {trials: true}", "`run.trials`: input should be a valid integer, not True"),
        ("run: {trials: '3'}", "`run.trials`: input should be a valid integer, not '3'"),
        ("run: {trials: 0}", "`run.trials`: input should be greater than 0, not 0"),
        ("run: {budget_usd: .nan}", "holds .nan; numbers must be finite"),
        ("run: []", "`run`: input should be a mapping of keys, not a list"),
        ("agent: my_agent:answer", "`agent`: input should be a mapping of keys, not 'my_agent:answer'"),
        ("agent: {kind: python}", "`agent.target`: field required"),
        ("dataset: 5", "`dataset`: input should be a valid string, not 5"),
        ("dataset: [a, 2]", "`dataset[1]`: input should be a valid string, not 2"),
        ("scorers: exact", "`scorers`: input should be a valid list, not 'exact'"),
        ("scorers: [exact, 5]", "`scorers[1]`: input should be a valid string, not 5"),
        ("scorers: [{kind: exact, pass_mark: 2}]", "`scorers[0].pass_mark`: input should be less than or equal to 1, not 2"),
        ("scorers: [{name: x}]", "`scorers[0].kind`: field required"),
        ("prices: {openai: {input_per_mtok: -1, output_per_mtok: 2}}", "`prices.openai.input_per_mtok`: input should be greater than"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    error = refused(tmp_path, text)
    assert error.code in ("E1103", "E1101")
    assert told in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "agent: {kind: openai, model: m, api_key: [hunter22-secret]}",
        "agent: {kind: http, url: u, headers: {Authorization: {Bearer: hunter22-secret}}}",
        "agent: [hunter22-secret]",
        "scorers: {api_key: hunter22-secret}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(tmp_path: Path, text: str) -> None:
    assert "hunter22" not in str(refused(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("goldfinch.yaml", "run:\n  trials: [1\n", "goldfinch.yaml:"),
        ("goldfinch.yaml", "run: {trials: 1}\nrun: {trials: 2}\n", "goldfinch.yaml:2"),
        ("goldfinch.yaml", "- a\n- b\n", "is a list, not a mapping of settings"),
        ("pyproject.toml", "[tool.goldfinch\n", "line 1"),
        ("pyproject.toml", "[tool]\ngoldfinch = 3\n", "is a int, not a mapping of settings"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    error = refused(tmp_path, text, name)
    assert error.code == "E1101"
    assert told in str(error)


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file; correct --config") as caught:
        load_settings(tmp_path / "ci.yaml")
    assert caught.value.code == "E1101"
