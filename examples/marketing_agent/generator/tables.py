"""Rows of the tables from what was played, with the defects of the data in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from generator.account import Defect, DefectKind
from generator.simulation import CampaignDay, CreativeDay

Row = dict[str, Any]


def daily_rows(played: Iterable[CampaignDay]) -> Iterator[Row]:
    """What the platform exports."""
    for day in played:
        if _defect(day, "missing_days") is None:
            yield _spoilt(day, _daily_row(day))


def _daily_row(day: CampaignDay) -> Row:
    return {
        "date": day.day.isoformat(),
        "campaign": day.campaign.name,
        "channel": day.campaign.channel,
        "audience": day.campaign.audience,
        "impressions": day.count("impressions"),
        "clicks": day.count("clicks"),
        "conversions": day.count("conversions"),
        "cost": day.amount("cost"),
        "revenue": day.amount("revenue"),
        "frequency": day.frequency,
    }


def order_rows(played: Iterable[CampaignDay]) -> Iterator[Row]:
    """The shop counts on days that the platform's export lacks, too."""
    for day in played:
        yield {
            "date": day.day.isoformat(),
            "campaign": day.campaign.name,
            "orders": day.count("orders"),
            "order_value": day.amount("order_value"),
        }


def creative_rows(played: Iterable[CampaignDay], headlines: dict[str, str]) -> Iterator[Row]:
    """`headlines`: by creative, what replaces the catalogue's."""
    for day in played:
        if _defect(day, "missing_days") is None:
            for part in day.parts:
                yield _spoilt(day, _creative_row(day, part, headlines))


def _creative_row(day: CampaignDay, part: CreativeDay, headlines: dict[str, str]) -> Row:
    return {
        "date": day.day.isoformat(),
        "campaign": day.campaign.name,
        "creative": part.creative.name,
        "headline": headlines.get(part.creative.name, part.creative.headline),
        "impressions": part.impressions,
        "clicks": part.clicks,
        "conversions": part.conversions,
        "cost": part.cost,
    }


def _spoilt(day: CampaignDay, row: Row) -> Row:
    """The row as the export shows it; creatives lack the same columns as their campaign, so that no table fills another's gap."""
    if _defect(day, "contradiction"):
        row |= {column: round(2 * row[column], 2) for column in ("conversions", "revenue") if column in row}
    if (empty := _defect(day, "empty_cells")) is not None:
        row |= {column: None for column in empty.columns if column in row}
    return row


def _defect(day: CampaignDay, kind: DefectKind) -> Defect | None:
    return next((defect for defect in day.campaign.defects if defect.kind == kind and defect.start <= day.day <= defect.end), None)
