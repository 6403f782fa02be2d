"""Parts that do not do what they were asked for: releases, router, controller, and what people ask."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.pages.parts import ABORT, AUDIT, DIFF, HISTORY, OWNER, PACK, PLATFORM, ROLL_BACK, SMOKE, STATUS, VALIDATE
from goldfinch.core.recovery.runbook import Do, Runbook

_LOG = Do("Read the release's own log, under `.goldfinch/SERVICE/ENVIRONMENT/processes/`.")

BROKEN: Final = (
    Runbook(
        "unhealthy",
        "The canary does not run, or fails every health probe",
        "`unhealthy`: every process of the canary is gone, or none answers its health path.",
        "rolls back at once, whoever holds or asks.",
        (STATUS, _LOG, DIFF),
        (ABORT, ROLL_BACK),
        (VALIDATE, SMOKE),
        OWNER,
        ("crash",),
    ),
    Runbook(
        "not-ready",
        "The canary did not get ready for more traffic",
        "`not_ready`: before a larger share its processes did not all answer the health path within `ready_within`.",
        "rolls back; before any traffic it ends as Failed, and production was not touched.",
        (STATUS, _LOG, Do("Is memory or a port missing? The deployer's line in the status says what it waits for.")),
        (ABORT,),
        (VALIDATE,),
        OWNER + PLATFORM,
    ),
    Runbook(
        "router",
        "The router does not serve the weight that it was asked for",
        "`router`: the new weight was not served, or not acknowledged, within `verify_within`.",
        "rolls back; a router that refuses that too leads to `rollback-failed`.",
        (
            STATUS,
            Do("Does the proxy run? Its last lines say what Envoy refused."),
            Do("Is it the proxy of this environment? Compare `proxy.listen`."),
        ),
        (Do("Start the proxy again; it comes back at the split that is written.", "goldfinch proxy --environment ENVIRONMENT"), ABORT),
        (VALIDATE,),
        PLATFORM,
        ("not-shifted",),
    ),
    Runbook(
        "rollback-failed",
        "The rollback does not get through",
        "`RollbackFailed`: the router was asked for weight 0 and does not serve it. Users may still reach the canary.",
        "never gives up: it asks again with growing pauses, takes the second path (Envoy's runtime key, then the file), and at last stops "
        "the canary's processes, if somebody else can serve.",
        (
            STATUS,
            Do("Does the proxy run at all? If not, nobody is served: start it.", "goldfinch proxy --environment ENVIRONMENT"),
            Do("Who answers? `curl -si http://127.0.0.1:8080/health/ready | grep -i x-goldfinch-release`"),
        ),
        (
            Do("Have the router asked again at once.", 'goldfinch rollout retry --reason "WHY"'),
            Do("Ask for the stable release by name; the command proves who serves.", 'goldfinch rollback --to STABLE --reason "WHY"'),
            Do("Still the canary? Stop its process: the pid is in `.goldfinch/SERVICE/ENVIRONMENT/processes/`. `kill PID`"),
        ),
        (VALIDATE, SMOKE),
        PLATFORM + "At once: this page is a page. " + OWNER,
        ("RollbackFailed",),
    ),
    Runbook(
        "controller-down",
        "No controller drives the rollout",
        "The dead man's switch of the proxy fired, or is about to: nobody has touched `proxy/alive` for `proxy.dead_man`. The "
        "rollout stands.",
        "the proxy gives the canary's traffic back to the stable release after `proxy.dead_man`; a controller that comes back goes on from "
        "the row.",
        (STATUS, Do("Does `goldfinch serve` run? Does the store answer? Is the disk full?")),
        (
            Do("Start it again: it finds every rollout that has not ended.", "goldfinch serve"),
            Do(
                "No server to be had? Any terminal with the same settings will do.",
                'goldfinch rollback --to STABLE --reason "no controller"',
            ),
        ),
        (STATUS, VALIDATE, AUDIT),
        PLATFORM,
        ("dead-man", "controller", "kill-controller"),
    ),
    Runbook(
        "operator",
        "A person aborted the rollout",
        "`operator`: somebody asked for an abort or a rollback; name and reason are in the history.",
        "rolls back as in every other case; the release is denied until somebody allows it with a reason.",
        (HISTORY, PACK),
        (
            Do("Nothing more. To try the same release again, allow it, then start anew.", 'goldfinch release allow CANARY --reason "WHY"'),
            Do("To go further back than the stable release:", 'goldfinch rollback --to OLDER --reason "WHY"'),
        ),
        (VALIDATE,),
        "Who aborted it.",
        ("abort", "operator-abort", "rollback"),
    ),
    Runbook(
        "superseded",
        "A newer release takes the place",
        "`superseded`: a newer rollout asked for the place of this one.",
        "rolls back first, then the newer one starts from the stable release. The older one is not denied.",
        (STATUS, HISTORY),
        (Do("Nothing, if that was meant. Else end the newer one.", 'goldfinch rollout abort --reason "WHY"'),),
        (STATUS,),
        "Who started the newer one.",
    ),
    Runbook(
        "refused",
        "The release may not go on",
        "`refused`: the canary was denied, its approval lapsed, or the gate results that it was let through with are not the "
        "ones on record.",
        "rolls back where traffic had moved, else it ends as Failed.",
        (STATUS, Do("Who denied it, and why?", "goldfinch release show CANARY"), AUDIT),
        (
            Do("Was the denial wrong?", 'goldfinch release allow CANARY --reason "WHY"'),
            Do("Then begin anew; an approval binds to exactly what was approved.", "goldfinch rollout start CANARY"),
        ),
        (STATUS,),
        "Who denied it, or who was to approve.",
        ("denied",),
    ),
    Runbook(
        "migration-failed",
        "A migration before traffic failed",
        "The rollout ended as Failed in `Migrating`: the expand-only migration of the release did not run through. No traffic has moved.",
        "stops the canary. The schema is left as it is: an expand-only migration may stay half-way, since the stable release "
        "does not use it.",
        (STATUS, _LOG, HISTORY),
        (
            Do("See that the stable release still serves: it runs on this schema.", "goldfinch validate --version STABLE"),
            Do("Mend the migration in a new release; never down-migrate in a hurry.", "goldfinch release create --tag TAG"),
        ),
        (SMOKE,),
        "The owner of the database, with the migration's own output. " + OWNER,
        ("migrate", "Migrating"),
    ),
    Runbook(
        "smoke-failed",
        "The smoke test failed",
        "The rollout ended as Failed in `SmokeTesting`: the canary, without traffic, did not answer the smoke questions. No "
        "traffic has moved.",
        "stops the canary; production was not touched.",
        (STATUS, _LOG, DIFF),
        (Do("Mend it in a new release.", "goldfinch release create --tag TAG"),),
        (SMOKE,),
        OWNER,
        ("smoke", "SmokeTesting"),
    ),
)
