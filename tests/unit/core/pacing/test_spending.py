"""Sums of what calls took: unknown is never 0, and a limit is never called kept where nobody can tell."""

from __future__ import annotations

from goldfinch.core.pacing.spending import Spending, SpendingLimit, Spent


def spending(*spent: Spent) -> Spending:
    total = Spending()
    for one in spent:
        total.add(one)
    return total


def test_adds_up_cost_and_tokens_and_tells_replayed_from_paid() -> None:
    total = spending(Spent(0.5, 10), Spent(0.25, 5, paid=False))
    assert (total.calls, total.replayed, total.cost_usd, total.paid_usd, total.tokens) == (2, 1, 0.75, 0.5, 15)


def test_one_unknown_part_makes_the_sum_unknown_and_leaves_a_lower_bound() -> None:
    total = spending(Spent(0.5, 10), Spent(None, None, model="mystery"))
    assert (total.cost_usd, total.tokens, total.known_cost_usd, total.known_tokens) == (None, None, 0.5, 10)


def test_nothing_is_zero() -> None:
    assert (Spending().cost_usd, Spending().tokens) == (0.0, 0)


def test_a_limit_is_exceeded_above_it_and_not_at_it() -> None:
    limit = SpendingLimit(0.5, 10)
    assert limit.exceeded_by(spending(Spent(0.5, 10))) == ""
    assert limit.exceeded_by(spending(Spent(0.6, 1))) == "$0.6 spent, $0.5 allowed (1 call)"
    assert limit.exceeded_by(spending(Spent(0.1, 6), Spent(0.1, 1_006))) == "1,012 tokens used, 10 allowed (2 calls)"
    assert SpendingLimit().exceeded_by(spending(Spent(1e9, 10**9))) == ""


def test_known_parts_alone_may_exceed_a_limit() -> None:
    assert SpendingLimit(0.5).exceeded_by(spending(Spent(0.6, 1), Spent(None, 1)))


def test_says_what_is_unknown_where_it_matters() -> None:
    total = spending(Spent(None, None, model="mystery"), Spent(0.1, 1))
    assert SpendingLimit(usd=1).unknown_of(total) == "the cost of 1 of 2 calls is unknown (model mystery)"
    assert SpendingLimit(tokens=1).unknown_of(total) == "the tokens of 1 of 2 calls are unknown"
    assert SpendingLimit().unknown_of(total) == ""
    assert SpendingLimit(1, 1).unknown_of(spending(Spent(0.1, 1))) == ""
