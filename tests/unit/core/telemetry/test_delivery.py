"""What follows a collector's reply."""

from __future__ import annotations

import pytest

from goldfinch.core.telemetry.delivery import MOST_ATTEMPTS, Again, Delivered, Lost, Reply, next_step


@pytest.mark.parametrize("status", [200, 202, 204])
def test_2xx_is_delivered(status: int) -> None:
    assert next_step(Reply(status, rejected=3, message="too old"), 1, None) == Delivered(3, "too old")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415, 500, 501, 301])
def test_what_otlp_does_not_call_retryable_is_lost_at_once(status: int) -> None:
    assert next_step(Reply(status), 1, None) == Lost(f"it answered {status}")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retryable_replies_are_tried_again_when_the_collector_says(status: int) -> None:
    assert next_step(Reply(status, retry_after_s=7.0), 1, None) == Again(7.0)


def test_without_a_time_the_wait_doubles() -> None:
    waits = [next_step(Reply(503), attempts, None) for attempts in range(1, MOST_ATTEMPTS)]
    assert waits == [Again(0.5), Again(1.0), Again(2.0), Again(4.0), Again(8.0)]


def test_after_the_last_attempt_the_batch_is_lost() -> None:
    assert next_step(Reply(503), MOST_ATTEMPTS, None) == Lost("it answered 503")


def test_while_the_run_goes_on_a_collector_that_is_not_there_is_tried_again() -> None:
    assert next_step(Reply(None, "connection refused"), 1, None) == Again(0.5)


def test_at_the_end_of_a_run_a_collector_that_is_not_there_is_not_waited_for() -> None:
    assert next_step(Reply(None, "connection refused"), 1, 3.0) == Lost("connection refused")


def test_at_the_end_of_a_run_only_a_wait_that_fits_is_waited() -> None:
    assert next_step(Reply(429, retry_after_s=2.0), 1, 3.0) == Again(2.0)
    assert next_step(Reply(429, retry_after_s=60.0), 1, 3.0) == Lost("it answered 429")
