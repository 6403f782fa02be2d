"""Wires the audit log's commands: what is verified, and what is exported where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from goldfinch.adapters.files.atomic import atomic_file
from goldfinch.adapters.files.audit_export import export_line
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.audit import codes
from goldfinch.core.audit.chain import Verification, parse_head, verify
from goldfinch.core.errors import InfrastructureError, UsageError


def verify_log(config: Path | None = None, noted: str | None = None) -> tuple[str, Verification]:
    """The store's name, and what its log came to. `noted`: SEQ:HASH. Raises `UsageError` and what `open_store` raises."""
    head = None
    if noted is not None:
        try:
            head = parse_head(noted)
        except ValueError as error:
            raise UsageError(str(error), where="--head", hint="`goldfinch audit verify` prints one", code=codes.HEAD) from error
    store = open_store(load_settings(config), make=False)
    try:
        with store.audit.snapshot() as snapshot:
            return store.name, verify(snapshot.lines, snapshot.head, noted=head)
    finally:
        store.close()


def exported(config: Path | None = None, after: int = 0) -> Iterator[bytes]:
    """Every line after `after` as JSON, with its newline, without secrets."""
    store = open_store(load_settings(config), make=False)
    try:
        for entry in store.audit.entries(after):
            yield export_line(entry, store.redact)
    finally:
        store.close()


def export_to(path: Path, config: Path | None = None, after: int = 0) -> int:
    """Write the export as a file, whole or not at all; how many lines. Raises `InfrastructureError` where it cannot be written."""
    try:
        with atomic_file(path) as file:
            return sum(1 for line in exported(config, after) if file.write(line))
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE) from error
