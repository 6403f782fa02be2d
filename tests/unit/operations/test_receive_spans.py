"""Spans in, notes of turns and sampled answers out: whatever order they come in, each counts once and none is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.health.metrics import Arm
from goldfinch.core.ingest.failures import NoRoom, TooManySpans
from goldfinch.core.ingest.span import RawSpan
from tests.received_spans import AGENT, CANARY, CHAT, STABLE, TARGET, TOOL, World, new_id, span


def message(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def turn(session: str = "s1", **own: Any) -> list[RawSpan]:
    """A whole turn, in the order in which an exporter sends it: children first."""
    root = span({**AGENT, "gen_ai.conversation.id": session, **own})
    chat = span({**CHAT, "gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}, root)
    return [span({**TOOL, "gen_ai.tool.name": "search"}, root), chat, root]


async def test_a_turn_becomes_one_note_with_what_it_used() -> None:
    world = World()
    assert world.intake.accept(turn()).held == 3
    assert await world.after(1) == 0
    assert await world.after(2) == 1
    (note,) = world.notes.notes
    assert (note.session, note.arm, note.flags, note.time_s) == ("s1", Arm.CANARY, (), 1_700_000_001.0)
    assert note.amounts == {"tokens": 120.0, "cost_usd": pytest.approx(0.00045), "steps": 1.0, "tool_calls": 1.0}
    assert world.intake.held == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_order_and_the_batches_in_which_spans_come_make_no_difference(order: tuple[int, ...]) -> None:
    world, spans = World(), turn()
    for place in order:
        world.intake.accept([spans[place]])
        await world.after(0.5)
    await world.after(5)
    assert [note.amounts and note.amounts["tokens"] for note in world.notes.notes] == [120.0]


async def test_a_batch_that_is_sent_twice_counts_once_also_after_its_turn_was_written() -> None:
    world, spans = World(), turn()
    world.intake.accept(spans)
    world.intake.accept(spans)
    await world.after(3)
    world.intake.accept(spans)
    await world.after(40)
    assert len([note for note in world.notes.notes if note.amounts]) == 1
    assert world.intake.held == 0


async def test_what_goes_wrong_in_a_turn_is_flagged() -> None:
    world = World()
    root = span({**AGENT, "gen_ai.conversation.id": "s1"})
    world.intake.accept(
        [
            root,
            span(TOOL, root, failed=True),
            span({**CHAT, "error.type": "timeout"}, root),
            span({**CHAT, "gen_ai.response.finish_reasons": ["content_filter"]}, root),
            span({**CHAT, "gen_ai.response.finish_reasons": ["refusal"]}, root),
            *[span({**TOOL, "gen_ai.tool.name": "poll", "gen_ai.tool.call.arguments": "{}"}, root, at_s=1_700_000_001) for _ in range(3)],
        ]
    )
    await world.after(3)
    assert world.notes.notes[0].flags == ("guardrail", "model_error", "refusal", "tool_error")
    assert "loop" not in world.notes.notes[0].flags  # one call of unknown arguments: not every call can be compared


async def test_the_same_call_three_times_in_a_row_is_a_loop() -> None:
    world = World()
    root = span({**AGENT, "gen_ai.conversation.id": "s1"})
    calls = [span({**TOOL, "gen_ai.tool.name": "poll", "gen_ai.tool.call.arguments": "{}"}, root) for _ in range(3)]
    world.intake.accept([*calls, root])
    await world.after(3)
    assert world.notes.notes[0].flags == ("loop",)


async def test_an_unknown_price_leaves_the_cost_out_and_an_unknown_count_the_tokens() -> None:
    world = World()
    root = span({**AGENT, "gen_ai.conversation.id": "s1"})
    priced = span({**CHAT, "gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}, root)
    unpriced = span({**CHAT, "gen_ai.response.model": "house-model", "gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}, root)
    world.intake.accept([root, priced, unpriced])
    other = span({**AGENT, "gen_ai.conversation.id": "s2"})
    world.intake.accept([other, replace(priced, trace_id=other.trace_id, parent_id=other.span_id), span(CHAT, other)])
    await world.after(3)
    amounts = {note.session: dict(note.amounts or {}) for note in world.notes.notes}
    assert amounts == {"s1": {"tokens": 4.0, "steps": 2.0, "tool_calls": 0.0}, "s2": {"steps": 2.0, "tool_calls": 0.0}}


async def test_turns_that_share_a_trace_are_told_apart_and_agents_below_an_agent_are_not() -> None:
    world, trace = World(), new_id(16)
    client = span({}, trace_id=trace)
    first = span({**AGENT, "gen_ai.conversation.id": "s1"}, client)
    second = span({**AGENT, "gen_ai.conversation.id": "s2", "goldfinch.cost_usd": 0.5}, client, at_s=1_700_000_010)
    helper = span(AGENT, first)
    world.intake.accept([first, second, helper, span(TOOL, helper, failed=True)])
    await world.after(40)
    assert {note.session: note.flags for note in world.notes.notes} == {"s1": ("tool_error",), "s2": ()}


async def test_flags_that_come_after_their_turn_was_written_are_added_without_its_amounts() -> None:
    world, spans = World(), turn()
    world.intake.accept(spans)
    await world.after(3)
    world.intake.accept([span(TOOL, spans[-1], failed=True)])
    await world.after(40)
    first, late = world.notes.notes
    assert (late.session, late.flags, late.amounts, late.time_s) == ("s1", ("tool_error",), None, first.time_s)


async def test_a_root_that_comes_after_its_children_were_given_up_keeps_their_flags_and_claims_no_amounts() -> None:
    world = World()
    root = span({**AGENT, "gen_ai.conversation.id": "s1"})
    usage = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 5}
    world.intake.accept([span({**CHAT, **usage}, root), span(TOOL, root, failed=True)])
    await world.after(31)
    assert world.notes.notes == []
    world.intake.accept([root, span({**CHAT, **usage}, root)])
    await world.after(3)
    (note,) = world.notes.notes
    assert (note.flags, note.amounts) == (("tool_error",), None)
    assert world.intake.counts.stray == 2


async def test_release_and_arm_follow_whichever_name_holds_a_known_release() -> None:
    world = World()
    root = span({**AGENT, "session.id": "s1", "release.id": "the agent's own"}, resource={"service.version": STABLE})
    world.intake.accept([root, span(TOOL, root, failed=True, resource={})])
    await world.after(3)
    assert (world.notes.notes[0].arm, world.notes.notes[0].flags) == (Arm.STABLE, ("tool_error",))


async def test_spans_of_nobody_under_comparison_are_taken_and_not_held() -> None:
    world = World()
    accepted = world.intake.accept([span(AGENT, resource={"release.id": "rel_other"}), span({}, resource={})])
    assert (accepted.held, accepted.ignored, world.intake.held) == (0, 2, 0)
    idle = World()
    idle.targets = ()
    assert idle.intake.accept(turn()).ignored == 3


async def test_malformed_spans_are_rejected_one_by_one_and_the_others_kept() -> None:
    world = World()
    good = turn()
    bad = [
        replace(good[0], trace_id=b"short"),
        replace(good[0], span_id=bytes(8)),
        replace(good[0], parent_id=b"x"),
        replace(good[0], end_ns=0),
        replace(good[0], end_ns=2**63),
        span({**AGENT, "gen_ai.conversation.id": "s\n1"}),
        span({**AGENT, "gen_ai.conversation.id": "s" * 257}),
        span({**AGENT, "gen_ai.conversation.id": 7}),
    ]
    accepted = world.intake.accept([*bad, *good])
    assert (accepted.held, accepted.rejected) == (3, 8)
    assert "control characters" in accepted.why
    assert "\n" not in accepted.why


async def test_above_the_bound_nothing_of_a_request_is_taken_and_after_writing_there_is_room_again() -> None:
    world = World(most_spans=4)
    world.intake.accept(turn("s1"))
    with pytest.raises(NoRoom) as full:
        world.intake.accept(turn("s2"))
    assert full.value.retry_after_s == 2
    assert world.intake.held == 3
    await world.after(3)
    world.intake.accept(turn("s2"))
    await world.after(3)
    assert [note.session for note in world.notes.notes] == ["s1", "s2"]
    with pytest.raises(TooManySpans):
        world.intake.accept([*turn("s3"), *turn("s4")])


async def test_what_cannot_be_written_stays_held_and_is_written_later() -> None:
    world = World()
    world.notes.broken = True
    world.intake.accept(turn())
    assert await world.after(3) == 0
    assert world.intake.held == 3
    assert [kind for kind, _ in world.lines] == ["notes"]
    world.notes.broken = False
    assert await world.after(1) == 1
    assert len(world.notes.notes) == 1


async def test_a_turn_without_a_session_is_counted_and_said() -> None:
    world = World()
    world.intake.accept([span(AGENT)])
    await world.after(3)
    assert world.intake.counts.without_session == 1
    assert "gen_ai.conversation.id" in world.lines[0][1]


async def test_a_sampled_answer_is_whole_redacted_and_of_one_turn_a_session() -> None:
    world = World()
    for number in range(2):
        root = span(
            {
                **AGENT,
                "gen_ai.conversation.id": "s1",
                "gen_ai.input.messages": message("user", f"Question {number}? My key is the-secret-of-this-test"),
                "gen_ai.output.messages": message("assistant", f"Answer {number}."),
            }
        )
        world.intake.accept([span({**TOOL, "gen_ai.tool.call.result": '{"found": 3}'}, root), root])
        await world.after(3)
    (answer,) = world.queue.answers.values()
    assert answer.question == [{"role": "user", "content": "Question 0? My key is [redacted]"}]
    assert (answer.answer, answer.context, answer.release) == ("Answer 0.", ('{"found": 3}',), CANARY)


async def test_content_of_sessions_that_are_not_sampled_is_not_even_held() -> None:
    world = World(replace(TARGET, sample=1e-12))
    resource = {"release.id": STABLE}
    root = span({**AGENT, "gen_ai.conversation.id": "s1", "gen_ai.output.messages": message("assistant", "No.")}, resource=resource)
    early = span({**TOOL, "gen_ai.tool.call.result": "x" * 1000}, root, resource=resource)
    world.intake.accept([early])
    assert world.intake._assembly.content_size == 1000  # whose it is is not known yet
    world.intake.accept([root])
    assert world.intake._assembly.content_size == 0
    await world.after(3)
    assert world.queue.answers == {}
    assert len(world.notes.notes) == 1


async def test_a_secret_that_the_answer_gave_away_is_told_though_it_is_masked() -> None:
    world = World()
    said = message("assistant", "Sure, it is ghp_k3J9x2Lm5Qr8Tz1Vb4Nc7Wd6Ye0Hf2Ga.")
    root = span({**AGENT, "gen_ai.conversation.id": "s1", "gen_ai.input.messages": message("user", "?"), "gen_ai.output.messages": said})
    world.intake.accept([root])
    await world.after(3)
    (answer,) = world.queue.answers.values()
    assert answer.answer == "Sure, it is [redacted]."
    assert "GitHub token" in answer.facts["secrets_leak"]


async def test_answers_beyond_the_number_a_minute_are_counted_and_not_kept() -> None:
    world = World(replace(TARGET, max_per_minute=3))
    for number in range(5):
        own = {"gen_ai.input.messages": message("user", "?"), "gen_ai.output.messages": message("assistant", "!")}
        world.intake.accept(turn(f"s{number}", **own))
    await world.after(3)
    assert (len(world.queue.answers), world.intake.counts.over_quota, len(world.notes.notes)) == (3, 2, 5)
