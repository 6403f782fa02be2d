"""Which judge's judgements are meant, where a file holds several."""

from __future__ import annotations

from collections.abc import Sequence

from goldfinch.core.calibration import codes
from goldfinch.core.calibration.items import RecordedJudgement
from goldfinch.core.errors import UsageError

_SHOWN = 10


def of_one_judge(judgements: Sequence[RecordedJudgement], name: str | None) -> tuple[str, str, list[RecordedJudgement]]:
    """Name, version and judgements of the judge that `name` names, or of the only one. A judge without a version has its name for one.

    Raises `UsageError` (E1947) where that is not one judge in one version.
    """
    names = sorted({judgement.judge for judgement in judgements})
    if name is None and len(names) > 1:
        raise UsageError(
            f"the judgements are of {len(names)} judges", hint=f"name one by --judge: {_listed(names)}", code=codes.WHICH_JUDGE
        )
    chosen = name if name is not None else names[0]
    kept = [judgement for judgement in judgements if judgement.judge == chosen]
    if not kept:
        raise UsageError(f"there is no judgement of {chosen!r}", hint=f"there are those of {_listed(names)}", code=codes.WHICH_JUDGE)
    versions = sorted({judgement.judge_version or chosen for judgement in kept})
    if len(versions) > 1:
        what = f"the judgements of {chosen!r} are of {len(versions)} versions: {_listed(versions)}"
        raise UsageError(what, hint="keep those of one version", code=codes.WHICH_JUDGE)
    return chosen, versions[0], kept


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(name[:80] for name in names[:_SHOWN]) + more
