"""One request to the API of another Goldfinch, with the standard library's client: no redirect, no cookie, replies read up to a limit."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from goldfinch.core.errors import ExitCode, GoldfinchError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.serving import codes
from goldfinch.core.serving.failures import ServerRefused, ServerUnusable

MOST_BYTES = 32 * 1024 * 1024
TIMEOUT_S = 30.0
_CODE = re.compile(r"E\d{4}")
_HINT = "see that `goldfinch serve` runs there, or unset GOLDFINCH_URL"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """`url` as in GOLDFINCH_URL. A connection for each request: commands make few."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises `ServerRefused` (E3604)."""
        parts = urlsplit(self.url)
        try:
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
        except ValueError:
            good = False
        if not good:
            shown = for_terminal_line(self.url.rpartition("@")[2])[:120]
            what = f"{shown!r} is no URL of a server"
            raise ServerRefused(what, where="GOLDFINCH_URL", hint="http://HOST:PORT or https://HOST", code=codes.BAD_SERVER_URL)

    def get(self, *path: str, **query: str) -> Any:
        """The document at `/v1/` and `path`."""
        return self._exchange("GET", path, query, None)

    def post(self, *path: str, body: Any) -> Any:
        """The answer to `body` as JSON."""
        return self._exchange("POST", path, {}, json.dumps(body).encode())

    def _exchange(self, method: str, path: tuple[str, ...], query: dict[str, str], body: bytes | None) -> Any:
        target = f"/v1/{'/'.join(quote(part, safe='') for part in path)}" + (f"?{urlencode(query)}" if query else "")
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        headers = {"Accept": "application/json", "User-Agent": "goldfinch"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, parts.path.rstrip("/") + target, body, headers)
            response = connection.getresponse()
            answer = response.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            words = str(error) or type(error).__name__
            raise ServerUnusable(f"does not answer: {words[:200]}", where=self._where, hint=_HINT) from error
        finally:
            connection.close()
        return self._document(response.status, answer)

    @property
    def _where(self) -> str:
        return f"GOLDFINCH_URL {self.url}"

    def _document(self, status: int, answer: bytes) -> Any:
        try:
            if len(answer) > MOST_BYTES:
                raise ValueError("it is longer than anything that is asked for")
            document = json.loads(answer) if answer else None
        except ValueError as error:
            what = f"answers {status} with what is no JSON: {error}"
            raise ServerUnusable(what, where=self._where, code=codes.UNREADABLE_ANSWER, hint=_HINT) from error
        if status < 300:
            return document
        raise _refusal(status, document, self._where)


def _refusal(status: int, document: Any, where: str) -> GoldfinchError:
    """The server's own line, code and exit code (RFC 9457): a refusal reads the same from near and far."""
    said = document if isinstance(document, dict) else {}
    code = said.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        what = f"answers {status}: {str(said.get('detail') or said.get('title') or 'no word of a Goldfinch')[:300]}"
        return ServerUnusable(what, where=where, hint=_HINT)
    if status in (401, 403) and code.startswith("E365"):
        hint = "set GOLDFINCH_TOKEN to the releaser's token of the server's .goldfinch/serve-tokens.json"
        return ServerRefused(str(said.get("detail"))[:300], where=where, hint=hint, code=codes.SERVER_REFUSED)
    kind = ServerUnusable if said.get("exit_code") == ExitCode.INCONCLUSIVE else ServerRefused
    return kind(str(said.get("detail"))[:600], code=code)
