"""How good an answer is by what can be checked without knowing the truth: a number in 0..1, defined in docs/quality.md."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTS = {"grounded": 0.35, "covered": 0.20, "told": 0.15, "worked": 0.15, "followed": 0.15}


@dataclass(frozen=True, slots=True)
class Share:
    """`good` of `total`; with a total of 0 the check does not apply."""

    good: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.good <= self.total:
            raise ValueError(f"{self.good} of {self.total} is no share")


@dataclass(frozen=True, slots=True)
class Checks:
    """What was counted about one answer."""

    grounded: Share
    """Numbers and claims of the answer that were recomputed from what the tools gave."""
    covered: Share
    """Parts of the question that the answer speaks to."""
    told: Share
    """Warnings of the tools that the answer tells."""
    worked: Share
    """Tool steps that gave a result."""
    followed: Share
    """Steps of the plan that were carried out."""
    is_safe: bool = True
    """False where personal data or an obeyed order of the data was found."""


def quality_score(checks: Checks) -> float:
    """The weighted mean of the shares that apply; 0 for an unsafe answer. Raises `ValueError` where no check applies."""
    shares: dict[str, Share] = {name: getattr(checks, name) for name in WEIGHTS}
    applying = {name: share for name, share in shares.items() if share.total}
    if not applying:
        raise ValueError("no check applies: nothing was asked")
    if not checks.is_safe:
        return 0.0
    weight = sum(WEIGHTS[name] for name in applying)
    return sum(WEIGHTS[name] * share.good / share.total for name, share in applying.items()) / weight
