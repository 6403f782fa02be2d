"""Whole rollouts in simulated time."""

from __future__ import annotations

from tests.simulated_rollout import World

from goldfinch.core.rollout.state import Phase


async def test_a_good_release_goes_all_the_way() -> None:
    world = World()
    world.start()
    await world.run()
    for d in world.store.decisions("ro_1"):
        print(d.at.time(), d.from_phase, "->", d.to_phase, "|", d.reason[:150], d.commands)
    print(world.clock.utc())
    for l in world.log.lines: print(l[0], str(l[1])[:200]) if l[0] not in ("rollout.decision",) else None
    assert world.row().state.phase is Phase.SUCCEEDED
    assert world.router.requests[-1].percent == 100
    assert world.deployer.stable == world.row().canary
