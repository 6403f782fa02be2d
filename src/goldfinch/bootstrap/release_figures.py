"""The Prometheus of the settings, beside what `goldfinch monitor` measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.live.release_figures import PrometheusEvidence, figures
from goldfinch.operations.read_figures import read_figures
from goldfinch.settings.serve import ServeSettings


def figures_of(
    serve: ServeSettings, releases: Sequence[str], begun: datetime, ended: datetime, say: Callable[[str], None]
) -> PrometheusEvidence | None:
    """None: the settings name no Prometheus, or nobody served. Raises nothing: each warning is said, and kept."""
    if serve.prometheus is None or not releases:
        return None
    from goldfinch.adapters.prometheus.provider import PrometheusProvider

    seconds = (ended - begun).total_seconds()
    try:
        provider = PrometheusProvider(serve.prometheus, allow_private=serve.allow_private)
    except GoldfinchError as error:
        warning = f"serve.prometheus: its figures are missing, nothing is decided by them: {error}"
        found = PrometheusEvidence(seconds, figures({}, serve.prometheus_queries, releases), (warning,))
    else:
        found = read_figures(lambda query: provider.value(query, ended), serve.prometheus_queries, releases, seconds)
    for warning in found.warnings:
        say(f"warning: {warning}")
    return found
