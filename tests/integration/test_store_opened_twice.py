"""Two stores on one file in one process, and others that come and go: the store stays whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.testing.rollout_store import sample_rollout

OTHER = """
import sys
from pathlib import Path
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
database = open_database("sqlite:///store.db", Path(sys.argv[1]))
SqlRolloutStore(database).unfinished()
database.close()
"""


def test_a_process_that_opens_the_store_a_second_time_keeps_its_locks(tmp_path: Path) -> None:
    """Else the next process that closes it takes itself for the last one, removes the log, and what is written after that is lost."""
    first = open_database("sqlite:///store.db", tmp_path)
    store = SqlRolloutStore(first)
    row = sample_rollout()
    store.create(row, AuditDraft(row.created_at, "ada", "rollout.create", "test"))
    second = open_database("sqlite:///store.db", tmp_path)
    log = tmp_path / "store.db-wal"
    before = log.stat().st_ino
    subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], check=True, timeout=60)
    assert log.stat().st_ino == before
    assert SqlRolloutStore(second).get(row.id) == store.get(row.id)
    second.close()
    subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], check=True, timeout=60)
    assert log.stat().st_ino == before
    assert list(SqlAuditLog(first).entries())
    first.close()
