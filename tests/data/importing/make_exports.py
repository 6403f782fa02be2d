"""Makes the LangSmith, Langfuse and OpenAI files beside this one with the classes of the real SDKs; see README.md."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from langfuse.api import DatasetItem, DatasetStatus, PaginatedDatasetItems
from langfuse.api.utils.pagination.types.meta_response import MetaResponse
from langsmith.schemas import Example
from openai.types import EvalRetrieveResponse
from openai.types.evals import RunRetrieveResponse
from openai.types.evals.runs import OutputItemListResponse

HERE = Path(__file__).parent
WHEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NO_ERROR = {"code": "", "message": ""}
DATASET = UUID("7d5a3b1c-0000-4000-8000-000000000001")


def langsmith() -> None:
    """One example of each type of dataset: key-value, llm, chat; with a tool call, splits, and a source run."""
    rows = [
        {
            "inputs": {"question": "How long can I return a bicycle?"},
            "outputs": {"answer": "14 days"},
            "metadata": {"dataset_split": ["test"]},
        },
        {"inputs": {"question": "Which tyres?", "customer": "new"}, "outputs": {"tyres": ["23 mm", "25 mm"], "stock": 3}},
        {"inputs": {"input": "Say yes."}, "outputs": {"output": "Yes."}, "metadata": {"dataset_split": ["train"], "topic": "manners"}},
        {
            "inputs": {
                "messages": [
                    {"type": "system", "data": {"content": "You are the shop's assistant."}},
                    {"type": "human", "data": {"content": "Where is order 1042?"}},
                ]
            },
            "outputs": {
                "generation": {
                    "type": "ai",
                    "data": {
                        "content": "",
                        "additional_kwargs": {
                            "tool_calls": [
                                {
                                    "id": "c1",
                                    "type": "function",
                                    "function": {"name": "order_status", "arguments": '{"order_id": "1042"}'},
                                }
                            ]
                        },
                    },
                }
            },
        },
        {"inputs": {"question": "Is this judged?"}, "outputs": None, "source_run_id": UUID("7d5a3b1c-0000-4000-8000-0000000000ff")},
    ]
    examples = [
        Example(id=UUID(int=DATASET.int + 16 * number), dataset_id=DATASET, created_at=WHEN, **row) for number, row in enumerate(rows, 1)
    ]
    (HERE / "langsmith/examples.jsonl").write_text("".join(one.model_dump_json() + "\n" for one in examples), encoding="utf-8")
    with (HERE / "langsmith/examples.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "inputs", "outputs", "metadata"])
        for one in examples[:3]:
            writer.writerow([one.id, json.dumps(one.inputs), json.dumps(one.outputs), json.dumps(one.metadata)])


def langfuse() -> None:
    """Texts, objects, messages, an archived item; as a page of the API and as the CSV of the export."""
    common = {"dataset_id": "ds1", "dataset_name": "shop", "created_at": WHEN, "updated_at": WHEN, "media_references": []}
    items = [
        DatasetItem(id="item-1", status=DatasetStatus.ACTIVE, input="How long can I return a bicycle?", expected_output="14 days",
                    metadata={"topic": "returns"}, source_trace_id="trace-1", source_observation_id="obs-1", **common),
        DatasetItem(id="item 2", status=DatasetStatus.ACTIVE, input={"question": "Which tyres?", "customer": "new"},
                    expected_output={"tyres": ["23 mm", "25 mm"]}, metadata=None, **common),
        DatasetItem(id="item-3", status=DatasetStatus.ARCHIVED, input={"question": "Old?"}, expected_output="Yes", metadata=None, **common),
        DatasetItem(id="item-4", status=DatasetStatus.ACTIVE,
                    input=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
                    expected_output={"role": "assistant", "content": "Hello."}, metadata="by hand", **common),
    ]  # fmt: skip
    page = PaginatedDatasetItems(data=items, meta=MetaResponse(page=1, limit=50, total_items=4, total_pages=1))
    (HERE / "langfuse/page.json").write_text(page.json(indent=1), encoding="utf-8")
    columns = ["id", "datasetName", "status", "input", "expectedOutput", "metadata", "sourceTraceId", "sourceObservationId", "createdAt"]
    with (HERE / "langfuse/export.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for item in json.loads(page.json())["data"]:
            cells = [item.get(name) for name in columns]
            writer.writerow(["" if cell is None else cell if isinstance(cell, str) else json.dumps(cell) for cell in cells])


def openai_hosted() -> None:
    """An eval with every kind of grader, a run with its prompt and data, and the run's output items."""
    output = "{{sample.output_text}}"
    told = [{"role": "developer", "content": "Is {{sample.output_text}} polite to {{item.customer}}?"}]
    graders = [
        {"type": "string_check", "name": "days", "input": output, "reference": "{{item.answer}}", "operation": "ilike"},
        {"type": "string_check", "name": "not empty", "input": output, "reference": "None.", "operation": "ne"},
        {"type": "text_similarity", "name": "near", "input": output, "reference": "{{item.answer}}", "evaluation_metric": "rouge_l",
         "pass_threshold": 0.5},
        {"type": "score_model", "name": "polite", "model": "gpt-5", "input": told, "pass_threshold": 0.7},
        {"type": "python", "name": "code", "source": "def grade(sample, item): return 1.0"},
    ]  # fmt: skip
    schema = {"type": "object", "properties": {"item": {"type": "object"}, "sample": {"type": "object"}}}
    one = EvalRetrieveResponse.model_validate(
        {"id": "eval_1", "object": "eval", "created_at": 1764000000, "name": "shop", "metadata": {}, "testing_criteria": graders,
         "data_source_config": {"type": "custom", "schema": schema}}
    )  # fmt: skip
    (HERE / "openai_evals/eval.json").write_text(one.model_dump_json(indent=1, by_alias=True), encoding="utf-8")
    items = [
        {"question": "How long can I return a bicycle?", "answer": "14 days", "customer": "Ada"},
        {"question": "When are you closed?", "answer": "Sunday", "customer": "Bo"},
    ]
    template = [{"type": "message", "role": "developer", "content": "You are the shop's assistant."},
                {"type": "message", "role": "user", "content": {"type": "input_text", "text": "{{item.question}}"}}]  # fmt: skip
    run = RunRetrieveResponse.model_validate(
        {"id": "evalrun_1", "object": "eval.run", "created_at": 1764000000, "eval_id": "eval_1", "name": "first", "model": "gpt-5-mini",
         "status": "completed", "report_url": "https://platform.openai.com/evaluations/eval_1", "metadata": {}, "per_model_usage": [],
         "per_testing_criteria_results": [], "result_counts": {"errored": 0, "failed": 1, "passed": 1, "total": 2}, "error": NO_ERROR,
         "data_source": {"type": "completions", "model": "gpt-5-mini", "input_messages": {"type": "template", "template": template},
                         "source": {"type": "file_content", "content": [{"item": item} for item in items]}}}
    )  # fmt: skip
    (HERE / "openai_evals/run.json").write_text(run.model_dump_json(indent=1, by_alias=True, warnings=False), encoding="utf-8")
    usage = {"cached_tokens": 0, "completion_tokens": 5, "prompt_tokens": 20, "total_tokens": 25}
    answers = ["You have 14 days.", "We are always open."]
    outputs = [
        OutputItemListResponse.model_validate(
            {"id": f"outputitem_{number}", "object": "eval.run.output_item", "created_at": 1764000000, "run_id": "evalrun_1",
             "eval_id": "eval_1", "status": "pass", "datasource_item_id": number, "datasource_item": item, "results": [],
             "sample": {"input": [{"role": "user", "content": item["question"]}], "output": [{"role": "assistant", "content": answer}],
                        "finish_reason": "stop", "model": "gpt-5-mini", "usage": usage, "error": NO_ERROR, "seed": 1, "temperature": 1.0,
                        "max_completion_tokens": 100, "top_p": 1.0}}
        )
        for number, (item, answer) in enumerate(zip(items, answers, strict=True))
    ]  # fmt: skip
    page = {"object": "list", "data": [json.loads(one.model_dump_json(by_alias=True)) for one in outputs], "has_more": False}
    (HERE / "openai_evals/output_items.json").write_text(json.dumps(page, indent=1), encoding="utf-8")
    lines = "".join(json.dumps({"item": item}) + "\n" for item in items)
    (HERE / "openai_evals/items.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    langsmith()
    langfuse()
    openai_hosted()
