"""Rollouts, decisions, requests, sessions, approvals, releases, denials, and the audit log that only grows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from goldfinch.adapters.sql.migrations.append_only import POSTGRESQL, SQLITE

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add every table."""
    _rollouts()
    _what_belongs_to_a_rollout()
    _approvals()
    _releases()
    _audit()


def _rollouts() -> None:
    op.create_table(
        "goldfinch_rollouts",
        _number(),
        _text("id", unique=True),
        *map(_text, ("service", "environment", "standing", "phase", "canary")),
        _text("stable", nullable=True),
        *map(_text, ("plan", "state", "health", "cursor", "gate_hash")),
        _time("created_at"),
        _text("created_by"),
        sa.Column("revision", _NUMBER, nullable=False),
        _time("observed_at", nullable=True),
        _text("lease_owner", nullable=True),
        _time("lease_expires_at", nullable=True),
        sa.Column("fence", _NUMBER, nullable=False),
        _text("checksum"),
    )
    for name, standing in (("goldfinch_one_active", "active"), ("goldfinch_one_waiting", "waiting")):
        _unique_where(name, "goldfinch_rollouts", ["service", "environment"], f"standing = '{standing}'")


def _what_belongs_to_a_rollout() -> None:
    op.create_table(
        "goldfinch_decisions",
        _number(),
        _rollout(),
        _time("at"),
        *map(_text, ("from_phase", "to_phase", "reason", "by")),
        _text("assessment", nullable=True),
        _text("commands"),
    )
    op.create_index("goldfinch_decisions_of", "goldfinch_decisions", ["rollout_id", "number"])
    op.create_table(
        "goldfinch_requests",
        _number(),
        _rollout(),
        *map(_text, ("id", "verb", "by")),
        _time("at"),
        _text("reason"),
        _time("done_at", nullable=True),
        sa.UniqueConstraint("rollout_id", "id", name="goldfinch_one_request"),
    )
    op.create_table(
        "goldfinch_sessions",
        _rollout(primary_key=True),
        _text("session", primary_key=True),
        _text("arm"),
        sa.Column("stratum", sa.Integer),
        sa.Column("begun_s", sa.Double, nullable=False),
        sa.Column("last_seen_s", sa.Double, nullable=False),
        *map(_text, ("bad", "measured")),
    )


def _approvals() -> None:
    op.create_table(
        "goldfinch_approvals",
        _number(),
        _text("id", unique=True),
        *map(_text, ("release", "environment", "gate_hash")),
        sa.Column("granted", sa.Boolean, nullable=False),
        _text("by"),
        _time("at"),
        _time("expires_at"),
        _text("reason"),
    )
    op.create_index("goldfinch_approvals_of", "goldfinch_approvals", ["release", "environment"])


def _releases() -> None:
    op.create_table(
        "goldfinch_releases",
        _number(),
        _text("id", unique=True),
        *map(_text, ("digest", "components")),
        _time("created_at"),
        *map(_text, ("created_by", "git_sha", "image_digest")),
    )
    op.create_table(
        "goldfinch_release_names",
        _number(),
        *map(_text, ("kind", "name")),
        sa.Column("release", sa.Text, sa.ForeignKey("goldfinch_releases.id"), nullable=False),
        sa.UniqueConstraint("kind", "name", "release", name="goldfinch_one_name"),
    )
    _unique_where("goldfinch_tag_means_one", "goldfinch_release_names", ["name"], "kind = 'tag'")
    op.create_table(
        "goldfinch_denials",
        _number(),
        _text("release"),
        _time("at"),
        *map(_text, ("by", "reason", "overridden_by")),
        _time("overridden_at", nullable=True),
        _text("override_reason"),
    )
    _unique_where("goldfinch_denial_holds", "goldfinch_denials", ["release"], "overridden_at IS NULL")


def _audit() -> None:
    op.create_table(
        "goldfinch_audit",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        _text("entry"),
        *(_text(name, unique=True) for name in ("prev_hash", "hash")),
    )
    head = op.create_table(
        "goldfinch_audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        _text("hash"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": ""}])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))


def _number() -> sa.Column[Any]:
    return sa.Column("number", _NUMBER, primary_key=True, autoincrement=True)


def _rollout(*, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column("rollout_id", sa.Text, sa.ForeignKey("goldfinch_rollouts.id"), nullable=False, primary_key=primary_key)


def _text(name: str, *, nullable: bool = False, unique: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable, unique=unique, primary_key=primary_key)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
