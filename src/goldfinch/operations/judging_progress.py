"""How far a judge is that was asked about stored answers."""

from __future__ import annotations

from goldfinch.ports.progress import ProgressSnapshot


def judging_snapshot(
    *,
    planned: int,
    judged: int,
    missing: int = 0,
    in_flight: int = 0,
    spent_usd: float,
    unpriced: int,
    budget_usd: float | None,
    elapsed_s: float,
) -> ProgressSnapshot:
    """`judged` holds the `missing`. Nothing has passed or failed: judgements are not verdicts on cases yet."""
    rate = judged / elapsed_s if elapsed_s > 0 else 0.0
    return ProgressSnapshot(
        planned=planned,
        finished=judged - missing,
        passed=None,
        failed=None,
        missing=missing,
        in_flight=in_flight,
        spent_usd=spent_usd,
        unpriced=unpriced,
        budget_usd=budget_usd,
        projected_usd=None,
        elapsed_s=elapsed_s,
        per_second=rate,
        left_s=(planned - judged) / rate if rate > 0 else None,
    )
