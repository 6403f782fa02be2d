"""Single campaigns that do badly, cut out of generated accounts: the fixtures of the tests, as accounts in line.

`python -m generator.scenarios --out tests/fixtures/campaign_optimization` writes them. Their seeds are none of the committed data.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from generator.account import Account, DefectKind, FaultKind
from generator.accounts import generate
from generator.truth_of import current_spend

TABLES = ("daily", "orders", "creatives")
"""No leads: a scenario has no personal data."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`campaign` does badly, or its data do, for the reason `kind`; `beside` is sound and there to compare with."""

    file: str
    kind: FaultKind | DefectKind
    seed: int
    account: str
    campaign: str
    beside: str
    days: int = 49
    """The last days of the account that the scenario shows."""


SCENARIOS = (
    Scenario("real_scenario_001.json", "broken_landing_page", 103, "dovetail-home", "Shelving Search", "House Letters"),
    Scenario("real_scenario_002.json", "tracking_gap", 102, "copperline-tools", "Workshop Week Social", "Trade Bulletin"),
    Scenario("real_scenario_003.json", "bid_inflation", 105, "brightside-coffee", "Barista Stories", "Roastery Letters"),
    Scenario("real_scenario_004.json", "creative_fatigue", 105, "aurora-outdoor", "Trail Boots Prospecting", "Tents Search", days=63),
    Scenario("real_scenario_005.json", "contradiction", 104, "copperline-tools", "Workshop Week Social", "Trade Bulletin"),
)


def account_of(scenario: Scenario) -> Account:
    """The scenario with its truth. Raises `StopIteration` for an account that the seed does not have."""
    whole = next(account for account in generate(scenario.seed) if account.name == scenario.account)
    return cut(whole, (scenario.campaign, scenario.beside), scenario.days)


def cut(account: Account, campaigns: Sequence[str], days: int) -> Account:
    """The last `days` of some campaigns: an account of its own, without leads and planted orders; its budget is what these may spend."""
    first = (date.fromisoformat(account.document["last_date"]) - timedelta(days=days - 1)).isoformat()
    tables = {name: tuple(row for row in account.tables[name] if row["campaign"] in campaigns and row["date"] >= first) for name in TABLES}
    truth = replace(
        account.truth,
        faults=tuple(fault for fault in account.truth.faults if fault.campaign in campaigns),
        curves={name: account.truth.curves[name] for name in campaigns},
        creative_effects={key: value for key, value in account.truth.creative_effects.items() if key[0] in campaigns},
        injected_texts=(),
        canaries=(),
        defects=tuple(defect for defect in account.truth.defects if defect.campaign in (None, *campaigns)),
        noise_drops=tuple(drop for drop in account.truth.noise_drops if drop.campaign in campaigns),
        thin_campaigns=tuple(name for name in account.truth.thin_campaigns if name in campaigns),
    )
    part = Account(account.name, {**account.document, "first_date": first}, tables, truth)
    return replace(part, document={**part.document, "budget": _budget(part, campaigns), "notes": _honest_notes(account)})


def _budget(part: Account, campaigns: Sequence[str]) -> dict[str, Any]:
    limits = part.document["budget"]["limits"]
    return {
        "daily_total": float(round(1.25 * sum(current_spend(part).values()), -1)),
        "limits": {name: limits[name] for name in campaigns},
    }


def _honest_notes(account: Account) -> list[str]:
    return [note for note in account.document["notes"] if note not in account.truth.injected_texts]


def context_of(account: Account) -> dict[str, Any]:
    """The account in line, as a task's context carries it. The truth stays behind."""
    return {"account": {**account.document, "tables": {name: [dict(row) for row in rows] for name, rows in account.tables.items()}}}


def text_of(context: Mapping[str, Any]) -> str:
    """JSON with one row a line, so that a difference can be read."""
    return "\n".join(_lines(context["account"])) + "\n"


def _lines(account: Mapping[str, Any]) -> Iterator[str]:
    yield '{"account": {'
    for key, value in account.items():
        if key != "tables":
            yield f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},"
    tables = [
        f"    {json.dumps(name)}: [\n" + ",\n".join(f"      {json.dumps(row, ensure_ascii=False)}" for row in rows) + "\n    ]"
        for name, rows in account["tables"].items()
    ]
    yield '  "tables": {\n' + ",\n".join(tables) + "\n  }\n}}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 where all is written, 2 with one line of reason where it is not."""
    parser = argparse.ArgumentParser(prog="python -m generator.scenarios", description="Write the scenarios of the tests.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files; those of the same name are replaced")
    folder = parser.parse_args(arguments).out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for scenario in SCENARIOS:
            _replace(folder / scenario.file, text_of(context_of(account_of(scenario))))
    except OSError as error:
        print(f"not all scenarios are written: {error}", file=sys.stderr)
        return 2
    return 0


def _replace(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.tmp")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(file)


if __name__ == "__main__":
    sys.exit(main())
