"""How reliable an agent is over repeated trials of one case, without bias from having run more trials than asked about."""

from __future__ import annotations

from math import comb


def pass_at_k(trials: int, passed: int, k: int) -> float:
    """Chance that at least one of `k` trials passes, estimated from `passed` of `trials`: 1 - C(n-c, k)/C(n, k).

    Source: Chen et al., Evaluating Large Language Models Trained on Code, 2021 (arXiv:2107.03374), equation 1.
    """
    _check(trials, passed, k)
    return 1.0 - comb(trials - passed, k) / comb(trials, k)


def pass_hat_k(trials: int, passed: int, k: int) -> float:
    """Chance that all of `k` trials pass (pass^k), estimated from `passed` of `trials`: C(c, k)/C(n, k).

    Source: Yao et al., tau-bench, 2024 (arXiv:2406.12045), section 3.
    """
    _check(trials, passed, k)
    return comb(passed, k) / comb(trials, k)


def _check(trials: int, passed: int, k: int) -> None:
    if not (0 <= passed <= trials and 1 <= k <= trials):
        raise ValueError(f"need 0 <= passed <= trials and 1 <= k <= trials, got {passed} of {trials}, k={k}")
