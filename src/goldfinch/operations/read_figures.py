"""Ask a Prometheus for the figures of the releases that were watched. For display: what fails is a warning, and a missing value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from goldfinch.core.errors import ConfigurationError, GoldfinchError
from goldfinch.core.live.release_figures import PrometheusEvidence, asked, figures

Ask = Callable[[str], float | None]
"""The value of a query at the end of the watch; None where there is none. Raises `PrometheusUnavailable` and `PrometheusRefused`."""


def read_figures(ask: Ask, queries: Mapping[str, str], releases: Sequence[str], seconds: float) -> PrometheusEvidence:
    """A query that is refused is left out for the other releases; a server that does not answer is not asked again."""
    values: dict[tuple[str, str], float | None] = {}
    warnings: list[str] = []
    for name, query in queries.items():
        try:
            for release in releases:
                values[release, name] = ask(asked(query, release, seconds))
        except ConfigurationError as error:
            warnings.append(f"serve.prometheus_queries.{name}: missing, nothing is decided by it: {error}")
        except GoldfinchError as error:
            warnings.append(f"serve.prometheus: its figures are missing, nothing is decided by them: {error}")
            break
    return PrometheusEvidence(seconds, figures(values, queries, releases), tuple(warnings))
