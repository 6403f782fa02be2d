"""The tables. What a query has to find is a column; what is only read back whole is JSON of a dataclass (`codec`)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

from goldfinch.adapters.sql.columns import AnyText, Number, UtcTime

WAITING: Final = "waiting"
ACTIVE: Final = "active"
ENDED: Final = "ended"
"""Where a rollout stands, as far as the rule goes that one waits and one moves traffic."""

metadata = MetaData()

rollouts = Table(
    "goldfinch_rollouts",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", AnyText, nullable=False, unique=True),
    Column("service", AnyText, nullable=False),
    Column("environment", AnyText, nullable=False),
    Column("standing", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("canary", AnyText, nullable=False),
    Column("stable", AnyText),
    Column("plan", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("health", Text, nullable=False),
    Column("cursor", AnyText, nullable=False),
    Column("gate_hash", AnyText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", AnyText, nullable=False),
    Column("revision", Number, nullable=False),
    Column("observed_at", UtcTime),
    Column("lease_owner", AnyText),
    Column("lease_expires_at", UtcTime),
    Column("fence", Number, nullable=False),
    Column("checksum", Text, nullable=False),
)
Index("goldfinch_one_active", rollouts.c.service, rollouts.c.environment, unique=True,
      sqlite_where=text("standing = 'active'"), postgresql_where=text("standing = 'active'"))  # fmt: skip
Index("goldfinch_one_waiting", rollouts.c.service, rollouts.c.environment, unique=True,
      sqlite_where=text("standing = 'waiting'"), postgresql_where=text("standing = 'waiting'"))  # fmt: skip

decisions = Table(
    "goldfinch_decisions",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("rollout_id", AnyText, ForeignKey("goldfinch_rollouts.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("from_phase", AnyText, nullable=False),
    Column("to_phase", AnyText, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("by", AnyText, nullable=False),
    Column("assessment", Text),
    Column("commands", Text, nullable=False),
)
Index("goldfinch_decisions_of", decisions.c.rollout_id, decisions.c.number)

requests = Table(
    "goldfinch_requests",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("rollout_id", AnyText, ForeignKey("goldfinch_rollouts.id"), nullable=False),
    Column("id", AnyText, nullable=False),
    Column("verb", Text, nullable=False),
    Column("by", AnyText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("rollout_id", "id", name="goldfinch_one_request"),
)

sessions = Table(
    "goldfinch_sessions",
    metadata,
    Column("rollout_id", AnyText, ForeignKey("goldfinch_rollouts.id"), primary_key=True),
    Column("session", AnyText, primary_key=True),
    Column("arm", Text, nullable=False),
    Column("stratum", Integer),
    Column("begun_s", Double, nullable=False),
    Column("last_seen_s", Double, nullable=False),
    Column("bad", Text, nullable=False),
    Column("measured", Text, nullable=False),
)

approvals = Table(
    "goldfinch_approvals",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", AnyText, nullable=False, unique=True),
    Column("release", AnyText, nullable=False),
    Column("environment", AnyText, nullable=False),
    Column("gate_hash", AnyText, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("by", AnyText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("reason", AnyText, nullable=False),
)
Index("goldfinch_approvals_of", approvals.c.release, approvals.c.environment)

releases = Table(
    "goldfinch_releases",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", AnyText, nullable=False, unique=True),
    Column("digest", AnyText, nullable=False),
    Column("components", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", AnyText, nullable=False),
    Column("git_sha", AnyText, nullable=False),
    Column("image_digest", AnyText, nullable=False),
)

release_names = Table(
    "goldfinch_release_names",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("name", AnyText, nullable=False),
    Column("release", AnyText, ForeignKey("goldfinch_releases.id"), nullable=False),
    UniqueConstraint("kind", "name", "release", name="goldfinch_one_name"),
)
Index("goldfinch_tag_means_one", release_names.c.name, unique=True,
      sqlite_where=text("kind = 'tag'"), postgresql_where=text("kind = 'tag'"))  # fmt: skip

denials = Table(
    "goldfinch_denials",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("release", AnyText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", AnyText, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("overridden_by", AnyText, nullable=False),
    Column("overridden_at", UtcTime),
    Column("override_reason", AnyText, nullable=False),
)
Index("goldfinch_denial_holds", denials.c.release, unique=True,
      sqlite_where=text("overridden_at IS NULL"), postgresql_where=text("overridden_at IS NULL"))  # fmt: skip

audit = Table(
    "goldfinch_audit",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("entry", Text, nullable=False),
    Column("prev_hash", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
)

audit_head = Table(
    "goldfinch_audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Number, nullable=False),
    Column("hash", Text, nullable=False),
)
