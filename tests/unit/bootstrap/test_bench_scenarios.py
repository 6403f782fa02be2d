"""From the `bench:` section to scenarios with their targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.load.agent import AgentTarget
from goldfinch.adapters.load.request import RequestTarget
from goldfinch.bootstrap.bench_scenarios import aimed, bench_settings, chosen, scenario_of, spoken_target
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import ConfigurationError, GoldfinchError, UsageError
from goldfinch.core.load.scenario import Arrivals, ClosedLoop, OpenLoop
from goldfinch.settings import Settings

REQUEST = {"kind": "request", "url": "http://127.0.0.1:8000/ask?key=1"}


def loaded(*scenarios: dict[str, Any], **more: Any) -> LoadedSettings:
    return LoadedSettings(Settings.model_validate({"bench": {"scenarios": list(scenarios)}, **more}), Path())


def test_a_rate_makes_an_open_loop_and_a_concurrency_a_closed_one() -> None:
    even = {"rate_per_s": 5.0, "arrivals": "constant"}
    settings = loaded({"name": "a", "load": even}, {"name": "b", "load": {"concurrency": 3}}, {"name": "c"})
    opened, closed, usual = map(scenario_of, chosen(settings, None))
    assert opened.load == OpenLoop(5.0, Arrivals.CONSTANT)
    assert closed.load == ClosedLoop(3)
    assert usual.load == ClosedLoop(16)
    assert (usual.objective.p95_ms, usual.objective.min_rps) == (2000.0, 10.0)
    assert opened.objective.min_rps is None


def test_an_objective_that_an_open_loop_can_never_reach_is_refused() -> None:
    (one,) = chosen(loaded({"name": "a", "load": {"rate_per_s": 5.0}, "objective": {"min_rps": 10.0}}), None)
    with pytest.raises(ConfigurationError, match="above the rate"):
        scenario_of(one)


def test_a_plain_request_is_sent_as_bytes_and_shown_without_its_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "s3cret-path")
    target = {
        **REQUEST,
        "url": "http://127.0.0.1:8000/${SHOP}/ask?key=1",
        "method": "POST",
        "body": {"q": 1},
        "headers": {"X-Key": "${SHOP}"},
    }
    settings = loaded({"name": "a", "target": target})
    one = aimed(chosen(settings, None)[0], settings)
    assert isinstance(one.target, RequestTarget)
    assert "s3cret-path" not in one.target.name
    assert "key=1" not in one.target.name
    payload = one.target._request.payload
    assert payload.startswith(b"POST /s3cret-path/ask?key=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")
    assert payload.endswith(b'Content-Length: 8\r\n\r\n{"q": 1}')


@pytest.mark.parametrize("headers", [{"X": "a\r\nB: c"}, {"Host": "x"}, {"Content-Length": "5"}, {"A B": "c"}, {"X": "ä"}])
def test_a_header_that_would_make_another_request_is_refused(headers: dict[str, str]) -> None:
    settings = loaded({"name": "a", "target": {**REQUEST, "headers": headers}})
    with pytest.raises(ConfigurationError) as raised:
        aimed(chosen(settings, None)[0], settings)
    assert raised.value.code == "E2502"


@pytest.mark.parametrize("url", ["ftp://x/", "http://", "http://user:pw@h/", "http://169.254.169.254/"])
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    settings = loaded({"name": "a", "target": {"kind": "request", "url": url}})
    with pytest.raises(GoldfinchError):
        aimed(chosen(settings, None)[0], settings)


def test_an_agent_is_asked_the_inputs() -> None:
    settings = loaded({"name": "a", "inputs": ["x", {"y": 1}]}, agent={"kind": "python", "target": "json:dumps"})
    one = aimed(chosen(settings, None)[0], settings)
    assert isinstance(one.target, AgentTarget)
    assert [case.input for case in one.target._cases] == ["x", {"y": 1}]


def test_an_agent_is_asked_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "golden.jsonl").write_text('{"id": "a", "input": "q"}\n')
    settings = loaded(agent={"kind": "python", "target": "json:dumps"}, dataset=str(tmp_path / "golden.jsonl"))
    (default,) = chosen(settings, None)
    assert default.name == "default"
    target = aimed(default, settings).target
    assert isinstance(target, AgentTarget)
    assert [case.id for case in target._cases] == ["a"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (loaded(), "E2501"),
        (loaded({"name": "a"}), "E2508"),
        (loaded({"name": "a"}, agent={"kind": "python", "target": "json:dumps"}), "E2508"),
        (loaded({"name": "a", "target": REQUEST}, {"name": "a", "target": REQUEST}), "E2502"),
    ],
)
def test_what_is_missing_or_twice_is_named(settings: LoadedSettings, code: str) -> None:
    with pytest.raises(GoldfinchError) as raised:
        aimed(chosen(settings, None)[0], settings)
    assert raised.value.code == code


def test_an_unknown_scenario_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(UsageError, match="there are a, b"):
        chosen(loaded({"name": "a"}, {"name": "b"}), ["c"])


def test_code_named_in_a_file_is_refused_where_it_may_not_run() -> None:
    settings = loaded({"name": "a", "inputs": ["x"]}, agent={"kind": "python", "target": "json:dumps"}, allow_code=False)
    with pytest.raises(ConfigurationError) as raised:
        aimed(chosen(settings, None)[0], settings)
    assert raised.value.code == "E1370"


def test_a_url_takes_the_place_of_the_scenarios_own() -> None:
    settings = loaded({"name": "a", "target": {**REQUEST, "method": "PUT"}})
    (one,) = chosen(settings, None)
    assert spoken_target("http://127.0.0.1:9/x", one, settings).name == "PUT http://127.0.0.1:9/x"
    with pytest.raises(UsageError, match="is no URL"):
        spoken_target("shop:answer", one, settings)


def test_an_agent_on_the_command_line_is_as_for_evaluate() -> None:
    settings = loaded({"name": "a", "inputs": ["x"]})
    (one,) = chosen(settings, None)
    assert spoken_target("json:dumps", one, settings).name == "json:dumps"
    assert spoken_target("http://127.0.0.1:9/x", one, settings).name == "GET http://127.0.0.1:9/x"
    with pytest.raises(UsageError, match="names no agent"):
        spoken_target("nothing", one, settings)


def test_scenarios_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.yaml"
    file.write_text("scenarios: [{name: a, target: {kind: request, url: 'http://127.0.0.1:1/'}}]\n")
    assert [one.name for one in bench_settings(None, file).settings.bench.scenarios] == ["a"]
    file.write_text("scenarios: [{name: a, rate: 5}]\n")
    with pytest.raises(ConfigurationError, match=r"unknown key `bench\.scenarios\[0\]\.rate`"):
        bench_settings(None, file)
    with pytest.raises(ConfigurationError, match="no such file"):
        bench_settings(None, tmp_path / "none.yaml")
