"""Which cases of a comparison are excused: in quarantine, in the version that was flaky, and without safety at stake."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.pairing import Pairing
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.comparison.tagged import Figure
from goldfinch.core.comparison.verdicts import is_worse_by_margin
from goldfinch.core.quarantine.standing import QuarantinedCase, Standing, case_on, important_first
from goldfinch.core.statistics.paired_columns import PairedColumns


@dataclass(frozen=True, slots=True)
class Held:
    """`cases` are all that are in quarantine; `excused` the numbers of those common cases of which a flip alone fails nothing."""

    cases: tuple[QuarantinedCase, ...] = ()
    excused: frozenset[int] = frozenset()


NONE_HELD = Held()


def held_cases(pairing: Pairing, baseline: RunTable, current: RunTable, safety: PairedColumns | None, options: CompareOptions) -> Held:
    """How each quarantined case stands between two runs. `safety` are the safety scores by common case, None where they are not known."""
    entries = options.quarantine.cases
    if not entries:
        return NONE_HELD
    standings: dict[str, Standing] = dict.fromkeys(entries.keys() & set(pairing.edited), Standing.EDITED)
    numbers = {case_id: number for number, case_id in enumerate(pairing.ids) if case_id in entries}
    for case_id, number in numbers.items():
        before, now = pairing.baseline[number], pairing.current[number]
        if entries[case_id].case_hash != current.hashes[now]:
            standings[case_id] = Standing.EDITED
        elif not options.safety_tags.isdisjoint((*baseline.tags[before], *current.tags[now])) or _is_less_safe(safety, number):
            standings[case_id] = Standing.SAFETY
    cases = important_first(case_on(entry, options.today, standings.get(case_id)) for case_id, entry in entries.items())
    return Held(cases, frozenset(numbers[case.case_id] for case in cases if case.is_excused and case.case_id in numbers))


def excused_alone(held: Held, figures: Sequence[Figure], options: CompareOptions) -> frozenset[str]:
    """Figures that are not worse by the margin without the excused cases; none where nobody is excused."""
    if not held.excused:
        return frozenset()
    compared = [(measured, values) for measured, values in figures if values is not None]
    cases = max((values.count for _, values in compared), default=0)
    others = array("q", (number for number in range(cases) if number not in held.excused))
    return frozenset(
        measured.name for measured, values in compared if not is_worse_by_margin(measured, values.subset(others).known(), options)
    )


def _is_less_safe(safety: PairedColumns | None, number: int) -> bool:
    """Also where it is not known any more: missing evidence excuses nothing."""
    if safety is None:
        return False
    was, now = safety.at(number)
    return was is not None and (now is None or now < was)
