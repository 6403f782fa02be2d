"""Print docs/schemas/case.schema.json: `python tools/case_schema.py > docs/schemas/case.schema.json`."""

from __future__ import annotations

import json

from goldfinch.adapters.files.case_schema import case_schema

if __name__ == "__main__":
    print(json.dumps(case_schema(), indent=2))
