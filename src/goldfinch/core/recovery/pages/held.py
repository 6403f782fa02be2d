"""Holds in doubt, and silence: the comparison itself cannot be trusted."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.pages.parts import ABORT, EXPLAIN, OWNER, PLATFORM, ROLL_BACK, SMOKE, STATUS, VALIDATE
from goldfinch.core.recovery.runbook import Do, Runbook

_RESUME = Do("Go on, with a whole bake.", 'goldfinch rollout resume --reason "WHY"')

HELD: Final = (
    Runbook(
        "metrics-unavailable",
        "The measurements are silent",
        "Held with `MetricsUnavailable`, or rolled back with `unknown`: the access log, the notes or the store of measurements "
        "gave nothing "
        "for longer than `unknown_hold`. An outage of measurements says nothing about the canary.",
        "holds the weight; goes on by itself when measurements are back; rolls back after `max_hold`. Never promotes.",
        (
            STATUS,
            Do(
                "Does the proxy write? The newest `access-*.jsonl` under `.goldfinch/SERVICE/ENVIRONMENT/access/` grows with every request."
            ),
            Do("Is there room on the disk? `df -h .goldfinch`"),
        ),
        (Do("Mend the source, and wait: it goes on by itself."), Do("No time for that?", 'goldfinch rollout abort --reason "blind"')),
        (EXPLAIN, VALIDATE),
        PLATFORM,
        ("unknown", "metrics-outage"),
    ),
    Runbook(
        "no-traffic",
        "The canary gets no sessions",
        "Held, or rolled back with `no_data`: sessions came, and none of those that should have gone to the canary arrived there. A dead "
        "canary reports no errors.",
        "holds first, then does what `on_no_data` says: rolls back, or waits for a person.",
        (
            STATUS,
            Do(
                "Does the canary answer? `curl -i http://127.0.0.1:PORT/health/ready`; its port is in "
                "`.goldfinch/SERVICE/ENVIRONMENT/processes/`."
            ),
            Do("Do users come through this proxy at all, or past it?"),
        ),
        (ABORT, ROLL_BACK),
        (VALIDATE, SMOKE),
        PLATFORM + OWNER,
        ("no_data",),
    ),
    Runbook(
        "sample-ratio",
        "Sessions do not split as they were told to",
        "Held with `SampleRatioMismatch`: the shares of sessions on the arms are not the shares that the router serves. "
        "Whatever is compared "
        "then compares different people.",
        "holds the weight, rolls back after `max_hold`.",
        (
            STATUS,
            EXPLAIN,
            Do(
                "Do clients send `x-session-id`, or the cookie, back as they got it? One client that invents ids for every "
                "request is enough."
            ),
            Do("Do sessions die on the canary before they are counted? Compare requests and sessions in the explanation."),
        ),
        (Do("Found and mended?", 'goldfinch rollout resume --reason "WHAT WAS WRONG"'), ABORT),
        (EXPLAIN,),
        OWNER + "Then the owner of the client.",
        ("SampleRatioMismatch", "sample_ratio_mismatch"),
    ),
    Runbook(
        "baseline-degraded",
        "The stable release itself is unwell",
        "Held with `BaselineDegraded`: the stable arm is failing, or moved together with the canary. Usually the model's "
        "provider, or a tool.",
        "holds the weight and never blames the canary for it; goes on when the stable release is well; rolls back after `max_hold`.",
        (STATUS, EXPLAIN, Do("Read the status page of the model's provider, and the logs of the tools.")),
        (
            Do("Wait for the provider: it goes on by itself."),
            Do("The canary is the remedy? Go on under your name.", 'goldfinch rollout promote --reason "WHY"'),
            Do("Stable never comes back? An older release may.", 'goldfinch rollback --to OLDER --reason "WHY"'),
        ),
        (SMOKE, EXPLAIN),
        "The owner of the provider's contract; then " + OWNER,
        ("stable-unhealthy",),
    ),
    Runbook(
        "route-drift",
        "Somebody else changed the split",
        "Held with `RouteDrift`: the proxy serves another split than the rollout set.",
        "does not fight: it holds, says what changed, goes on when it is undone, rolls back after `max_hold`.",
        (STATUS, Do("Who wrote `.goldfinch/SERVICE/ENVIRONMENT/proxy/`? Was Envoy started with other files?")),
        (Do("Set the weight of the rollout again.", 'goldfinch rollout resume --reason "WHO DID IT"'), ABORT),
        (STATUS, VALIDATE),
        PLATFORM,
    ),
    Runbook(
        "operator-pause",
        "A person holds the rollout",
        "Held with `OperatorPause` or `CanaryPauseStep`: somebody paused it, or the plan stops here for a person. It waits without end.",
        "watches on, and rolls back on harm with evidence; else it waits.",
        (STATUS, Do("Who paused, and why?", "goldfinch rollout history")),
        (_RESUME, Do("Or take the next step.", 'goldfinch rollout promote --reason "WHY"'), ABORT),
        (STATUS,),
        "Who paused it; their name is in the history.",
        ("CanaryPauseStep",),
    ),
    Runbook(
        "approval-timeout",
        "Nobody approved in time",
        "Held with `ApprovalTimeout`: no traffic has moved.",
        "waits, without traffic, for an approval or an end.",
        (STATUS, Do("What would be approved?", "goldfinch release diff STABLE CANARY --lines")),
        (
            Do("Approve; whoever made the release or asked for the rollout cannot.", 'goldfinch rollout approve --reason "WHY"'),
            Do("Or reject.", 'goldfinch rollout reject --reason "WHY"'),
        ),
        (STATUS,),
        OWNER + "Then whoever may approve for this environment.",
    ),
)
