"""Accounts of several seeds, generated once a session: the committed one, and others that nothing was tuned to."""

from __future__ import annotations

import pytest

from generator.account import Account
from generator.accounts import generate

COMMITTED_SEED = 20261124
SEEDS = (COMMITTED_SEED, 1, 2, 3, 4, 5, 6, 7)


@pytest.fixture(scope="session")
def accounts() -> dict[int, tuple[Account, ...]]:
    return {seed: generate(seed) for seed in SEEDS}


@pytest.fixture(scope="session")
def every_account(accounts: dict[int, tuple[Account, ...]]) -> list[Account]:
    return [account for of_seed in accounts.values() for account in of_seed]


@pytest.fixture(scope="session")
def committed(accounts: dict[int, tuple[Account, ...]]) -> dict[str, Account]:
    return {account.name: account for account in accounts[COMMITTED_SEED]}
