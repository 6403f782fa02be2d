"""The error codes of this area (Deployment), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

NO_COMMAND: Final = "E3201"
NO_CHECKOUT: Final = "E3202"
NOT_THE_RELEASE: Final = "E3203"
NOT_SET: Final = "E3204"
SHOWN_TO_ALL: Final = "E3205"
BUSY: Final = "E3206"
RECORD_UNREADABLE: Final = "E3207"
NOT_STARTED: Final = "E3208"
IN_FLIGHT: Final = "E3209"
WAY_BACK: Final = "E3210"
NO_ROOM: Final = "E3211"
NO_STAGE: Final = "E3212"
NOT_EXPAND_ONLY: Final = "E3213"
UNSUPPORTED: Final = "E3214"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    NO_COMMAND: ("Nothing says how a release is started.", "Give `deploy.command`: docs/guides/deploying.md."),
    NO_CHECKOUT: (
        "The files of a release cannot be checked out: it names no commit, or git does not have it.",
        "Commit, make the release again and fetch the commit here; `deploy.checkout: false` runs from the folder as it is.",
    ),
    NOT_THE_RELEASE: (
        "The files of the release's commit are not those that the release was made of; it was made of files that no commit holds.",
        "Commit, and make the release again without --allow-dirty.",
    ),
    NOT_SET: ("A variable that `deploy.env` takes from the environment is not set there.", "Export it where the controller runs."),
    SHOWN_TO_ALL: (
        "A command of `deploy:` takes a value from the environment. Every user of the machine could read it in the list of processes.",
        "Name it under `deploy.env`, and read it from the environment in the program.",
    ),
    BUSY: ("Another controller is starting or stopping the release at this moment.", "Nothing: it is tried again."),
    RECORD_UNREADABLE: (
        "A file in which the deployer keeps what it started cannot be read. Nothing is started or stopped by guess.",
        "The line names the file. Stop the release's processes by hand, then remove the release's folder.",
    ),
    NOT_STARTED: ("The operating system did not start the process.", "The line has its words."),
    IN_FLIGHT: (
        "The release was not stopped: it has requests in flight.",
        "Wait until they end, or force it: who is cut off then sees a broken answer.",
    ),
    WAY_BACK: (
        "The canary was not started, because there would be no way back: the stable release's files, processes or memory are not ready.",
        "The line says what is missing. `deploy.way_back: warn` starts all the same; a rollback may then bring back the code only.",
    ),
    NO_ROOM: ("There is no room for the release on this machine.", "Stop what is not needed, or lower `instances` or `memory_mb`."),
    NO_STAGE: ("A stage was asked for that the settings do not describe.", "Give `deploy.migrate`, or set `rollout.migrations: false`."),
    NOT_EXPAND_ONLY: (
        "A migration takes away or changes what the stable release uses, or cannot be read by the check. It was not run.",
        "Split it: add first, take away once no release that uses it runs. Or approve it: a rollback then brings back the code only.",
    ),
    UNSUPPORTED: ("Release processes need Linux: /proc and pidfd tell one process from another.", "Run the controller on Linux."),
}
