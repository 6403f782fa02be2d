"""How a release gets its traffic: `rollout:`. What is absent is the default of the plan, or of the rollout around an environment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from goldfinch.core.rollout.durations import duration
from goldfinch.settings.strict import Strict


def _written(text: str) -> str:
    duration(text)
    return text


Duration = Annotated[str, AfterValidator(_written)]


class RolloutStep(Strict):
    """A share of the new sessions, and how long it is watched."""

    weight: int = Field(ge=1, le=100, description="Percent of new sessions.")
    bake: Duration = Field("0s", description="How long it is watched before the next step: `30m`. The last step, 100, has none.")
    wait_for_person: bool = Field(False, description="Stop after this step until somebody promotes.")


class RolloutMetric(Strict):
    """A metric that may stop a rollout."""

    kind: Literal["count", "quantile", "score"] = Field(description="Units that turn bad, a quantile of durations, or a mean of scores.")
    guard: float = Field(gt=0, description="Factor on the stable release's value beyond which a difference matters.")
    quantile: float = Field(0.95, gt=0, lt=1, description="Of kind `quantile`.")
    design_factor: float | None = Field(
        None,
        gt=0,
        description="The factor that a step has to be able to see; absent: 5 for counts, 2 for quantiles and amounts, 0.8 for scores.",
    )
    null_ratio: float = Field(1.0, gt=0, description="Of kind `count`: the ratio that counts as no worse.")
    cap: float | None = Field(None, gt=0, description="Of kind `score` for amounts: the amount that counts as worst.")
    flag: str | None = Field(
        None, description="Of kind `count`: the flag of an event that makes its session bad; absent: a failed request."
    )


class RolloutHealth(Strict):
    """When a canary counts as worse: docs/guides/canary-statistics.md."""

    metrics: dict[str, RolloutMetric] = Field(
        default_factory=dict, description="By name, in place of error_rate, p95_latency and evaluation_score."
    )
    alpha: float | None = Field(None, gt=0, lt=0.5, description="Chance of a false rollback per rollout; absent: 0.01.")
    min_units: int | None = Field(None, ge=1, description="Sessions of each arm below which there is no verdict; absent: 20.")
    check_every: Duration | None = Field(None, description="Time between checks; absent: 60s.")
    unknown_hold: Duration | None = Field(None, description="Silence of the measurements before a hold; absent: 5m.")
    unknown_limit: Duration | None = Field(None, description="Silence of the measurements before `on_no_data`; absent: 15m.")
    on_no_data: Literal["rollback", "pause"] | None = Field(None, description="When there are no measurements for long; absent: rollback.")
    guard: Literal["evidence", "none"] | None = Field(
        None, description="`none`: the factors alone decide, as the specification has it; absent: evidence."
    )
    absolute_limits: dict[str, float] = Field(default_factory=dict, description="Metric → worst value tolerated by itself.")


class PlanSettings(Strict):
    """What a plan is made of."""

    steps: list[RolloutStep] | None = Field(
        None, description="Shares of the new sessions, rising to 100; absent: 10 % for 30m, 50 % for 30m, 100 %."
    )
    warm_up: Duration | None = Field(None, description="Sessions begun so soon after a change of weight do not count; absent: 60s.")
    max_extension: float | None = Field(
        None, ge=1, le=10, description="A bake that lacks sessions is made so many times as long, once; absent: 2."
    )
    on_inconclusive: Literal["hold", "promote", "rollback"] | None = Field(
        None, description="When it still lacks sessions then; absent: hold."
    )
    approval: bool | None = Field(None, description="Somebody other than who asked approves before any traffic moves; absent: false.")
    approval_timeout: Duration | None = Field(None, description="How long an approval is waited for; absent: 24h.")
    ready_within: Duration | None = Field(None, description="How long a release may take to get ready; absent: 10m.")
    verify_within: Duration | None = Field(None, description="How long the router may take to serve a weight; absent: 2m.")
    drain_within: Duration | None = Field(None, description="How long sessions may take to end on a release that goes; absent: 10m.")
    max_hold: Duration | None = Field(None, description="How long a hold for want of measurements lasts before a rollback; absent: 30m.")
    post_promotion: Duration | None = Field(None, description="How long 100 % is watched with the old release warm; absent: 30m.")
    session_drain: Duration | None = Field(None, description="How long sessions of the old release may go on at 100 %; absent: 10m.")
    stage_within: Duration | None = Field(None, description="How long a smoke test or a migration may take; absent: 30m.")
    sessions: Literal["break", "finish"] | None = Field(
        None, description="The canary's sessions on a rollback: moved, or ended there; absent: break."
    )
    migrations: bool | None = Field(None, description="There are expand-only migrations to run before traffic; absent: false.")


class RolloutEnvironment(PlanSettings):
    """What is different in one environment."""

    kind: Literal["local", "shared"] = Field("shared", description="`local`: one developer's own; GOLDFINCH_TIME_SCALE counts there only.")
    traffic: Literal["users", "probes"] = Field("users", description="`probes`: nobody uses it, and probe sessions count as its traffic.")


class RolloutSettings(PlanSettings):
    """How a release gets its traffic."""

    health: RolloutHealth = Field(RolloutHealth(), description="When a canary counts as worse.")
    environments: dict[str, RolloutEnvironment] = Field(
        default_factory=dict, description="By name; production, staging (100 % at once) and local are there without it."
    )
