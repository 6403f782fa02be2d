"""Refusals as `application/problem+json` (RFC 9457): one clear line, a code with a page, never a trace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from goldfinch.core.audit import codes as store_codes
from goldfinch.core.errors import ExitCode, GoldfinchError, InfrastructureError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.releases import codes as release_codes
from goldfinch.core.rollout import codes as rollout_codes
from goldfinch.core.serving import codes

TITLES: Final = {
    400: "Bad request",
    401: "No token",
    403: "Not allowed",
    404: "Not found",
    405: "Not for this method",
    408: "Too slow",
    409: "Not as things stand",
    413: "Too large",
    415: "No JSON",
    421: "Unknown host",
    422: "Cannot be carried out",
    429: "Too many tries",
    431: "Headers too large",
    500: "Defect",
    503: "Not now",
}
_STATUS: Final = {
    rollout_codes.UNKNOWN_ROLLOUT: 404,
    codes.NO_ROLLOUT: 404,
    rollout_codes.UNDER_WAY: 409,
    rollout_codes.REQUEST_REFUSED: 409,
    release_codes.DENIED: 409,
    release_codes.SELF_APPROVAL: 403,
    store_codes.STORE_UNAVAILABLE: 503,
    codes.NO_ACCESS: 401,
    codes.ROLE_TOO_LOW: 403,
    codes.FOREIGN_HOST: 421,
    codes.FOREIGN_PAGE: 403,
    codes.BAD_REQUEST: 400,
    codes.TOO_MANY_TRIES: 429,
    codes.NO_SUCH_PLACE: 404,
    codes.TOO_MANY_LISTENERS: 503,
    codes.SERVER_DEFECT: 500,
}
_MOST_CHARACTERS: Final = 600


class Refused(GoldfinchError):
    """A request that is not answered as it was meant. `status` of HTTP where the code alone does not say it."""

    def __init__(self, what: str, *, code: str, where: str = "", hint: str = "", status: int | None = None, retry_after_s: int = 0) -> None:
        super().__init__(what, where=where, hint=hint, code=code)
        self.status, self.retry_after_s = status, retry_after_s


def problem(error: GoldfinchError) -> Response:
    """The answer to a request that was refused."""
    status = status_of(error)
    retry_after = getattr(error, "retry_after_s", 0)
    headers = {"retry-after": str(retry_after)} if retry_after else {}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="goldfinch"'
    return json_answer(problem_facts(error, status), status, headers, "application/problem+json")


def status_of(error: GoldfinchError) -> int:
    """Of HTTP. What somebody else has to mend is 503, what the asker has to mend 422 where nothing says it better."""
    own = getattr(error, "status", None)
    if own is not None:
        return int(own)
    return _STATUS.get(error.code, 503 if isinstance(error, InfrastructureError) else 422)


def problem_facts(error: GoldfinchError, status: int) -> dict[str, Any]:
    """`detail` is the whole line; `code`, `where`, `hint` and `exit_code` its parts, for programs."""
    return {
        "type": f"urn:goldfinch:error:{error.code}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": for_terminal_line(str(error.problem))[:_MOST_CHARACTERS],
        "code": error.code,
        "where": for_terminal_line(error.problem.where)[:_MOST_CHARACTERS],
        "hint": for_terminal_line(error.problem.hint)[:_MOST_CHARACTERS],
        "exit_code": int(error.exit_code),
    }


def defect() -> Response:
    """Of something that nobody expected: what it was is in the log, not in the answer."""
    error = Refused("something went wrong in the server, which goes on; its log says what", code=codes.SERVER_DEFECT)
    return json_answer(problem_facts(error, 500) | {"exit_code": int(ExitCode.INCONCLUSIVE)}, 500, {}, "application/problem+json")


def json_answer(facts: Any, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "application/json") -> Response:
    """ASCII alone: whoever prints it on a terminal prints no escape sequence of anybody's."""
    return Response(json_text(facts), status, dict(headers or {}), kind)


def json_text(facts: Any) -> str:
    """In one line."""
    return json.dumps(facts, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
