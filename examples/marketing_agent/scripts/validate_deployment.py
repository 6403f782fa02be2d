"""Say whether the release that was asked for is what runs (R50): `goldfinch validate`, after what is left of the watch at 100 %.

python scripts/validate_deployment.py --environment production --version SHA
"""

from __future__ import annotations

import sys

from goldfinch.cli.app import main

if __name__ == "__main__":
    sys.argv[:1] = ["goldfinch", "validate", "--wait"]
    main()
