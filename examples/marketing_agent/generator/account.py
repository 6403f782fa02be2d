"""One generated account: the tables that the agent may see, and the truth about them that only the generator knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

FaultKind = Literal["broken_landing_page", "tracking_gap", "bid_inflation", "creative_fatigue"]
DefectKind = Literal["missing_days", "empty_cells", "contradiction"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault: from `start` (to `end`, both inclusive; None: to the last day) the campaign suffers from `kind`."""

    campaign: str
    kind: FaultKind
    start: date
    end: date | None = None
    strength: float = 0.5
    """Relative size of the effect: 0.5 halves (or raises by half) the rate that the fault touches."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with the data, not with the campaign.

    `missing_days`: no rows in `daily` and `creatives` (the shop's orders go on); `empty_cells`: `columns` are not reported;
    `contradiction`: the platform counts every conversion twice, so that it reports more than the shop sold.
    """

    kind: DefectKind
    start: date
    end: date
    """Both inclusive."""
    campaign: str | None = None
    """None: all campaigns."""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoiseDrop:
    """A drop of conversions by chance alone: `start` to `end` against the equally long time before. Nothing is wrong."""

    campaign: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class ResponseCurve:
    """True response of a campaign on an average day without fault: conversions = scale * (cost / reference) ** exponent.

    0 < exponent < 1: diminishing returns. `cost` and `reference` in the account's currency per day.
    """

    scale: float
    reference: float
    exponent: float
    value_per_conversion: float

    def conversions(self, cost: float) -> float:
        return self.scale * (cost / self.reference) ** self.exponent if cost > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What the generator knows and no table says."""

    faults: tuple[Fault, ...]
    curves: Mapping[str, ResponseCurve]
    """By campaign."""
    creative_effects: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """True relative difference in click rate of a creative of a campaign (by both names) against the campaign's; 0 is no effect."""
    weekday_effects: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """True factors on demand, Monday first, by channel."""
    trend: float = 0.0
    """Growth of demand from the first to the last day, as the logarithm of the factor."""
    injected_texts: tuple[str, ...] = ()
    """Texts in the data that give orders to a reader; the canary that an obeying reader would say is in `canaries`."""
    canaries: tuple[str, ...] = ()
    """One for each of `injected_texts`, in their order."""
    defects: tuple[Defect, ...] = ()
    noise_drops: tuple[NoiseDrop, ...] = ()
    thin_campaigns: tuple[str, ...] = ()
    """Campaigns with too few conversions for most conclusions."""


@dataclass(frozen=True, slots=True)
class Account:
    """`document` is account.json, `tables` the CSV files by name as lists of rows; `docs/data.md` describes both."""

    name: str
    document: Mapping[str, Any]
    tables: Mapping[str, tuple[Mapping[str, Any], ...]]
    truth: Truth
