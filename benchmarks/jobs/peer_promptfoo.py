"""promptfoo from npm, its defaults and a JSON file as output; cache, telemetry and update check off.

`eval_s` runs from the line "Starting evaluation" to the line "Eval complete": reading the configuration before it and writing the output
file after it are not counted, in promptfoo's favour. The kernel's figures for the process hold everything.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time

from benchmarks.environment import NODE, PROMPTFOO
from benchmarks.jobs.job import Arguments, arguments

STARTED, ENDED = "Starting evaluation", "Eval complete"


def configuration(arguments_: Arguments) -> dict[str, object]:
    tests = [
        {"vars": {"question": question}, "assert": [{"type": "equals", "value": answer}]} for question, answer in arguments_.questions()
    ]
    provider = {"id": "openai:chat:stub", "config": {"apiBaseUrl": arguments_.base_url, "apiKey": "stub"}}
    return {"prompts": ["{{question}}"], "providers": [provider], "tests": tests}


def line_times(command: list[str], arguments_: Arguments) -> dict[str, float]:
    """Run promptfoo; the moment of each line that says that the evaluation started or ended."""
    environment = os.environ | {"PROMPTFOO_CONFIG_DIR": str(arguments_.work / "promptfoo")}
    times: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=arguments_.work) as process:
        assert process.stdout is not None
        for line in process.stdout:
            times |= {mark: time.perf_counter() for mark in (STARTED, ENDED) if mark in line}
    if process.returncode != 0:
        raise SystemExit(f"promptfoo ended with {process.returncode}")
    return times


def main() -> None:
    arguments_ = arguments()
    config, output = arguments_.work / "config.json", arguments_.work / "output.json"
    config.write_text(json.dumps(configuration(arguments_)))
    command = [str(NODE), str(PROMPTFOO / "dist/src/entrypoint.js"), "eval", "-c", str(config), "-o", str(output), "--no-cache"]
    times = line_times([*command, "-j", str(arguments_.concurrency), "--no-progress-bar", "--no-table"], arguments_)
    results = json.loads(output.read_text())["results"]["results"]
    result = {
        "eval_s": times[ENDED] - times[STARTED],
        "eval_cpu_s": None,
        "passed": sum(case["success"] for case in results),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "versions": {
            "promptfoo": json.loads((PROMPTFOO / "package.json").read_text())["version"],
            "node": subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v"),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
