"""Turn the tau-bench and tau2-bench runs into golden cases and recorded answers.

    python examples/recorded_runs/convert.py [FOLDER]

FOLDER holds `agent_runs/` as described in README.md; without it `GOLDFINCH_DATA` is read. Only the standard library is needed. The same
input always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]

HERE = Path(__file__).parent
READS = re.compile(r"get_|find_|list_|search_|calculate$|think$")
"""Tools that change nothing. A good agent may look things up in another way, so only the other calls are expected."""
FREE_TEXT_ARGUMENTS = frozenset({"transfer_to_human_agents"})
"""Tools whose argument is a summary in the agent's own words: any wording will do."""
UNPRICED_COST = 0.0
"""What upstream reports for models that its price list does not know."""


def main(arguments: list[str]) -> None:
    """Convert everything and say how many rows came out."""
    folder = arguments[0] if arguments else os.environ.get("GOLDFINCH_DATA")
    if folder is None:
        sys.exit("convert.py: no input: give the folder that holds agent_runs/, or set GOLDFINCH_DATA")
    for name, rows in convert(Path(folder) / "agent_runs").items():
        print(f"{name}: {write_lines(HERE / name, rows)} rows")


def convert(source: Path) -> dict[str, list[Row]]:
    """Every output file, by its name relative to this folder."""
    tau2 = list(read_lines(source / "tau2_cases.jsonl"))
    airline = list(read_lines(source / "tau1_airline_gpt-4o_4trials_cases00-24.jsonl"))
    orchestra = list(read_lines(source / "tau2_retail_toolorchestra.jsonl"))
    files = {
        "golden/tau2_retail.jsonl": [tau2_case(row) for row in tau2 if row["domain"] == "retail"],
        "golden/tau2_telecom.jsonl": [tau2_case(row) for row in tau2 if row["domain"] == "telecom"],
        "golden/tau2_retail_toolorchestra.jsonl": [orchestra_case(row) for row in orchestra],
        "golden/tau1_airline.jsonl": [airline_case(row) for row in airline if row["trial"] == 0],
        "answers/toolorchestra-gpt-5.jsonl": [answer(row, orchestra_id(row)) for row in orchestra],
        "answers/gpt-4o.jsonl": [answer(row, row["case_id"]) for row in airline],
    }
    for version in ("gpt-4.1", "gpt-4.1-finetuned"):
        runs = [row for domain in ("retail", "telecom") for row in read_lines(source / f"tau2_{domain}_{version}.jsonl")]
        files[f"answers/{version}.jsonl"] = [answer(row, case_id(row["case_id"])) for row in runs]
    return files


def read_lines(path: Path) -> Iterator[Row]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_lines(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows and return how many there were."""
    path.parent.mkdir(exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def case_id(original: str) -> str:
    """The upstream id where it is a valid case id, else a readable part of it and a hash of the whole.

    Telecom ids list every fault of the simulated phone: `telecom-[mms_issue]airplane_mode_on|…[PERSONA:Hard]`.
    """
    parts = re.fullmatch(r"telecom-\[(?P<issue>\w+)\].*\[PERSONA:(?P<persona>\w+)\]", original)
    if parts is None:
        return original
    digest = hashlib.sha256(original.encode()).hexdigest()[:8]
    return f"telecom-{parts['issue']}-{parts['persona'].lower()}-{digest}"


def orchestra_id(row: Row) -> str:
    """Upstream numbered the tasks of this run afresh: `retail-5` here is not the `retail-5` of the other runs."""
    return f"toolorchestra-{row['case_id']}"


def tau2_case(row: Row) -> Row:
    scenario = {key: text for key, text in row["scenario"].items() if key != "domain" and text}
    metadata = {"source": "tau2-bench", "original_id": row["case_id"], "purpose": row["purpose"], "reward_basis": row["reward_basis"]}
    return {
        "id": case_id(row["case_id"]),
        "input": scenario,
        "expected": expected(row["expected_actions"], row["communicate_info"], row["nl_assertions"]),
        "tags": tags(row["domain"], row["case_id"]),
        "metadata": without_none(metadata),
    }


def airline_case(row: Row) -> Row:
    return {
        "id": row["case_id"],
        "input": row["instruction"],
        "expected": expected(row["expected_actions"], row["expected_outputs"], None),
        "tags": ["tau1", "airline"],
        "trials": 4,
        "metadata": {"source": "tau-bench", "original_id": row["case_id"]},
    }


def orchestra_case(row: Row) -> Row:
    """A case of the run whose task definitions are not in the data: the user's first words stand for the scenario."""
    opening = next(message["content"] for message in row["messages"] if message["role"] == "user")
    actions = [{"name": check["name"], "arguments": None} for check in row["expected_tool_checks"]]
    return {
        "id": orchestra_id(row),
        "input": opening,
        "expected": expected(actions, None, None),
        "tags": tags(row["domain"], row["case_id"]),
        "metadata": {"source": "tau2-bench", "original_id": row["case_id"], "input_is": "the simulated user's first message"},
    }


def expected(actions: list[Row] | None, outputs: list[str] | None, assertions: list[str] | None) -> Row:
    """The calls that change something, by the agent alone; what the agent must say; what a judge would be asked."""
    calls = [expected_call(action) for action in actions or [] if action.get("by") != "user" and not READS.match(action["name"])]
    found: Row = {}
    if calls:
        found |= {"tools": calls, "tool_order": "subset"}
    if outputs:
        found["must_include"] = outputs
    if assertions:
        found["rubric"] = "\n".join(assertions)
    return found


def expected_call(action: Row) -> Row:
    arguments = None if action["name"] in FREE_TEXT_ARGUMENTS else action["arguments"]
    return without_none({"name": action["name"], "arguments": arguments})


def tags(domain: str, original: str) -> list[str]:
    found = re.match(r"telecom-\[(\w+)\]", original)
    return ["tau2", domain, *([found[1]] if found else [])]


def answer(row: Row, identity: str) -> Row:
    """One recorded answer. Null is unknown: a cost of 0 for a model that upstream could not price is no cost of 0."""
    seconds = row.get("duration_s")
    cost = row.get("agent_cost_usd")
    return {
        "case_id": identity,
        "trial": row["trial"],
        "messages": list(messages(row["messages"])),
        "reported": reported(row),
        "cost_usd": None if cost == UNPRICED_COST else cost,
        "input_tokens": row.get("prompt_tokens"),
        "output_tokens": row.get("completion_tokens"),
        "latency_ms": None if seconds is None else round(seconds * 1000, 3),
        "model": row["version"],
        "error": None,
    }


def reported(row: Row) -> dict[str, float]:
    """Upstream's own verdicts: `reward`, its parts, and whether the conversation came to its natural end."""
    scores = {"reward": row["reward"]}
    scores |= {f"reward_{part.lower()}": value for part, value in (row.get("reward_breakdown") or {}).items()}
    if "termination" in row:
        scores["finished"] = float(row["termination"] == "user_stop")
    return scores


def messages(rows: list[Row]) -> Iterator[Row]:
    """OpenAI-like messages. Upstream's ids were dropped from the data; results follow their calls in order, so ids are given anew."""
    open_calls: list[str] = []
    made = 0
    for row in rows:
        message = {key: row[key] for key in ("role", "content") if row.get(key) is not None}
        calls = [{"id": f"call_{made + n}", **call} for n, call in enumerate(row.get("tool_calls") or [])]
        made += len(calls)
        if calls:
            message["tool_calls"] = calls
            open_calls += [call["id"] for call in calls]
        if row["role"] == "tool":
            message["tool_call_id"] = open_calls.pop(0)
            message |= {"error": True} if row.get("error") else {}
        elif open_calls and not calls:
            raise ValueError(f"calls without a result before {message}")
        yield message


def without_none(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}


if __name__ == "__main__":
    main(sys.argv[1:])
