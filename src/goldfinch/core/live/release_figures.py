"""Figures of a Prometheus for a release over the time that was watched: for display, each with its count, and missing where none came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from goldfinch.core.live.series import for_release

REQUESTS: Final = "requests"
"""The query whose value is the count of the others."""
RELEASE: Final = "$release"
DURATION: Final = "$duration"


def _risen(series: str, labels: str = "") -> str:
    """What a counter of Envoy rose by in the window; one that is younger counts from 0, because Envoy makes it with the first request."""
    selector = f"{series}{{envoy_cluster_name={RELEASE}{labels}}}"
    return f"((increase({selector}[{DURATION}]) and {selector} offset {DURATION}) or {selector})"


_ANSWERED: Final = f"sum({_risen('envoy_cluster_upstream_rq_xx')})"
_FAILED: Final = "sum({})".format(_risen("envoy_cluster_upstream_rq_xx", ',envoy_response_code_class="5"'))
ENVOY_QUERIES: Final[Mapping[str, str]] = {
    REQUESTS: f"sum({_risen('envoy_cluster_upstream_rq_completed')})",
    "5xx_share": f"({_FAILED} or {_ANSWERED} * 0) / {_ANSWERED}",
    "p95_ms": f"histogram_quantile(0.95, sum by (le) {_risen('envoy_cluster_upstream_rq_time_bucket')})",
}
"""Envoy's own series; a cluster has the release's id as its name. Without an answered request the share is 0/0, which is missing."""


@dataclass(frozen=True, slots=True)
class ReleaseFigure:
    """One query for one release. `value`: None is missing. `requests`: of the same release; None is unknown."""

    name: str
    release: str
    query: str
    value: float | None
    requests: float | None

    @property
    def in_words(self) -> str:
        if self.value is None:
            return f"{self.name} missing"
        if self.name == REQUESTS:
            return f"{self.name} {self.value:.6g}"
        return f"{self.name} {self.value:.6g} ({'count missing' if self.requests is None else f'of {self.requests:.6g} requests'})"

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "release": self.release, "value": self.value, "requests": self.requests, "query": self.query}


@dataclass(frozen=True, slots=True)
class PrometheusEvidence:
    """Beside what was measured; nothing is decided by it. `warnings`: why figures are missing."""

    seconds: float
    figures: tuple[ReleaseFigure, ...] = ()
    warnings: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """One a release."""
        for release in dict.fromkeys(figure.release for figure in self.figures):
            words = ", ".join(figure.in_words for figure in self.figures if figure.release == release)
            yield f"prometheus, {self.seconds:.0f} s, {release}: {words}"

    def as_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "figures": [figure.as_json() for figure in self.figures], "warnings": list(self.warnings)}


def asked(query: str, release: str, seconds: float) -> str:
    """`query` with `$release` as the quoted id, and `$duration` as whole seconds."""
    return for_release(query.replace(DURATION, f"{max(1, ceil(seconds))}s"), release)


def figures(
    values: Mapping[tuple[str, str], float | None], queries: Mapping[str, str], releases: Sequence[str]
) -> tuple[ReleaseFigure, ...]:
    """Of every release and query. `values`: by release and name; what is not there is missing."""
    return tuple(
        ReleaseFigure(name, release, query, values.get((release, name)), values.get((release, REQUESTS)))
        for release in releases
        for name, query in queries.items()
    )
