"""Fixtures are found by name, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from src.evaluation.fixtures import BrokenFixture, UnknownFixture, load_fixture

SAMPLE = "campaign_optimization/real_scenario_001.json"


def test_the_specifications_sample_is_an_account_in_line() -> None:
    account = load_fixture(SAMPLE)["account"]
    assert {"name", "currency", "first_date", "last_date", "budget", "brand", "targets", "notes", "tables"} == set(account)
    assert set(account["tables"]) == {"daily", "orders", "creatives"}
    assert account["first_date"] <= account["tables"]["daily"][0]["date"]
    assert account["tables"]["daily"][-1]["date"] <= account["last_date"]


@pytest.mark.parametrize("number", range(1, 6))
def test_every_scenario_has_two_campaigns_with_data(number: int) -> None:
    account = load_fixture(f"campaign_optimization/real_scenario_{number:03d}.json")["account"]
    assert len({row["campaign"] for row in account["tables"]["daily"]}) == 2


def test_each_call_gives_a_value_of_its_own() -> None:
    load_fixture(SAMPLE)["account"]["tables"].clear()
    assert load_fixture(SAMPLE)["account"]["tables"]


def test_a_miss_names_the_known_ones() -> None:
    with pytest.raises(UnknownFixture, match=r"real_scenario_001\.json, campaign_optimization/real_scenario_002\.json"):
        load_fixture("campaign_optimization/real_scenario_999.json")


@pytest.mark.parametrize("name", ["../secret.json", "sub/../../secret.json", "./one.json", "", "sub", "link.json", "linked/secret.json"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "fixtures"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    (folder / "one.json").write_text("{}", encoding="utf-8")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(UnknownFixture, match=r"known: one\.json$"):
        load_fixture(name, folder=folder)


def test_an_absolute_name_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnknownFixture):
        load_fixture(str(tmp_path / "one.json"), folder=tmp_path)


def test_a_folder_that_is_not_there_has_no_fixtures(tmp_path: Path) -> None:
    with pytest.raises(UnknownFixture, match="known: none"):
        load_fixture("one.json", folder=tmp_path / "nowhere")


@pytest.mark.parametrize(("content", "reason"), [(b'{"a": ', "not JSON"), (b"\xff", "not JSON"), (b"[1]", "this is a list")])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "one.json").write_bytes(content)
    with pytest.raises(BrokenFixture, match=rf"one\.json: .*{reason}"):
        load_fixture("one.json", folder=tmp_path)


def test_what_the_file_holds_is_given(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps({"account": "ä"}, ensure_ascii=False), encoding="utf-8")
    assert load_fixture("one.json", folder=tmp_path) == {"account": "ä"}
