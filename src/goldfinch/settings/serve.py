"""The server: `serve:`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from goldfinch.core.live.release_figures import ENVOY_QUERIES, RELEASE
from goldfinch.settings.strict import Strict


def _of_a_release(query: str) -> str:
    if RELEASE not in query:
        raise ValueError(f"a query that names {RELEASE}, because its value is shown for each release")
    return query


ReleaseQuery = Annotated[str, AfterValidator(_of_a_release)]
"""Of PromQL."""


class ServeSettings(Strict):
    """`goldfinch serve`: controller, page, API and OTLP receiver."""

    listen: str = Field("127.0.0.1:4318", description="Address and port; 4318 is where OTLP exporters send by themselves.")
    hosts: list[str] = Field(default_factory=list, description="Names in the Host header that are answered beside the address itself.")
    max_spans_in_memory: int = Field(
        50_000, ge=100, description="Spans received and not yet written, beyond which senders are told to wait."
    )
    prometheus: str | None = Field(
        None,
        description="URL of a Prometheus whose figures `goldfinch monitor` shows beside its own; a private one needs `allow_private`.",
    )
    prometheus_queries: dict[str, ReleaseQuery] = Field(
        default_factory=lambda: dict(ENVOY_QUERIES),
        description="Queries by name: `$release` becomes the quoted id, `$duration` the time watched (`600s`). The one named "
        "`requests` is the count of the others. Default: Envoy's own series.",
    )
    allow_private: bool = Field(False, description="Whether configured URLs may lead to private and loopback addresses.")
    webhook: str | None = Field(
        None,
        description="URL that messages of a rollout are posted to, beside the log. `${NAME}` is read from the environment.",
    )
