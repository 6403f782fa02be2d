"""The server: `serve:`."""

from __future__ import annotations

from pydantic import Field

from goldfinch.settings.strict import Strict


class ServeSettings(Strict):
    """`goldfinch serve`: controller, page, API and OTLP receiver."""

    listen: str = Field("127.0.0.1:4318", description="Address and port; 4318 is where OTLP exporters send by themselves.")
    hosts: list[str] = Field(default_factory=list, description="Names in the Host header that are answered beside the address itself.")
    max_spans_in_memory: int = Field(
        50_000, ge=100, description="Spans received and not yet written, beyond which senders are told to wait."
    )
    prometheus: str | None = Field(
        None, description="URL of a Prometheus whose series the screen may show; `allow_private` where it is one."
    )
    allow_private: bool = Field(False, description="Whether configured URLs may lead to private and loopback addresses.")
    webhook: str | None = Field(
        None,
        description="URL that messages of a rollout are posted to, beside the log. `${NAME}` is read from the environment.",
    )
