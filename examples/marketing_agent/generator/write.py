"""Write the accounts of a seed as folders: `python -m generator.write --seed 20261124 --data data/`.

The truth is not among what is written: a folder holds `account.json` and the tables, as docs/data.md describes them.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from generator.account import Account
from generator.accounts import generate

MARK = "GENERATED"
"""File in a data folder that says who wrote it; without it, a folder that is not empty is never replaced."""


class NotOurs(Exception):
    """The folder holds something that this program did not write."""


def write(accounts: Sequence[Account], folder: Path, mark: str) -> None:
    """Replace `folder` by the accounts; it is whole before and after, and as it was where writing fails.

    `mark`: the text of the file `GENERATED`. Raises `NotOurs` for a folder with other people's files, `OSError`.
    """
    folder = folder.resolve()
    if folder.exists() and not (folder / MARK).is_file() and any(folder.iterdir()):
        raise NotOurs(f"{folder} holds files that were not generated (it has no {MARK}); name another folder, or empty it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        fresh, old = Path(scratch) / "fresh", Path(scratch) / "old"
        for account in accounts:
            _write_account(account, fresh / account.name)
        (fresh / MARK).write_text(mark, encoding="utf-8", newline="\n")
        _replace(folder, fresh, old)


def _replace(folder: Path, fresh: Path, old: Path) -> None:
    """Two renames; where the second fails, the first is undone."""
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise


def _write_account(account: Account, folder: Path) -> None:
    folder.mkdir(parents=True)
    document = json.dumps(account.document, indent=2, ensure_ascii=False)
    (folder / "account.json").write_text(f"{document}\n", encoding="utf-8", newline="\n")
    for name, rows in account.tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 where all is written, 2 with one line of reason where it is not."""
    parser = argparse.ArgumentParser(prog="python -m generator.write", description="Write the accounts of a seed as folders.")
    parser.add_argument("--seed", type=int, required=True, help="which accounts; 20261124 are the committed ones")
    parser.add_argument("--data", type=Path, required=True, help="folder to write; what was generated there before is replaced")
    options = parser.parse_args(arguments)
    try:
        write(generate(options.seed), options.data, f"python -m generator.write --seed {options.seed}\n")
    except (NotOurs, OSError) as error:
        print(f"nothing written: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
