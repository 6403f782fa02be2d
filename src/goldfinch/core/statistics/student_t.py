"""Student's t distribution without any library, to about 1e-12: the core stays importable where scipy is not.

Source: the regularised incomplete beta function by its continued fraction, NIST Digital Library of Mathematical Functions 8.17.22,
evaluated with the modified Lentz method (Thompson and Barnett, J. Comput. Phys. 64 (1986), 490-509).
"""

from __future__ import annotations

from math import exp, inf, isnan, lgamma, log, log1p, sqrt
from statistics import NormalDist

_TINY = 1e-300
_CONVERGED = 1e-16
_STIRLING_FROM = 10.0


def student_t_cdf(t: float, df: float) -> float:
    """Chance that a t variable with `df` > 0 degrees of freedom is at most `t`."""
    return 1.0 - student_t_sf(t, df) if t > 0 else student_t_sf(-t, df)


def student_t_sf(t: float, df: float) -> float:
    """Chance that a t variable exceeds `t`; keeps its relative precision in the upper tail, where 1 - cdf loses it."""
    if isnan(t) or not df > 0:
        raise ValueError(f"t must be a number and df positive, got t={t}, df={df}")
    if t < 0:
        return 1.0 - student_t_sf(-t, df)
    square = t * t
    if square == inf:
        return 0.0
    return 0.5 * regularised_beta(df / 2, 0.5, df / (df + square), square / (df + square))


def student_t_quantile(probability: float, df: float) -> float:
    """The `t` below which a t variable lies with `probability`, strictly between 0 and 1."""
    if not 0 < probability < 1 or not df > 0:
        raise ValueError(f"probability must lie between 0 and 1 and df be positive, got {probability}, {df}")
    if probability < 0.5:
        return -_upper_quantile(probability, df)
    return _upper_quantile(1.0 - probability, df)


def _upper_quantile(tail: float, df: float) -> float:
    """The t >= 0 with `student_t_sf(t) == tail`, tail <= 1/2: Newton's steps, kept inside a bracket."""
    if tail == 0.5:
        return 0.0
    low, high = 0.0, 1.0
    while student_t_sf(high, df) > tail:
        low, high = high, 2 * high
    t = min(max(-NormalDist().inv_cdf(tail), low), high)
    for _ in range(200):
        excess = student_t_sf(t, df) - tail
        low, high = (t, high) if excess > 0 else (low, t)
        step = t + excess / _density(t, df)
        following = step if low < step < high else (low + high) / 2
        if abs(following - t) <= 1e-15 * t:
            return following
        t = following
    return t


def _density(t: float, df: float) -> float:
    return exp(-_log_beta(df / 2, 0.5) - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df)


def regularised_beta(a: float, b: float, x: float, complement: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a, b > 0.

    `complement` is 1 - x, passed in because the caller knows it without cancellation.
    """
    if x <= 0:
        return 0.0
    if complement <= 0:
        return 1.0
    log_x = log1p(-complement) if complement < 0.5 else log(x)
    log_complement = log1p(-x) if x < 0.5 else log(complement)
    front = exp(a * log_x + b * log_complement - _log_beta(a, b))
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, x) / a
    return 1.0 - front * _continued_fraction(b, a, complement) / b


def _continued_fraction(a: float, b: float, x: float) -> float:
    """The fraction of DLMF 8.17.22; it converges in O(sqrt(max(a, b))) terms on the side of x that `regularised_beta` picks."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 200 + int(20 * sqrt(max(a, b)))):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + coefficient * d)
            c = _away_from_zero(1.0 + coefficient / c)
            total *= c * d
        if abs(c * d - 1.0) <= _CONVERGED:
            break
    return total


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _log_beta(a: float, b: float) -> float:
    """ln B(a, b). With a large argument the two big logarithms of gamma are subtracted term by term, or ten digits would cancel."""
    small, large = min(a, b), max(a, b)
    if large < _STIRLING_FROM:
        return lgamma(small) + lgamma(large) - lgamma(small + large)
    both = small + large
    difference = small - (large - 0.5) * log1p(small / large) - small * log(both)
    return lgamma(small) + difference + _stirling_correction(large) - _stirling_correction(both)


def _stirling_correction(z: float) -> float:
    """ln Gamma(z) - ((z - 1/2) ln z - z + ln(2 pi)/2), for z >= 10. Source: DLMF 5.11.1."""
    inverse = 1 / z
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360)))))
