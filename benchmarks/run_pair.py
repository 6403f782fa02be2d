"""Two finished runs on disk, as `goldfinch evaluate` writes them: what `goldfinch compare` is measured on. Standard library only."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

METRICS = ("relevance", "accuracy", "completeness", "coherence", "safety")
ANSWER = "x" * 200
_SCORE = '{{"metric":"{}","version":"1-39d3409f","status":"scored","value":%.3f,"passed":%s,"reason":"3 of 4 terms found","evidence":{{}}}}'
_SCORES = ",".join(_SCORE.format(name) for name in METRICS)
_RESULT = (
    f'{{"case_id":"case-%07d","case_hash":"%032x","trial":0,"passed":%s,"scores":[{_SCORES}],"trials":1,"weight":1.0,"critical":false,'
    '"tags":["%s"],"failure":null,"cost_usd":0.01,"judge_cost_usd":null,"latency_ms":%.1f,"first_token_ms":null,"input_tokens":%d,'
    '"output_tokens":50,"steps":%d,"cached":false,"judge_calls":0}\n'
)
_OUTPUT = (
    '{"case_id":"case-%07d","case_hash":"%032x","trial":0,"started_at":"2026-11-24T12:00:00Z","output":{"text":"' + ANSWER + '"},'
    '"attempts":1,"cached":false}\n'
)
_TAGS = ("billing", "search", "returns", "account")


def write_run(folder: Path, *, cases: int, run_id: str, pass_rate: float) -> Path:
    """A complete run of `cases` cases with five metrics and answers of 200 bytes; `run_id` seeds its figures."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(run_id)
    with (folder / "results.jsonl").open("w") as results, (folder / "outputs.jsonl").open("w") as outputs:
        for number in range(cases):
            results.write(_result(number, random, pass_rate))
            outputs.write(_OUTPUT % (number, number))
    (folder / "manifest.json").write_text(json.dumps(_manifest(run_id, cases)))
    return folder


def _manifest(run_id: str, cases: int) -> dict[str, object]:
    return {
        "kind": "run",
        "schema_version": 1,
        "run_id": run_id,
        "status": "complete",
        "started_at": "2026-11-24T12:00:00Z",
        "dataset": {"name": "benchmark", "fingerprint": "0" * 32, "cases": cases},
        "agent": {"name": "benchmark", "version": run_id},
        "metrics": [{"name": name, "version": "1-39d3409f", "pass_mark": 0.5} for name in METRICS],
        "trials": 1,
        "seed": None,
        "host": {"os": "Linux", "python": "3.11", "cpu": "any", "cores": 2, "memory_mb": None},
    }


def _result(number: int, random: Random, pass_rate: float) -> str:
    passed = random.random() < pass_rate
    low = 0.5 if passed else 0.0
    scores: list[object] = []
    for _ in METRICS:
        value = low + random.random() / 2
        scores += [value, "true" if passed else "false"]
    tokens, steps = random.randrange(500, 1500), random.randrange(1, 9)
    head = (number, number, "true" if passed else "false")
    return _RESULT % (*head, *scores, _TAGS[number % len(_TAGS)], random.uniform(100, 900), tokens, steps)
