"""The tables of docs/generator.md say what is in the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.account import Account
from generator.catalogue import CHANNELS
from generator.scenarios import SCENARIOS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "generator.md").read_text(encoding="utf-8")


def planted(accounts: list[Account]) -> Iterator[str]:
    for account in accounts:
        for fault in account.truth.faults:
            yield f"| `{account.name}` | {fault.campaign} | `{fault.kind}` | from {fault.start} | {fault.strength:.2f} |"
        for defect in account.truth.defects:
            what = " ".join([f"`{defect.kind}`", *defect.columns])
            yield f"| `{account.name}` | {defect.campaign or 'all'} | {what} | {defect.start} to {defect.end} | |"
        for drop in account.truth.noise_drops:
            yield f"| `{account.name}` | {drop.campaign} | drop by chance | {drop.start} to {drop.end} | |"
        for campaign in account.truth.thin_campaigns:
            yield f"| `{account.name}` | {campaign} | thin | all | |"


def section(title: str) -> list[str]:
    text = PAGE.split(f"{title}\n", 1)[1].split("\n#")[0]
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def test_the_page_names_everything_that_is_planted_in_the_committed_accounts(committed: dict[str, Account]) -> None:
    assert section("### In the committed accounts") == list(planted(list(committed.values())))


def test_the_page_names_every_scenario() -> None:
    assert section("## Scenarios") == [f"| `{each.file}` | `{each.kind}` | {each.campaign} of `{each.account}` |" for each in SCENARIOS]


def test_the_page_gives_the_ranges_of_every_channel() -> None:
    for name, channel in CHANNELS.items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |")]
        percent = [f"{100 * low:.1f}–{100 * high:.1f}" for low, high in (channel.ctr, channel.cvr)]
        cpc, exponent = (f"{low:.2f}–{high:.2f}" for low, high in (channel.cpc, channel.exponent))
        spend, frequency = f"{channel.spend[0]}–{channel.spend[1]}", "{:.1f}–{:.1f}".format(*channel.frequency)
        assert row == f"| {name} | {percent[0]} | {cpc} | {percent[1]} | {exponent} | {spend} | {frequency} |"
