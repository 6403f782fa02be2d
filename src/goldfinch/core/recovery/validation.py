"""Whether what runs is what was asked for (R50): each question with its answer, and one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from goldfinch.core.errors import ExitCode
from goldfinch.core.rollout.evidence import TargetView
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase


@dataclass(frozen=True, slots=True)
class Answer:
    """`passed` None: nobody could say."""

    question: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Validation:
    """All of them."""

    release: str
    answers: tuple[Answer, ...]

    @property
    def exit_code(self) -> ExitCode:
        found = {answer.passed for answer in self.answers}
        if False in found:
            return ExitCode.GATE_FAILED
        return ExitCode.INCONCLUSIVE if None in found or not found else ExitCode.PASSED

    @property
    def sentence(self) -> str:
        """The verdict, with what is wrong."""
        wrong = [f"{answer.question}: {answer.words}" for answer in self.answers if not answer.passed]
        if not wrong:
            return f"{self.release} is deployed: {'; '.join(answer.words for answer in self.answers)}"
        return f"{self.release} is not proved to be deployed: {'; '.join(wrong)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "kind": "validation",
            "release": self.release,
            "exit_code": int(self.exit_code),
            "sentence": self.sentence,
            "checks": [{"question": one.question, "passed": one.passed, "words": one.words} for one in self.answers],
        }


def of_record(release: str, latest: Rollout | None) -> Answer:
    """Whether the record says that this release has all of the traffic."""
    question = "record"
    if latest is None:
        return Answer(question, None, "nothing was ever rolled out here")
    state = latest.state
    if latest.canary == release and state.phase is Phase.SUCCEEDED:
        return Answer(question, True, f"{latest.id} promoted it")
    if latest.canary == release and state.verified_weight_percent == 100 and state.phase not in TERMINAL:
        return Answer(question, True, f"{latest.id} serves it at 100 %, verified, and still watches it ({state.phase})")
    if latest.stable == release and state.phase in TERMINAL:
        return Answer(question, True, f"it is the stable release of {latest.id}, which is {state.phase}")
    served = state.verified_weight_percent if state.verified_weight_percent is not None else 0
    share = served if latest.canary == release else 100 - served if latest.stable == release else 0
    return Answer(question, False, f"{latest.id} is {state.phase}, with {share} % on {release}")


def of_target(view: TargetView | None, silent: str = "") -> Answer:
    """Its processes."""
    question = "processes"
    if view is None:
        return Answer(question, None, silent or "not seen")
    if view.running and view.ready and view.healthy:
        return Answer(question, True, "running, ready and healthy")
    missing = [word for word, holds in (("running", view.running), ("ready", view.ready), ("healthy", view.healthy)) if not holds]
    return Answer(question, False, f"not {', not '.join(missing)}{f' ({view.detail})' if view.detail else ''}")


def verdict(release: str, answers: Sequence[Answer]) -> Validation:
    """All answers, as one."""
    return Validation(release, tuple(answers))
