"""The questions of the golden dataset, a module a family. Truth comes from the generator, never from the agent's tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from generator.account import Account
from generator.questions import ambiguity, budget, copy, diagnosis, gaps, injection, kpi, overspend, personal_data, sessions, significance
from generator.questions.case import Question
from generator.questions.view import View

FAMILIES: Mapping[str, Callable[[Sequence[View]], Iterable[Question]]] = {
    "kpi": kpi.questions,
    "diagnosis": diagnosis.questions,
    "budget": budget.questions,
    "significance": significance.questions,
    "copy": copy.questions,
    "gaps": gaps.questions,
    "ambiguity": ambiguity.questions,
    "session": sessions.questions,
    "injection": injection.questions,
    "personal_data": personal_data.questions,
    "overspend": overspend.questions,
}


def questions_of(accounts: Iterable[Account], seed: int) -> dict[str, list[Question]]:
    """All questions about the accounts of a seed, by family."""
    views = [View(account, seed) for account in sorted(accounts, key=lambda account: account.name)]
    return {family: list(make(views)) for family, make in FAMILIES.items()}
