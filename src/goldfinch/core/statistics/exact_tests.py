"""Exact tests of counts: lost against gained cases, and passed trials of one case before and after."""

from __future__ import annotations

from math import comb, exp, lgamma, log

from goldfinch.core.statistics.student_t import regularised_beta

_SUMMED_UP_TO = 1_000
"""Up to here the tail is summed in whole numbers."""


def mcnemar_mid_p(lost: int, gained: int) -> float:
    """One-sided mid-p of `lost` or more among the cases that changed, if losing were as likely as gaining: 1 where none changed.

    Half of the probability of the observed count is counted: exact McNemar loses half its power on 20 cases, mid-p keeps its level.
    Source: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91 (2013).
    """
    changed = lost + gained
    if changed == 0:
        return 1.0
    if changed <= _SUMMED_UP_TO:
        above = sum(comb(changed, count) for count in range(lost + 1, changed + 1))
        return (2 * above + comb(changed, lost)) / (1 << changed + 1)
    above_lost = regularised_beta(lost + 1, gained, 0.5, 0.5) if gained else 0.0
    at_lost = exp(lgamma(changed + 1) - lgamma(lost + 1) - lgamma(gained + 1) - changed * log(2))
    return min(1.0, above_lost + at_lost / 2)


def fisher_fewer(passed: int, trials: int, passed_before: int, trials_before: int) -> float:
    """One-sided p of Fisher's exact test: that so few of `trials` pass, if the chance were what it was before.

    Source: Fisher, Statistical Methods for Research Workers (1934), section 21.02; the hypergeometric distribution summed exactly.
    """
    if not (0 <= passed <= trials and 0 <= passed_before <= trials_before):
        raise ValueError(f"passed must lie between 0 and trials, got {passed} of {trials} and {passed_before} of {trials_before}")
    both = passed + passed_before
    least = max(0, both - trials_before)
    ways = sum(comb(trials, count) * comb(trials_before, both - count) for count in range(least, passed + 1))
    return ways / comb(trials + trials_before, both)
