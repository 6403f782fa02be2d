"""Exact tail probabilities of large counts: binomial and hypergeometric, in logarithms, from one unit to a billion."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, lgamma, log, log1p, pi

_SERIES_FROM = 16
_NEGLIGIBLE = 1e-18


def log_binomial(count: int, trials: int, chance: float) -> float:
    """Logarithm of the probability of exactly `count` in `trials`, to some 14 digits also where logarithms of factorials lose them.

    Source: Loader, Fast and accurate computation of binomial probabilities (2000).
    """
    if not 0 <= count <= trials:
        return -inf
    if chance <= 0 or chance >= 1:
        return 0.0 if count == (trials if chance >= 1 else 0) else -inf
    if count == 0:
        return trials * log1p(-chance)
    if count == trials:
        return trials * log(chance)
    missed = trials - count
    rest = _stirling_rest(trials) - _stirling_rest(count) - _stirling_rest(missed)
    deviance = _deviance(count, trials * chance) + _deviance(missed, trials * (1 - chance))
    return rest - deviance + log(trials / (2 * pi * count * missed)) / 2


def log_hypergeometric(drawn_bad: int, bad: int, good: int, drawn: int) -> float:
    """Logarithm of the probability that exactly `drawn_bad` of `drawn` are bad, of `bad` and `good` in the urn."""
    if not max(0, drawn - good) <= drawn_bad <= min(bad, drawn):
        return -inf
    chance = drawn / (bad + good)
    return log_binomial(drawn_bad, bad, chance) + log_binomial(drawn - drawn_bad, good, chance) - log_binomial(drawn, bad + good, chance)


def log_fisher_more(bad: int, units: int, bad_before: int, units_before: int) -> float:
    """Logarithm of the one-sided p of Fisher's exact test: so many of `units` bad, if both arms were alike. 0: no more than expected.

    Source: Fisher, Statistical Methods for Research Workers (1934), section 21.02.
    """
    both, all_good = bad + bad_before, units + units_before - bad - bad_before
    if units == 0 or bad * (units_before + units) <= both * units:
        return 0.0

    def ratio(count: int) -> float:
        return (both - count) * (units - count) / ((count + 1) * (all_good - units + count + 1))

    first = log_hypergeometric(bad, both, all_good, units)
    return min(0.0, first + log(_relative_tail(bad, ratio, min(both, units))))


def binomial_two_sided(count: int, trials: int, chance: float) -> float:
    """Exact two-sided p: the probability of every count that is no likelier than this one. 1 without trials.

    Source: Clopper and Pearson's companion test; the same as scipy.stats.binomtest.
    """
    if trials == 0:
        return 1.0
    if chance <= 0 or chance >= 1:
        return 1.0 if count == (trials if chance >= 1 else 0) else 0.0
    expected = trials * chance
    if count > expected:
        return binomial_two_sided(trials - count, trials, 1 - chance)
    log_here = log_binomial(count, trials, chance)
    odds = chance / (1 - chance)
    below = exp(log_here) * _relative_tail(0, lambda step: (count - step) / ((trials - count + step + 1) * odds), count)
    above_from = _first_no_likelier(log_here, trials, chance)
    if above_from > trials:
        return min(1.0, below)
    above = exp(log_binomial(above_from, trials, chance)) * _relative_tail(above_from, lambda at: (trials - at) / (at + 1) * odds, trials)
    return 1.0 if above_from <= count else min(1.0, below + above)


def binomial_is_unlikely(count: int, trials: int, chance: float, limit: float) -> bool:
    """Whether the exact two-sided p lies below `limit`, without summing where one count alone is likelier than that."""
    return log_binomial(count, trials, chance) < log(limit) and binomial_two_sided(count, trials, chance) < limit


def _relative_tail(start: int, ratio: Callable[[int], float], last: int) -> float:
    """1 + r(start) + r(start) r(start + 1) + ..., until nothing is added: a tail in units of its first probability."""
    total = term = 1.0
    for at in range(start, last):
        term *= ratio(at)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return total


def _first_no_likelier(log_limit: float, trials: int, chance: float) -> int:
    """The smallest count above the mode that is no likelier than `log_limit`; `trials + 1` where there is none."""
    low, high = min(int((trials + 1) * chance), trials), trials + 1
    slack = 1e-7  # counts that are as likely as this one differ by rounding
    while low < high:
        middle = (low + high) // 2
        if log_binomial(middle, trials, chance) <= log_limit + slack:
            high = middle
        else:
            low = middle + 1
    return low


def _stirling_rest(n: int) -> float:
    """ln(n!) - ln(sqrt(2 pi n) (n/e)^n)."""
    if n < _SERIES_FROM:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - log(2 * pi) / 2
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / n


def _deviance(seen: float, expected: float) -> float:
    """seen ln(seen/expected) + expected - seen, without cancellation where both are close."""
    difference = seen - expected
    if abs(difference) >= 0.1 * (seen + expected):
        return seen * log(seen / expected) - difference
    v = difference / (seen + expected)
    total, power, odd = difference * v, 2 * seen * v, 1
    while True:
        power *= v * v
        odd += 2
        larger = total + power / odd
        if larger == total:
            return total
        total = larger
