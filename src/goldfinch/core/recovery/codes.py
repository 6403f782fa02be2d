"""The error codes of this area (Rollback, drills and runbooks), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

REFUSED: Final = "E3801"
NO_RECORD: Final = "E3802"
UNKNOWN_RUNBOOK: Final = "E3803"
DRILLS_UNREADABLE: Final = "E3804"
DRILL_FAILED: Final = "E3805"
NO_LIVE_ANSWER: Final = "E3806"
NOT_RECORDED_HERE: Final = "E3807"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    REFUSED: (
        "A rollback to this release means nothing now: nobody knows what is stable, it is on its way up, or denied. Nothing was moved.",
        "The line says which. `goldfinch rollout status` says where the rollout stands; `--force` with a reason takes a denied release.",
    ),
    NO_RECORD: (
        "Nothing was ever rolled out for this service in this environment, so there is no record to read. That is never a pass.",
        "Run the command that the line prints, or correct `--environment` and `--config`: the record is in the store of the settings.",
    ),
    UNKNOWN_RUNBOOK: ("There is no runbook of this name.", "`goldfinch runbook` lists them; the line names near ones."),
    DRILLS_UNREADABLE: (
        "The file of drills has a line that is none. Until it is mended nobody knows when a rollback was last rehearsed.",
        "The line says where. Remove the line, or the file, and hold a drill: `goldfinch drill --fault errors`.",
    ),
    DRILL_FAILED: (
        "A drill did not come to its end: the rehearsal's proxy or releases did not start, or the rollback did not happen in time.",
        "Read the line; the folder that it names is kept, with the logs of every part.",
    ),
    NO_LIVE_ANSWER: (
        "The proxy did not answer a request that was to prove which release serves. What it serves is not known, which is no proof.",
        "See that `goldfinch proxy` runs and that `proxy.listen` is its address; `goldfinch runbook route-drift` says how to look.",
    ),
    NOT_RECORDED_HERE: (
        "The rollout that is recorded is of other releases than the command names.",
        "Name none: the record is read. Or correct the names; the line says what is recorded.",
    ),
}
