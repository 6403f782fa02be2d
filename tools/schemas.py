"""Write the JSON Schemas of every file that Goldfinch reads or writes: `python tools/schemas.py docs/schemas`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from goldfinch.adapters.cassettes.format import exchange_schema
from goldfinch.adapters.files.audit_export import audit_schema
from goldfinch.adapters.files.baseline_folder import baseline_schema
from goldfinch.adapters.files.calibration import calibration_schema
from goldfinch.adapters.files.case_schema import case_schema
from goldfinch.adapters.files.comparison_file import comparison_schema
from goldfinch.adapters.files.gate_history import history_schema
from goldfinch.adapters.files.labels import label_schemas
from goldfinch.adapters.files.run_schemas import run_schemas
from goldfinch.adapters.files.session_stream import stream_schema
from goldfinch.adapters.remote.documents import overview_schema
from goldfinch.bootstrap.bench import bench_schemas
from goldfinch.bootstrap.check_outputs import check_schema
from goldfinch.bootstrap.run_history import run_history_schema
from goldfinch.bootstrap.settings_reference import settings_schema
from goldfinch.bootstrap.smoke import smoke_schema
from goldfinch.bootstrap.spending_report import spending_schema


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    judges = {**label_schemas(), "calibration": calibration_schema()}
    checks = {"gate_verdict": check_schema(), "gate_history": history_schema(), "baseline": baseline_schema()}
    others = {"case": case_schema(), "settings": settings_schema(), "exchange": exchange_schema(), "test_spending": spending_schema()}
    others |= {"audit": audit_schema()}
    others |= {"smoke": smoke_schema()}
    others |= {"session_stream": stream_schema(), "rollout_overview": overview_schema()}
    others |= {"regression_report": comparison_schema(), "run_history": run_history_schema()} | bench_schemas()
    return {f"{name}.schema.json": schema for name, schema in {**run_schemas(), **judges, **checks, **others}.items()}


if __name__ == "__main__":
    for name, schema in schemas().items():
        Path(sys.argv[1], name).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
