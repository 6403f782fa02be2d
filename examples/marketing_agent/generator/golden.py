"""Writes the golden dataset: `python -m generator.golden --seed 20261124 --data data/ --output evaluation/datasets/golden`.

`--data` is the folder of the accounts that the questions are about; it must hold what the seed generates, so that no case asks about
other data than it knows. `--paraphrase-seed` draws other wordings of the same cases.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.account import Account
from generator.accounts import generate
from generator.questions import questions_of

SEED = 20261124
PARAPHRASE_SEED = 1
HEADER = """\
# Written by `python -m generator.golden` (docs/golden-dataset.md); change generator/questions/, not these files.
schema_version: 1
name: marketing-agent-golden
description: >-
  Questions of marketers to the reference agent, each with an answer that the data's generator knows to be true:
  figures, diagnosis, budget, significance, brand rules, spoilt data, ambiguity, conversations, injection, personal data, limits.
  Accounts of seed {seed}, wording of seed {paraphrase_seed}.
files: [{files}]
defaults:
  weight: 1
"""


def cases(seed: int, paraphrase_seed: int = PARAPHRASE_SEED) -> dict[str, list[dict[str, Any]]]:
    """The cases by family. Other paraphrase seeds word the same ids otherwise; other seeds ask about other accounts."""
    return {family: [one.case(paraphrase_seed) for one in asked] for family, asked in questions_of(generate(seed), seed).items()}


def write(output: Path, seed: int, paraphrase_seed: int = PARAPHRASE_SEED) -> dict[str, int]:
    """Write the dataset below `output`; gives the number of cases by family. Files of families that are gone are removed."""
    made = cases(seed, paraphrase_seed)
    output.mkdir(parents=True, exist_ok=True)
    for stale in set(output.glob("*.jsonl")) - {output / f"{family}.jsonl" for family in made}:
        stale.unlink()
    for family, listed in made.items():
        _replace(output / f"{family}.jsonl", "".join(_line(case) for case in listed))
    _replace(
        output / "dataset.yaml",
        HEADER.format(seed=seed, paraphrase_seed=paraphrase_seed, files=", ".join(f"{name}.jsonl" for name in made)),
    )
    return {family: len(listed) for family, listed in made.items()}


def _line(case: Mapping[str, Any]) -> str:
    return json.dumps(case, ensure_ascii=False) + "\n"


def _replace(path: Path, text: str) -> None:
    """To a temporary file first, so that nobody reads half a file."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.chmod(file.name, 0o644)  # as an ordinary file; temporary files are for the owner alone
    os.replace(file.name, path)


def differs(accounts: Iterable[Account], data: Path) -> str | None:
    """Why the folder does not hold these accounts, in words; None where it does."""
    for account in accounts:
        path = data / account.name / "account.json"
        if not path.is_file():
            return f"{path} is missing"
        if json.loads(path.read_text(encoding="utf-8")) != account.document:
            return f"{path} is of another seed"
    return None


def _remedy(seed: int, data: Path) -> str:
    """The command that writes the accounts; never over the committed ones, which are of `SEED`."""
    folder = data if seed == SEED or not data.exists() else Path(f"seed-{seed}")
    again = "" if folder == data else f", then give `--data {folder}`"
    return f"write it with `python -m generator.write --seed {seed} --data {shlex.quote(str(folder))}`{again}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generator.golden", description="Write the golden dataset.")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the accounts")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the accounts of that seed")
    parser.add_argument("--output", type=Path, default=Path("evaluation/datasets/golden"), help="folder of the dataset")
    parser.add_argument("--paraphrase-seed", type=int, default=PARAPHRASE_SEED, help="seed of the wording")
    given = parser.parse_args(arguments)
    if problem := differs(generate(given.seed), given.data):
        print(f"error: {problem}; {_remedy(given.seed, given.data)}", file=sys.stderr)
        return 2
    written = write(given.output, given.seed, given.paraphrase_seed)
    print(f"{given.output}: {sum(written.values())} cases ({', '.join(f'{family} {count}' for family, count in written.items())})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
