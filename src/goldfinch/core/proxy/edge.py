"""What happens to a request before it is routed, and which lines are written of it: the part of the proxy that never changes.

Headers that begin with `x-goldfinch-` and are named here exist between the door and the routes only; no agent sees them, and no client
can set them.
"""

from __future__ import annotations

from typing import Final

from goldfinch.core.proxy.envoy_json import Json, extension
from goldfinch.core.rollout.arms import ARM_HEADER, PROBE_HEADER, SESSION_COOKIE, SESSION_HEADER

GIVEN: Final = "x-goldfinch-given"
"""There where the client named its session: absent, it was minted in this request."""
PINS: Final = "x-goldfinch-pins"
"""Everything in which a client may have returned a token, to be searched for one."""
INNER: Final = (GIVEN, PINS, PROBE_HEADER, ARM_HEADER)
"""What routes read and agents do not get. The agent's own cookies pass, ours among them: Envoy cannot take one out of many."""
SESSION_ID: Final = r"[A-Za-z0-9._~:@/+=-]{1,200}"
"""What a session id may consist of: it goes into a cookie, a log and a hash."""
METADATA: Final = "goldfinch"
TOLD: Final = ("minted", "pinned", "probe")
"""Members of a route's metadata, which is how the access log knows."""

_COOKIE = (
    f"'cookie' in request.headers && request.headers['cookie'].matches('(^|; ?){SESSION_COOKIE}=[^;]') ? "
    rf"re.extract(request.headers['cookie'], '^(?:.*; ?)?{SESSION_COOKIE}=\"?([^;\"]*).*', '\\1') : ''"
)
_MALFORMED = "!"
"""In place of what is no session id, also where it came in several headers: an agent might read another of them than the proxy."""
_BARE = (
    f"request.headers['{SESSION_HEADER}'].matches('^[A-Za-z0-9._~:@/+=-]+$') ? "
    rf"re.extract(request.headers['{SESSION_HEADER}'], '^(.*?)([.][0-9a-f]{{32}})?$', '\\1') : '{_MALFORMED}'"
)
_ALIASES = ("x_session_id", "x-session_id", "x_session-id")
"""What WSGI and CGI take for the session's header too (`HTTP_X_SESSION_ID`): the agent would be told another session than the log."""
_FROM_CLIENTS = (
    "x-envoy-retry-on", "x-envoy-retry-grpc-on", "x-envoy-max-retries", "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms", "x-envoy-hedge-on-per-try-timeout", "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-timeout-alt-response", "x-envoy-expected-rq-timeout-ms",
)  # fmt: skip
"""Orders to Envoy that nobody outside may give: a retry, for instance."""


def early_mutations() -> list[Json]:
    """In order: what the client named, else a new id; then the bare id, which is what routes hash and the agent gets."""
    mutations = [
        *({"remove": name} for name in (GIVEN, PINS, *_ALIASES, *_FROM_CLIENTS)),
        _set(PINS, f"%REQ({SESSION_HEADER})% %REQ({ARM_HEADER})% %REQ(cookie)%"),
        _set(SESSION_HEADER, f"%CEL({_COOKIE})%", "ADD_IF_ABSENT"),
        _set(GIVEN, f"%REQ({SESSION_HEADER}):1%"),
        _set(SESSION_HEADER, "%UNIQUE_ID%", "ADD_IF_ABSENT"),
        _set(SESSION_HEADER, f"%CEL({_BARE})%"),
    ]
    message = "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    return [extension("http.early_header_mutation.header_mutation", message, mutations=mutations)]


def access_logs(path: str) -> list[Json]:
    """A line when a request begins, and one when it has ended, into one file. docs/guides/proxy.md has the members."""
    return [_access_log(path, "start", ["DownstreamStart"]), _access_log(path, "end", ["DownstreamEnd"])]


def _access_log(path: str, type_: str, types: list[str]) -> Json:
    told = {name: f"%METADATA(ROUTE:{METADATA}:{name})%" for name in TOLD}
    line = {
        "type": type_,
        "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%6fZ)%",
        "duration_ms": "%DURATION%",
        "request_id": "%STREAM_ID%",
        "session": f"%REQ({SESSION_HEADER}):200%",
        **told,
        "release": "%UPSTREAM_CLUSTER%",
        "status": "%RESPONSE_CODE%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "method": "%REQ(:METHOD):16%",
        "path": "%PATH(NQ):512%",
        "bytes": "%BYTES_SENT%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    }
    message = "extensions.access_loggers.file.v3.FileAccessLog"
    log = extension("access_loggers.file", message, path=path, log_format={"json_format": line})
    return {**log, "filter": {"log_type_filter": {"types": types}}}


def _set(name: str, value: str, action: str = "OVERWRITE_IF_EXISTS_OR_ADD") -> Json:
    return {"append": {"header": {"key": name, "value": value}, "append_action": action}}
