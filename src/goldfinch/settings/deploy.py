"""How a release is started on this machine: `deploy:`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from goldfinch.settings.rollout import Duration
from goldfinch.settings.strict import Strict


class DeploySettings(Strict):
    """The local deployer. In commands and values `{port}`, `{release}`, `{tag}`, `{git_sha}` and `{folder}` stand for the release's own."""

    command: list[str] = Field(
        default_factory=list,
        description="Program and arguments that serve one release on 127.0.0.1 at `{port}`; `{folder}` is where its files are.",
    )
    env: dict[str, str] = Field(default_factory=dict, description="Variables for it, beside those of the caller that `pass_env` names.")
    pass_env: list[str] = Field(
        default_factory=list, description="Names of the caller's variables that it gets; PATH, HOME and LANG always."
    )
    checkout: bool = Field(True, description="Run each release from a checkout of its own commit; false: from this folder as it is.")
    health: str = Field("/health/ready", description="Path that answers 200 once it can serve.")
    instances: int = Field(1, ge=1, le=64, description="Processes of each release.")
    smoke: list[str] = Field(
        default_factory=list, description="Command of the smoke test, with `{url}`; absent: `goldfinch smoke` against the release."
    )
    migrate: list[str] = Field(default_factory=list, description="Command that runs the release's expand-only migrations.")
    migrations: list[str] = Field(
        default_factory=list,
        description="Patterns of migration files, SQL or Alembic, in the release's folder: `migrations/expand/*.py`. Those that the stable "
        "release does not have are checked before they run.",
    )
    way_back: Literal["refuse", "warn"] = Field(
        "refuse", description="What happens to a canary for which there is no way back to the stable release."
    )
    stop_within: Duration | None = Field(None, description="After SIGTERM, before SIGKILL; absent: 30s.")
    memory_mb: int | None = Field(None, ge=16, description="Most memory of one process; absent: no limit.")
    log_mb: int = Field(10, ge=1, le=10_000, description="Most of one instance's log; as much again is kept of what was before.")
