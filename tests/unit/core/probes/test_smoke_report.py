"""What smoke checks come to."""

from __future__ import annotations

import pytest

from goldfinch.core.errors import ExitCode
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.probes.smoke import SmokeCheck, after_failure, exit_code, may_be_starting, release_check, verdict_of
from goldfinch.core.verdict import Verdict


def check(passed: bool | None) -> SmokeCheck:
    return SmokeCheck("c", passed, "", 1, 0.0)


@pytest.mark.parametrize(
    ("passed", "verdict", "code"),
    [
        ((True, True), Verdict.PASS, ExitCode.PASSED),
        ((True, None), Verdict.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
        ((None, False), Verdict.FAIL, ExitCode.GATE_FAILED),
        ((), Verdict.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
    ],
)
def test_one_failure_fails_and_one_open_question_leaves_it_open(passed: tuple[bool | None, ...], verdict: Verdict, code: ExitCode) -> None:
    assert verdict_of([check(each) for each in passed]) is verdict
    assert exit_code(verdict) is code


@pytest.mark.parametrize(
    ("failure", "again", "left"),
    [
        (Failure(FailureKind.NETWORK, "refused"), True, None),
        (Failure(FailureKind.SERVER_ERROR, "starting", 503), True, False),
        (Failure(FailureKind.TIMEOUT, "cold"), True, False),
        (Failure(FailureKind.SERVER_ERROR, "broken", 500), False, False),
        (Failure(FailureKind.INVALID_OUTPUT, "no JSON"), False, False),
    ],
)
def test_only_what_a_start_explains_is_tried_again(failure: Failure, again: bool, left: bool | None) -> None:
    assert may_be_starting(failure) is again
    assert after_failure(failure) is left


def test_every_answer_has_to_come_from_the_release_that_was_meant() -> None:
    assert release_check("rel-1", ["rel-1"]).passed is True
    assert release_check("rel-1", ["rel-1", "rel-2"]).passed is False
    assert release_check("rel-1", ["rel-1", "rel-2"]).detail == "answered by rel-2, expected rel-1"
    assert release_check("rel-1", []).passed is None
