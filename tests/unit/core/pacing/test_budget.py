from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.pacing.budget import BudgetLedger, Reservation

prices = st.floats(1e-6, 1.0)


def spend(ledger: BudgetLedger, costs: list[float], *, concurrency: int, worst_case_usd: float | None, random: Random) -> tuple[int, int]:
    """Call as often and as much at once as the ledger allows; how many calls were made, and the most at once."""
    in_flight: list[tuple[float, float]] = []
    made = peak = 0
    while made < len(costs) or in_flight:
        answer, amount = ledger.reserve(worst_case_usd) if made < len(costs) and len(in_flight) < concurrency else (Reservation.WAIT, 0.0)
        if answer is Reservation.GRANTED:
            in_flight.append((amount, costs[made]))
            made += 1
            peak = max(peak, len(in_flight))
        elif in_flight:
            ledger.settle(*in_flight.pop(random.randrange(len(in_flight))))
        else:
            assert answer is Reservation.REFUSED
            break
    return made, peak


@given(limit=st.floats(0.001, 5), price=prices, concurrency=st.integers(1, 60), seed=st.integers(0, 999))
def test_with_equal_prices_the_limit_is_never_passed(limit: float, price: float, concurrency: int, seed: int) -> None:
    ledger = BudgetLedger(limit)
    made, _ = spend(ledger, [price] * 300, concurrency=concurrency, worst_case_usd=None, random=Random(seed))
    # The price is not known before the first call, which is made if there is any money at all.
    assert ledger.spent_usd <= max(limit, price) + 1e-6
    assert made == 300 or made >= int(limit / price - 1e-6)


@given(worst=st.floats(0.001, 0.05), shares=st.lists(st.floats(0, 1), min_size=400, max_size=400), seed=st.integers(0, 999))
def test_with_a_known_worst_case_fifty_calls_at_once_never_pass_the_limit(worst: float, shares: list[float], seed: int) -> None:
    ledger = BudgetLedger(0.10)
    spend(ledger, [worst * share for share in shares], concurrency=50, worst_case_usd=worst, random=Random(seed))
    assert ledger.spent_usd <= 0.10 + 1e-6


@given(price=st.floats(0.0005, 0.02), seed=st.integers(0, 999))
def test_fifty_calls_at_once_pass_ten_cents_by_at_most_one_call(price: float, seed: int) -> None:
    ledger = BudgetLedger(0.10)
    _, peak = spend(ledger, [price] * 400, concurrency=50, worst_case_usd=None, random=Random(seed))
    assert ledger.spent_usd <= 0.10 + price
    assert peak > 1


def test_many_small_prices_add_up_to_the_limit_and_no_further() -> None:
    ledger = BudgetLedger(0.10)
    made, _ = spend(ledger, [0.01] * 50, concurrency=3, worst_case_usd=None, random=Random(0))
    assert made == 10


def test_one_call_goes_alone_until_a_price_is_known() -> None:
    ledger = BudgetLedger(1.0)
    answer, reserved = ledger.reserve(None)
    assert (answer, reserved) == (Reservation.GRANTED, 1.0)
    assert ledger.reserve(None) == (Reservation.WAIT, 0.0)
    ledger.settle(reserved, 0.3)
    assert [ledger.reserve(None)[0] for _ in range(3)] == [Reservation.GRANTED, Reservation.GRANTED, Reservation.WAIT]


def test_one_cheap_answer_does_not_let_fifty_dear_ones_go_at_once() -> None:
    ledger = BudgetLedger(0.10)
    made, _ = spend(ledger, [0.0001] + [0.05] * 49, concurrency=50, worst_case_usd=None, random=Random(0))
    assert made == 3
    assert ledger.spent_usd <= 0.10 + 0.05


def test_a_call_that_was_not_made_gives_its_money_back() -> None:
    ledger = BudgetLedger(1.0)
    _, reserved = ledger.reserve(0.9)
    assert ledger.reserve(0.9)[0] is Reservation.WAIT
    ledger.release(reserved)
    assert ledger.reserve(0.9)[0] is Reservation.GRANTED
    assert (ledger.settled, ledger.spent_usd) == (0, 0.0)


def test_a_call_that_never_fits_is_refused_when_nothing_is_in_flight() -> None:
    assert BudgetLedger(0.10).reserve(0.11) == (Reservation.REFUSED, 0.0)


def test_unknown_costs_are_held_against_the_limit_and_are_in_no_figure() -> None:
    ledger = BudgetLedger(1.0)
    ledger.settle(ledger.reserve(None)[1], 0.25)
    for _ in range(3):
        ledger.settle(ledger.reserve(None)[1], None)
    assert ledger.reserve(None)[0] is Reservation.REFUSED
    assert (ledger.spent_usd, ledger.assumed_usd, ledger.unknown) == (0.25, 0.75, 3)
    assert ledger.projected_usd(4, least=1) == 1.0


def test_what_earlier_sessions_spent_counts() -> None:
    ledger = BudgetLedger(1.0, earlier_usd=0.9)
    made, _ = spend(ledger, [0.05] * 10, concurrency=4, worst_case_usd=None, random=Random(0))
    assert made == 2
    assert ledger.spent_usd == pytest.approx(0.10)
    assert BudgetLedger(1.0, earlier_usd=1.0).reserve(None)[0] is Reservation.REFUSED


def test_without_a_limit_everything_is_granted_and_counted() -> None:
    ledger = BudgetLedger()
    assert {ledger.reserve(None) for _ in range(100)} == {(Reservation.GRANTED, 0.0)}
    ledger.settle(0.0, 2.5)
    ledger.settle(0.0, None)
    assert (ledger.spent_usd, ledger.unknown, ledger.assumed_usd) == (2.5, 1, 0.0)


def test_projects_from_the_first_ten_known_costs_or_all_of_fewer() -> None:
    ledger = BudgetLedger(100.0)
    assert ledger.projected_usd(1000) is None
    for _ in range(9):
        ledger.settle(0.0, 0.02)
    ledger.settle(0.0, None)
    assert ledger.projected_usd(1000) is None
    assert ledger.projected_usd(9) == pytest.approx(0.18)
    ledger.settle(0.0, 0.02)
    assert ledger.projected_usd(1000) == pytest.approx(20.0)
