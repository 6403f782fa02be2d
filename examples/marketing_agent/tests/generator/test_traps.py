"""What looks like something and is nothing, and what is wrong with the data and not with a campaign."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from statistics import NormalDist

import pytest
from reported import rate, sums
from scipy import stats  # type: ignore[import-untyped]

from generator import truth_of
from generator.account import Account, NoiseDrop
from generator.chance import looks_like_a_drop, p_of_rates


def drops(every_account: list[Account]) -> Iterator[tuple[Account, NoiseDrop, list[dict[str, float]]]]:
    for account in every_account:
        for drop in account.truth.noise_drops:
            length = drop.end - drop.start + timedelta(days=1)
            earlier = sums(account, campaign=drop.campaign, start=drop.start - length, end=drop.start - timedelta(days=1))
            yield account, drop, [earlier, sums(account, campaign=drop.campaign, start=drop.start, end=drop.end)]


def test_every_seed_has_drops_by_chance_and_none_of_them_is_a_fault(accounts: dict[int, tuple[Account, ...]]) -> None:
    for of_seed in accounts.values():
        found = list(drops(list(of_seed)))
        assert len(found) == 2
        assert not any(drop.campaign in truth_of.faults(account) for account, drop, _ in found)


def test_a_drop_by_chance_looks_large_and_is_not_significant_by_an_exact_test(every_account: list[Account]) -> None:
    for _, _, (before, after) in drops(every_account):
        assert after["conversions"] <= 0.82 * before["conversions"]
        table = [[part["conversions"], part["clicks"] - part["conversions"]] for part in (before, after)]
        assert stats.fisher_exact(table).pvalue > 0.05
        assert stats.binomtest(int(after["conversions"]), int(before["conversions"] + after["conversions"])).pvalue > 0.05


def test_a_drop_by_chance_has_no_change_of_budget_as_its_reason(every_account: list[Account]) -> None:
    for _, _, (before, after) in drops(every_account):
        assert after["cost"] == pytest.approx(before["cost"], rel=0.15)


@pytest.mark.parametrize(
    ("clicks", "conversions", "expected"),
    [
        ((1000, 1000), (40, 30), True),
        ((1000, 1000), (40, 38), False),  # too small to worry anybody
        ((1000, 1000), (40, 12), False),  # too large to be chance
        ((1000, 700), (40, 30), False),  # conversions fall, their rate does not
        ((1000, 0), (40, 0), False),
    ],
)
def test_what_looks_like_a_drop(clicks: tuple[int, int], conversions: tuple[int, int], expected: bool) -> None:
    assert looks_like_a_drop(clicks, conversions) is expected


def test_the_p_value_of_rates_is_that_of_the_chi_square_test() -> None:
    reference = stats.chi2_contingency([[40, 960], [25, 775]], correction=False).pvalue
    assert p_of_rates((1000, 800), (40, 25)) == pytest.approx(reference, rel=1e-9)


def test_creatives_have_the_click_rates_that_the_truth_says(every_account: list[Account]) -> None:
    """By the normal approximation to the binomial, over all creatives: standardised differences are standard normal."""
    standardised = []
    for account in every_account:
        for (campaign, creative), effect in account.truth.creative_effects.items():
            own = sums(account, campaign=campaign, creative=creative)
            if campaign not in account.truth.thin_campaigns and not truth_of.empty_cells(account, campaign):
                expected = (1 + effect) * rate(account, "ctr", campaign=campaign) / 100
                error = math.sqrt(own["impressions"] * expected * (1 - expected))
                standardised.append((own["clicks"] - own["impressions"] * expected) / error)
    assert len(standardised) > 300
    assert max(abs(value) for value in standardised) < NormalDist().inv_cdf(1 - 1e-5 / 2)


def test_some_campaigns_have_better_creatives_and_some_have_traps(every_account: list[Account]) -> None:
    for account in every_account:
        campaigns: dict[str, list[float]] = {}
        for (campaign, _), effect in account.truth.creative_effects.items():
            campaigns.setdefault(campaign, []).append(effect)
        assert any(not any(effects) for effects in campaigns.values())
        for effects in campaigns.values():
            assert sum(effects) == pytest.approx(0)
    effects = [effect for account in every_account for effect in account.truth.creative_effects.values() if effect]
    assert len(effects) > 40


def test_creatives_without_an_effect_differ_significantly_no_more_often_than_chance_allows(every_account: list[Account]) -> None:
    """Over all pairs without effect, whole period: about one in twenty has p < 0.05; more than one in ten would be a leak."""
    significant = []
    for account in every_account:
        quiet = [key for key, effect in account.truth.creative_effects.items() if effect == 0 and not truth_of.empty_cells(account, key[0])]
        for one, other in combinations(quiet, 2):
            if one[0] == other[0]:
                pair = [sums(account, campaign=campaign, creative=creative) for campaign, creative in (one, other)]
                significant.append(p_of_rates([part["impressions"] for part in pair], [part["clicks"] for part in pair]) < 0.05)
    assert len(significant) > 80
    assert sum(significant) / len(significant) < 0.12


def test_thin_campaigns_have_few_conversions(every_account: list[Account]) -> None:
    for account in every_account:
        assert account.truth.thin_campaigns
        for campaign in account.truth.thin_campaigns:
            assert 10 <= sums(account, campaign=campaign)["conversions"] <= 80


def test_missing_days_lack_what_the_platform_counts_and_keep_what_the_shop_sold(every_account: list[Account]) -> None:
    for account in every_account:
        for defect in account.truth.defects:
            if defect.kind == "missing_days":
                days = truth_of.window_days(account, defect.start, defect.end)
                assert truth_of.missing_days(account, defect.campaign) == days
                for table, there in (("daily", False), ("creatives", False), ("orders", True)):
                    found = truth_of.rows(account, table=table, campaign=defect.campaign, start=defect.start, end=defect.end)
                    assert bool(list(found)) is there


def test_no_day_is_missing_that_is_no_planted_defect(every_account: list[Account]) -> None:
    for account in every_account:
        for campaign in account.truth.curves:
            planted = [defect for defect in truth_of.defects(account, campaign) if defect.kind == "missing_days"]
            expected = [day for defect in planted for day in truth_of.window_days(account, defect.start, defect.end)]
            assert list(truth_of.missing_days(account, campaign)) == expected


def test_empty_cells_are_the_planted_ones_and_no_other_table_fills_them(every_account: list[Account]) -> None:
    for account in every_account:
        planted = [defect for defect in account.truth.defects if defect.kind == "empty_cells"]
        expected = {
            (day, str(defect.campaign), column)
            for defect in planted
            for day in truth_of.window_days(account, defect.start, defect.end)
            for column in defect.columns
        }
        assert set(truth_of.empty_cells(account)) == expected
        for day, campaign, column in expected - {key for key in expected if key[2] == "revenue"}:
            assert all(row[column] is None for row in truth_of.rows(account, table="creatives", campaign=campaign, start=day, end=day))


def test_every_kind_of_defect_is_in_every_seed_and_one_account_is_whole(accounts: dict[int, tuple[Account, ...]]) -> None:
    for of_seed in accounts.values():
        assert {defect.kind for account in of_seed for defect in account.truth.defects} == {"missing_days", "empty_cells", "contradiction"}
        assert any(not account.truth.defects for account in of_seed)


def test_a_contradiction_leaves_a_conversion_rate_that_a_fault_would_not(every_account: list[Account]) -> None:
    """The platform counts twice: about two conversions for each order of the shop, and the shop sells as before."""
    for account in every_account:
        for defect in account.truth.defects:
            if defect.kind == "contradiction":
                within = sums(account, campaign=defect.campaign, start=defect.start, end=defect.end)
                assert within["conversions"] / within["orders"] == pytest.approx(2 * 0.97, abs=0.3)
                assert (defect.end - defect.start).days == 5
