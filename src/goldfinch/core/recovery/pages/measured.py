"""What the measurements of the canary set off."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.pages.parts import ABORT, DIFF, EXPLAIN, OWNER, PACK, ROLL_BACK, SMOKE, STATUS, VALIDATE
from goldfinch.core.recovery.runbook import Do, Runbook

_BACK = (ABORT, ROLL_BACK)
_THEN = "rolls back: weight 0 and the canary's sessions moved in one change, then the canary is drained, stopped and denied."

MEASURED: Final = (
    Runbook(
        "error-rate",
        "The canary fails more sessions than the stable release",
        "`error_rate`: the share of sessions with a failed request (status 500 or more, a stream that was cut, 429 of the agent itself) is "
        "above the stable release's times its guard, with evidence.",
        _THEN,
        (STATUS, EXPLAIN, PACK, DIFF),
        (*_BACK, Do("Is the stable release failing too? Then it is no fault of the canary.", "goldfinch runbook baseline-degraded")),
        (VALIDATE, SMOKE),
        OWNER + "If the stable release fails as well after the rollback, the provider of the model, then the owner of the tools.",
        ("measurements",),
    ),
    Runbook(
        "p95-latency",
        "The canary answers more slowly",
        "`p95_latency`: more of the canary's sessions than the guard allows took longer than the stable release's 95th percentile.",
        _THEN + " Sessions may end where they are if the plan says `sessions: finish`.",
        (
            STATUS,
            EXPLAIN,
            DIFF,
            Do("Is the machine itself short of processor or memory? Then both arms are slow: see `baseline-degraded`."),
        ),
        _BACK,
        (VALIDATE,),
        OWNER + "A slower model or one more tool call is a decision of the product; raise the guard only by a reviewed change.",
        ("latency", "slow"),
    ),
    Runbook(
        "evaluation-score",
        "The canary's answers are judged worse",
        "`evaluation_score`: the mean of the live scorers over the canary's sampled answers is below the stable release's times its guard.",
        _THEN,
        (STATUS, EXPLAIN, PACK, DIFF, Do("Read ten of the candidate cases of the pack. Are they worse, or is the judge?")),
        _BACK,
        (
            VALIDATE,
            Do("Make golden cases of the candidates that are right: they land in `candidates.jsonl`, and a reviewed change adds them."),
        ),
        OWNER + "A judge that is wrong: hold it against people's labels (`goldfinch judge calibrate`) before it blocks again.",
        ("quality", "avg_evaluation_score"),
    ),
    Runbook(
        "probe-score",
        "The canary answers probe sessions worse",
        "`probe_score`: golden sessions of several turns, sent to both arms, were answered worse by the canary. Probes see what users' "
        "sessions do not show in single turns, such as lost memory.",
        _THEN,
        (STATUS, EXPLAIN, DIFF),
        _BACK,
        (VALIDATE, SMOKE),
        OWNER + "If the stable release fails the same probes, the owner of the probe cases.",
        ("probes",),
    ),
    Runbook(
        "safety",
        "A confirmed breach of safety",
        "One confirmed breach by the canary: it leaked what it must not, or obeyed what was planted. One is enough.",
        "rolls back at once, without waiting for a second one.",
        (STATUS, PACK, Do("Which sessions saw it? They are in the pack, by session id, without content where content was not sampled.")),
        _BACK,
        (VALIDATE, Do("The release stays denied; see that it is.", "goldfinch release show CANARY")),
        "Security, at once, with the pack. Irreversible effects of the canary's tools are for the incident's owner to list and undo.",
        ("safety_breach",),
    ),
    Runbook(
        "fast-path",
        "The canary is grossly broken",
        "`fast_path`: so many failures in so short a time that no statistics are needed.",
        "rolls back at once; checks of the usual interval are not waited for.",
        (STATUS, EXPLAIN, PACK),
        _BACK,
        (VALIDATE, SMOKE),
        OWNER + "Why did the smoke test let it through? It gets a case of this.",
    ),
    Runbook(
        "absolute-limit",
        "The canary is beyond an absolute limit",
        "`absolute_limit`: a metric of the canary is worse than `rollout.health.absolute_limits` tolerates, whatever the stable "
        "release does.",
        _THEN,
        (STATUS, EXPLAIN, Do("Is the stable release near the limit as well? Then the limit, or the world, has changed.")),
        _BACK,
        (VALIDATE,),
        OWNER + "A limit is changed by a reviewed change of the settings, never during a rollout.",
    ),
    Runbook(
        "inconclusive",
        "Too little was measured to decide",
        "`inconclusive`, or a hold `InconclusiveAnalysis`: the step's time and its one extension are over, and the figures "
        "neither pass nor "
        "fail.",
        "holds the weight until a person decides; rolls back where the plan says `on_inconclusive: rollback`. Nothing passes by silence.",
        (STATUS, EXPLAIN),
        (
            Do("Watch longer.", "goldfinch rollout resume"),
            Do("Or take the decision, under your name.", 'goldfinch rollout promote --reason "WHY"'),
            ABORT,
        ),
        (STATUS,),
        OWNER
        + "If it happens in every rollout, the steps are too short for the traffic: `goldfinch rollout start` says what they can see.",
        ("InconclusiveAnalysis",),
    ),
    Runbook(
        "insufficient-samples",
        "Too few sessions on the canary",
        "Held with `InsufficientSamples`: the canary had too few sessions to have seen what the step is to see.",
        "extends the bake once, then holds the weight. It never promotes for want of sessions.",
        (STATUS, Do("Do users come at all? Is it night?"), EXPLAIN),
        (
            Do("Watch longer.", "goldfinch rollout resume"),
            Do("Or decide with what there is.", 'goldfinch rollout promote --reason "WHY"'),
            ABORT,
        ),
        (STATUS,),
        OWNER + "Where there is never enough traffic: larger steps, longer bakes, or probe sessions, in a reviewed change of `rollout:`.",
    ),
)
