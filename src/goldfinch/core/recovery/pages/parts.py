"""Steps that many pages share."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.runbook import Do

STATUS: Final = Do("Read where it stands and why; the first line says it.", "goldfinch rollout status")
EXPLAIN: Final = Do("Read every figure behind the decision.", "goldfinch rollout explain")
HISTORY: Final = Do("Read what was decided, when and by whom.", "goldfinch rollout history")
DIFF: Final = Do(
    "See what the canary changes; prompts come first. STABLE and CANARY are in the status.", "goldfinch release diff STABLE CANARY --lines"
)
ABORT: Final = Do("Send all traffic back to the stable release now. Anyone on call may.", 'goldfinch rollout abort --reason "WHY"')
ROLL_BACK: Final = Do(
    "Or name the release that is to serve; this works with and without a rollout under way, and proves it by live requests.",
    'goldfinch rollback --to STABLE --reason "WHY"',
)
SMOKE: Final = Do("Ask the service the smoke questions through its own door.", "goldfinch smoke --endpoint http://127.0.0.1:8080")
VALIDATE: Final = Do(
    "Have it said that the stable release serves alone, healthy, proved by live requests.", "goldfinch validate --version STABLE"
)
PACK: Final = Do(
    "Open the evidence pack, `.goldfinch/SERVICE/ENVIRONMENT/evidence/ROLLOUT/index.html`: reason, series, failed sessions, the "
    "release's diff."
)
OWNER: Final = "The owner of the change (the release's `created by`), with the evidence pack. "
PLATFORM: Final = "Whoever keeps the machine that `goldfinch proxy` and `goldfinch serve` run on. "
AUDIT: Final = Do("See that the history is whole.", "goldfinch audit verify")
