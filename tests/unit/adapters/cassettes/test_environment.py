"""The variables that lead SDKs to the proxy: set for a while, then as they were."""

from __future__ import annotations

import os

import pytest

from goldfinch.adapters.cassettes.environment import REPLAY_KEY, UPSTREAMS, leading_to, upstreams_now, with_stand_in_keys


def test_where_a_variable_leads_own_settings_then_the_environment_then_the_sdk() -> None:
    found = upstreams_now(
        {"MY_URL": "https://mine.example", "GROQ_BASE_URL": "https://own.example"}, {"ANTHROPIC_BASE_URL": "https://gate"}
    )
    assert found["MY_URL"] == "https://mine.example"
    assert found["GROQ_BASE_URL"] == "https://own.example"
    assert found["ANTHROPIC_BASE_URL"] == "https://gate"
    assert found["TOGETHER_BASE_URL"] == UPSTREAMS["TOGETHER_BASE_URL"]


def test_the_second_name_of_openais_address_follows_the_first() -> None:
    assert upstreams_now({}, {"OPENAI_BASE_URL": "https://gate/v1"})["OPENAI_API_BASE"] == "https://gate/v1"
    both = {"OPENAI_BASE_URL": "https://gate/v1", "OPENAI_API_BASE": "https://other/v1"}
    assert upstreams_now({}, both)["OPENAI_API_BASE"] == "https://other/v1"


def test_only_missing_keys_get_a_stand_in() -> None:
    assert with_stand_in_keys({"A_KEY": "real", "B_KEY": ""}, ["A_KEY", "B_KEY", "C_KEY"]) == {
        "A_KEY": "real",
        "B_KEY": REPLAY_KEY,
        "C_KEY": REPLAY_KEY,
    }


def test_the_environment_is_put_back_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gate/v1")
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.delenv("A_KEY", raising=False)
    before = dict(os.environ)
    with leading_to({"OPENAI_BASE_URL": "http://127.0.0.1:1/x"}, ["A_KEY"]):
        assert os.environ["OPENAI_BASE_URL"] == "http://127.0.0.1:1/x"
        assert os.environ["A_KEY"] == REPLAY_KEY
        assert os.environ["NO_PROXY"] == "intranet,127.0.0.1"
    assert dict(os.environ) == before
    with pytest.raises(ValueError, match="inside"), leading_to({"OPENAI_BASE_URL": "http://127.0.0.1:1/x"}, ["A_KEY"]):
        raise ValueError("inside")
    assert dict(os.environ) == before
