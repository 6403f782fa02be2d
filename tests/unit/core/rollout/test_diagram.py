from __future__ import annotations

from pathlib import Path

from goldfinch.core.rollout.diagram import TRANSITIONS, mermaid
from goldfinch.core.rollout.state import TERMINAL, Phase

GUIDE = Path(__file__).parents[4] / "docs" / "guides" / "rollouts.md"


def test_the_guide_shows_the_diagram_of_the_code() -> None:
    assert f"```mermaid\n{mermaid()}```" in GUIDE.read_text(encoding="utf-8")


def test_every_phase_can_be_entered_and_every_one_but_the_ends_left() -> None:
    assert {to for _, to in TRANSITIONS} == set(Phase) - {Phase.PENDING}
    assert {source for source, _ in TRANSITIONS} == set(Phase) - TERMINAL
