"""Try the service that was just deployed (R43): the same as `goldfinch smoke`.

python scripts/smoke_tests.py --environment staging --endpoint https://staging.marketing-agent.example.com
"""

from __future__ import annotations

import sys

from goldfinch.cli.app import main

if __name__ == "__main__":
    sys.argv[:1] = ["goldfinch", "smoke"]
    main()
