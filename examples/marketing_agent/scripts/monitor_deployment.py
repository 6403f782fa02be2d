"""Watch what was deployed (R44): the same as `goldfinch monitor`.

python scripts/monitor_deployment.py --environment staging --duration 600 --baseline evaluation/results/baseline
"""

from __future__ import annotations

import sys

from goldfinch.cli.app import main

if __name__ == "__main__":
    sys.argv[:1] = ["goldfinch", "monitor"]
    main()
