"""What every probe target does, the fake and the real one."""

from __future__ import annotations

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import FailureKind
from goldfinch.ports.probe_target import ProbeTarget


class ProbeTargetContract:
    """`make_target` gives one that says each turn again, fails with a 500 where it is `please fail`, and calls its release `rel-1`."""

    def make_target(self) -> ProbeTarget:
        raise NotImplementedError

    async def test_an_answer_comes_with_the_release_that_gave_it(self) -> None:
        async with self.make_target() as target:
            said = await target.say(Case("case", "hello"), session="probe-1")
        assert (said.output.text, said.output.failure, said.release) == ("hello", None, "rel-1")

    async def test_a_failed_turn_is_no_exception_and_names_the_release_too(self) -> None:
        async with self.make_target() as target:
            said = await target.say(Case("case", "please fail"), session="probe-1")
        assert said.output.failure is not None
        assert (said.output.failure.kind, said.output.failure.status) == (FailureKind.SERVER_ERROR, 500)
        assert said.release == "rel-1"

    async def test_many_sessions_are_held_at_once(self) -> None:
        import asyncio

        async with self.make_target() as target:
            said = await asyncio.gather(*(target.say(Case("case", f"turn {n}"), session=f"probe-{n}") for n in range(20)))
        assert [one.output.text for one in said] == [f"turn {n}" for n in range(20)]

    async def test_health_is_asked_at_its_path(self) -> None:
        async with self.make_target() as target:
            assert await target.healthy("/health/ready") is None
