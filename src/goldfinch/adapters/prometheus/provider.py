"""Queries to a real Prometheus."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from socket import gaierror
from typing import Final
from urllib.parse import urlencode

from goldfinch.adapters.prometheus.connection import endpoint, post
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.live.failures import PrometheusRefused, PrometheusUnavailable
from goldfinch.core.live.series import BadReply, QueryRefused, Series, read_series

TIMEOUT_S: Final = 10.0
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "it did not answer in time"),
    (ConnectionRefusedError, "connection refused"),
    (gaierror, "its name is unknown"),
    (ssl.SSLError, "the TLS connection failed"),
    (http.client.RemoteDisconnected, "it closed the connection"),
    (http.client.HTTPException, "it does not speak HTTP as expected"),
)


class PrometheusProvider:
    """Blocking; call it from a thread where an event loop runs. What is missing is not in an answer: nothing stands in for it."""

    def __init__(
        self, url: str, *, allow_private: bool = False, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        """`url`: of the server, with the path prefix it may have. `headers`: such as an authorization; sent, never shown.

        Raises `PrometheusAddressRefused`.
        """
        self._endpoint = endpoint(url, allow_private=allow_private)
        self._headers = {"User-Agent": "goldfinch", "Accept": "application/json", **(headers or {})}
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"PrometheusProvider({self._endpoint.shown!r})"

    def instant(self, query: str, at: datetime) -> tuple[Series, ...]:
        """Each series with its one value at `at`. Raises `PrometheusUnavailable` and `PrometheusRefused`."""
        return self._ask("/api/v1/query", {"query": query, "time": f"{at.timestamp():.3f}"})

    def range(self, query: str, start: datetime, end: datetime, step: timedelta) -> tuple[Series, ...]:
        """Each series with its values every `step` from `start` to `end`; where there was none, a point is missing. Raises as `instant`."""
        times = {"start": f"{start.timestamp():.3f}", "end": f"{end.timestamp():.3f}", "step": f"{step.total_seconds():g}"}
        return self._ask("/api/v1/query_range", {"query": query, **times})

    def value(self, query: str, at: datetime) -> float | None:
        """The value of a query that gives one; None where there is none. Raises as `instant`, and `PrometheusRefused` for several."""
        found = self.instant(query, at)
        if len(found) > 1:
            what = f"the query gives {len(found):,} series instead of one: {for_terminal_line(query)[:200]}"
            raise PrometheusRefused(what, where=self._endpoint.shown, hint="add up over labels, as in sum(…)")
        return found[0].last if found else None

    def by_label(self, query: str, at: datetime, label: str = "release") -> dict[str, float]:
        """Value of each release, or of each value of another label; one without a value is not there. Raises as `value`."""
        values: dict[str, float] = {}
        for series in self.instant(query, at):
            name = series.labels.get(label)
            if name in values:
                what = f"the query gives several series for {label}={for_terminal_line(name)[:100]}"
                raise PrometheusRefused(what, where=self._endpoint.shown, hint=f"add up over the other labels, as in sum by ({label}) (…)")
            if name is not None:
                values[name] = series.last
        return values

    def _ask(self, path: str, form: Mapping[str, str]) -> tuple[Series, ...]:
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            status, body = post(self._endpoint, path, urlencode(form).encode(), headers, self._timeout_s)
        except (OSError, http.client.HTTPException) as error:
            raise PrometheusUnavailable(_in_words(error), where=self._endpoint.shown) from error
        if 300 <= status < 400:
            raise PrometheusUnavailable(f"it redirects elsewhere (HTTP {status}), which is not followed", where=self._endpoint.shown)
        try:
            return read_series(body)
        except QueryRefused as error:
            words = for_terminal_line(str(error))
            kind = PrometheusRefused if status in (400, 422) else PrometheusUnavailable
            raise kind(f"it answers HTTP {status}: {words}", where=self._endpoint.shown) from error
        except BadReply as error:
            raise PrometheusUnavailable(f"it answers HTTP {status}, and what comes is {error}", where=self._endpoint.shown) from error


def _in_words(error: Exception) -> str:
    """In a few words, without anything that the other side wrote."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    return (getattr(error, "strerror", None) or type(error).__name__).lower()
