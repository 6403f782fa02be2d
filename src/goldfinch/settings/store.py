"""Where rollouts, releases and their audit log are kept: `store:`."""

from __future__ import annotations

from pydantic import Field

from goldfinch.settings.strict import Strict

DEFAULT_URL = "sqlite:///.goldfinch/goldfinch.db"


class StoreSettings(Strict):
    """The store of rollouts, releases and the audit log."""

    url: str = Field(
        DEFAULT_URL,
        description="sqlite:///FILE or postgresql://USER@HOST/DATABASE. `${NAME}` is read from the environment: a password belongs there.",
    )
