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
NO_ACCESS: Final = "E3651"
ROLE_TOO_LOW: Final = "E3652"
FOREIGN_HOST: Final = "E3653"
FOREIGN_PAGE: Final = "E3654"
BAD_REQUEST: Final = "E3655"
TOO_MANY_TRIES: Final = "E3656"
NO_SUCH_PLACE: Final = "E3657"
TOO_MANY_LISTENERS: Final = "E3658"
SERVER_DEFECT: Final = "E3659"
TOKENS_UNUSABLE: Final = "E3660"

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
        "A rollout of an environment that is not local was asked for from a CI runner, and would be kept in a file that goes with it.",
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
    NO_ACCESS: (
        "The server was asked without a token, or with one that it does not know.",
        "Open the address that `goldfinch serve` printed, or send `Authorization: Bearer TOKEN` from .goldfinch/serve-tokens.json.",
    ),
    ROLE_TOO_LOW: (
        "The token is right, and may not do this: a viewer's reads, a releaser's decides, a sender's sends telemetry.",
        "Use the token of the role that the line names.",
    ),
    FOREIGN_HOST: (
        "The request named a host that this server is not known by. It may be a page whose name was pointed at this machine.",
        "Use the address that `goldfinch serve` printed, or add the name to `serve.hosts`.",
    ),
    FOREIGN_PAGE: (
        "A page of another origin sent a request that changes something. Nothing was changed.",
        "Use the page of `goldfinch serve` itself, at the address that it printed.",
    ),
    BAD_REQUEST: (
        "The body or a parameter of a request cannot be read: no JSON, too large, too slow, a key that means nothing, a wrong type.",
        "The line says which; docs/guides/serve.md lists what each request holds.",
    ),
    TOO_MANY_TRIES: (
        "Too many wrong tokens came from one address.",
        "Wait as long as Retry-After says. A right token is answered meanwhile.",
    ),
    NO_SUCH_PLACE: ("The server has nothing at this path, or not for this method.", "docs/guides/serve.md lists the paths."),
    TOO_MANY_LISTENERS: (
        "As many clients listen to rollouts as the server serves at once.",
        "Close a page that nobody looks at, or ask again after Retry-After.",
    ),
    SERVER_DEFECT: ("The server met something that it did not expect. It goes on.", "Its log has the line; please report it."),
    TOKENS_UNUSABLE: (
        "The file of the server's tokens cannot be read or written, holds something else, or others than its owner can read it.",
        "Mend its permissions (0600), or delete it: the next start makes new tokens.",
    ),
}
