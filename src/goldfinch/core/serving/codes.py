"""The error codes of this area (Server and rollout commands), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

SERVER_UNREACHABLE: Final = "E3601"
SERVER_REFUSED: Final = "E3602"
UNREADABLE_ANSWER: Final = "E3603"
BAD_SERVER_URL: Final = "E3604"
LOCAL_STORE_IN_CI: Final = "E3611"
VERDICT_REFUSED: Final = "E3612"
NO_ROLLOUT: Final = "E3613"
BAD_COMBINATION: Final = "E3614"
WEBHOOK_REFUSED: Final = "E3621"
ADDRESS_IN_USE: Final = "E3631"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    SERVER_UNREACHABLE: (
        "GOLDFINCH_URL is set, and nobody answers there. Nothing was changed.",
        "See that `goldfinch serve` runs there; or unset GOLDFINCH_URL to use the local store.",
    ),
    SERVER_REFUSED: (
        "The server of GOLDFINCH_URL refused the request: the token is missing or wrong, or the request is not allowed.",
        "Set GOLDFINCH_TOKEN to the token that `goldfinch serve` keeps; the line has the server's own words.",
    ),
    UNREADABLE_ANSWER: (
        "What answered at GOLDFINCH_URL is no Goldfinch, or one of another version.",
        "Check the URL; use the same version on both sides.",
    ),
    BAD_SERVER_URL: ("GOLDFINCH_URL is no URL that could be asked.", "Write it as http://HOST:PORT or https://HOST, without a password."),
    LOCAL_STORE_IN_CI: (
        "A rollout of an environment that is not local was asked for from a CI runner, and would be kept in a SQLite file there. "
        "The runner goes away, and with it the only record of who gets which release.",
        "Set GOLDFINCH_URL to a server that stays, or store.url to a PostgreSQL.",
    ),
    VERDICT_REFUSED: (
        "The file of --verdict is no verdict of `goldfinch check`, or one that did not pass. Nothing was started.",
        "Run the check for this commit again, and name the file that it wrote with `--output`.",
    ),
    NO_ROLLOUT: (
        "No rollout was named, and the service has none in this environment.",
        "Name it, or start one: `goldfinch rollout start RELEASE`.",
    ),
    BAD_COMBINATION: ("Two options contradict each other.", "Leave one of them out."),
    WEBHOOK_REFUSED: (
        "The URL of the webhook leads where it may not: to a private or loopback address, or it is no http(s) URL.",
        "Use a public address, or allow private ones with `serve.allow_private`.",
    ),
    ADDRESS_IN_USE: (
        "The address that `goldfinch serve` is to listen on is taken, or may not be listened on.",
        "Stop the other one, or set serve.listen.",
    ),
}
