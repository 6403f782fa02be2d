"""Serve a real small language model on this machine and evaluate it: `make demo-llm`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from goldfinch.cli.app import main
from goldfinch.testing.small_model import SmallModel

CONFIG = Path(__file__).parent / "goldfinch.yaml"


def run() -> None:
    """Everything after the script's name goes to `goldfinch evaluate`."""
    with SmallModel() as model:
        os.environ["OPENAI_BASE_URL"] = model.base_url
        sys.argv = ["goldfinch", "evaluate", "--config", str(CONFIG), "--fresh", *sys.argv[1:]]
        main()


if __name__ == "__main__":
    run()
