"""OpenAI Evals, LangSmith, Langfuse and Inspect: what the shapes beyond the recorded files become."""

from __future__ import annotations

from typing import Any

import pytest

from goldfinch.core.importing.document import Document, Form, NotOfFormat
from goldfinch.core.importing.finishing import Imported
from goldfinch.core.importing.inspect_logs import import_inspect
from goldfinch.core.importing.langfuse import import_langfuse
from goldfinch.core.importing.langsmith import import_langsmith
from goldfinch.core.importing.openai_evals import import_openai_evals
from goldfinch.core.importing.options import Options
from goldfinch.core.importing.recognition import tools_of

OPTIONS = Options(lambda _: None, answers=True)


def rows(*values: Any) -> Document:
    return Document("a.jsonl", "rows", list(values), tuple(range(1, len(values) + 1)))


def tree(value: Any) -> Document:
    return Document("a.json", "tree", value)


def words(found: Imported) -> list[str]:
    return [str(note) for note in found.notes]


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("Includes", "contains", ""),
        ("Match", "contains", "looks at its beginning only"),
        ("FuzzyMatch", "contains", "drops articles"),
        ("ModelBasedClassify", "token_f1", "a judge has to do"),
        ("MadeUp", "contains", "class MadeUp has no counterpart"),
    ],
)
def test_the_class_of_a_registry_says_how_an_ideal_is_read(name: str, kind: str, said: str) -> None:
    spec = tree({"x": {"id": "x.v0"}, "x.v0": {"class": f"evals.elsuite:{name}", "args": {"samples_jsonl": "x.jsonl"}}})
    found = import_openai_evals([rows({"input": "q", "ideal": ["a", "b"]}), spec], OPTIONS)
    assert found.cases[0].expected.answer == ("a", "b")
    assert [scorer["kind"] for scorer in found.scorers] == [kind]
    assert any(said in note for note in words(found)) if said else not found.notes


def test_json_ideals_are_compared_as_json() -> None:
    spec = tree({"x.v0": {"class": "evals.elsuite.basic.json_match:JsonMatch"}})
    found = import_openai_evals(
        [rows({"input": "q", "ideal": '{"a": 1}'}, {"input": "r", "ideal": ["1", "2"]}, {"input": "s", "ideal": "{"}), spec], OPTIONS
    )
    assert [case.expected.json for case in found.cases] == [{"a": 1}, 1, None]
    assert words(found) == [
        "1 x further ideal JSON value not carried over: a case has one: line 2",
        "1 x ideal that is no JSON not carried over: line 3",
        "1 x case that lost its only expectation: line 3",
    ]


def test_two_classes_cannot_share_samples() -> None:
    spec = tree({"a": {"class": "e:Match"}, "b": {"class": "e:Includes"}})
    with pytest.raises(NotOfFormat, match="several classes"):
        import_openai_evals([rows({"input": "q", "ideal": "a"}), spec], OPTIONS)


GRADER = {"type": "string_check", "name": "g", "input": "{{ sample.output_text }}", "reference": "{{item.a}}"}


@pytest.mark.parametrize(
    ("grader", "kind", "said"),
    [
        ({**GRADER, "operation": "eq"}, "exact", ""),
        ({**GRADER, "operation": "like"}, "must_include", ""),
        ({**GRADER, "operation": "ne"}, "regex", ""),
        ({**GRADER, "operation": "odd"}, None, "unknown operation odd"),
        ({**GRADER, "operation": "eq", "input": "{{item.a}}"}, None, "does not compare the whole answer"),
        ({**GRADER, "operation": "eq", "reference": "{{item.none}}"}, None, "does not compare the whole answer"),
        ({**GRADER, "operation": "eq", "reference": "{% x %}"}, None, "it uses the tag"),
        (
            {"type": "label_model", "name": "l", "input": [{"role": "user", "content": "Is {{sample.output_text}} nice?"}]},
            "",
            "kept as rubric",
        ),
        ({"type": "multi", "name": "m"}, None, "multi not carried over"),
    ],
)
def test_each_hosted_grader_is_mapped_or_said(grader: dict[str, Any], kind: str | None, said: str) -> None:
    found = import_openai_evals(
        [tree({"object": "eval", "testing_criteria": [grader]}), rows({"item": {"q": "Why?", "a": "x"}})], Options(lambda _: None)
    )
    assert [scorer["kind"] for scorer in found.scorers] == ([kind] if kind else [])
    assert said in "\n".join(words(found))
    assert ("case that lost its only expectation" in "\n".join(words(found))) is (kind is None)
    if grader["type"] == "label_model":
        assert found.cases[0].expected.rubric == "Is the answer nice?"


@pytest.mark.parametrize("split", [{"metadata": {"dataset_split": ["a", "b"]}}, {"split": ["a", "b"]}])
def test_splits_become_tags(split: dict[str, Any]) -> None:
    found = import_langsmith([rows({"id": "1", "inputs": {"q": "x"}, "outputs": {"a": "y"}, **split})], Options(lambda _: None))
    assert found.cases[0].tags == ("langsmith", "split:a", "split:b")


def test_columns_of_a_table_become_inputs_and_outputs() -> None:
    table = Document("a.csv", "table", [{"id": "1", "input_question": "Why?", "input_n": "3", "output_answer": "x"}], (2,))
    assert tools_of(table) == ("langsmith",)
    (case,) = import_langsmith([table], Options(lambda _: None)).cases
    assert (case.input, case.expected.answer) == ({"question": "Why?", "n": "3"}, "x")


def test_attachments_are_named_as_lost() -> None:
    found = import_langsmith([rows({"inputs": {"q": "x"}, "outputs": {"a": "y"}, "attachments": {"a.png": {}}})], Options(lambda _: None))
    assert words(found) == ["1 x `attachments` of an example not carried over: line 1"]


@pytest.mark.parametrize(
    ("import_one", "record"), [(import_langsmith, {"outputs": {}}), (import_langfuse, {"id": "1"}), (import_openai_evals, {"ideal": "x"})]
)
def test_a_record_without_its_question_is_refused_with_its_place(import_one: Any, record: dict[str, Any]) -> None:
    with pytest.raises(NotOfFormat) as refused:
        import_one([rows(record)], Options(lambda _: None))
    assert refused.value.place == "line 1"


def log(*samples: dict[str, Any], scorers: tuple[dict[str, Any], ...] = ({"name": "includes"},), model: str = "m") -> Document:
    return Document(f"{model}.eval", "inspect", {"eval": {"task": "t", "model": model, "scorers": list(scorers)}, "samples": list(samples)})


def test_attached_texts_are_put_back_and_epochs_are_trials() -> None:
    sample = {"id": 1, "input": "attachment://k", "target": "a", "attachments": {"k": "long"}, "output": {"completion": "x"}}
    found = import_inspect([log({**sample, "epoch": 2}, {**sample, "epoch": 1, "output": {"completion": "first"}})], OPTIONS)
    assert [case.input for case in found.cases] == ["long"]
    assert [(line["trial"], line["text"]) for line in found.answers] == [(0, "first"), (1, "x")]


def test_an_error_is_recorded_as_missing_and_unknown_usage_stays_unknown() -> None:
    failed = {"id": 1, "input": "q", "target": "", "error": {"message": "429"}}
    cut = {
        "id": 2,
        "input": "q",
        "target": "a",
        "output": {"completion": "x", "choices": [{"stop_reason": "max_tokens"}]},
        "model_usage": {"m": {"input_tokens": 1}},
    }
    found = import_inspect([log(failed, cut)], OPTIONS)
    first, second = found.answers
    assert first["error"] == {"kind": "provider_error", "message": "429"}
    assert second["finish_reason"] == "length"
    assert second["input_tokens"] == 1
    assert "output_tokens" not in second


@pytest.mark.parametrize(("value", "number"), [("C", 1.0), ("I", 0.0), ("P", 0.5), (0.25, 0.25), (True, 1.0)])
def test_scores_that_inspect_gave_are_reported(value: Any, number: float) -> None:
    sample = {
        "id": 1,
        "input": "q",
        "target": "a",
        "output": {"completion": "x"},
        "scores": {"s": {"value": value}, "odd": {"value": {"a": 1}}},
    }
    found = import_inspect([log(sample)], OPTIONS)
    assert found.answers[0]["reported"] == {"s": number}
    assert found.cases[0].metadata["inspect"]["scores"] == [{"s": number, "odd": {"a": 1}}]


def test_scorers_without_a_counterpart_are_named() -> None:
    found = import_inspect(
        [log({"id": 1, "input": "q", "target": "a"}, scorers=({"name": "my/own"}, {"name": "exact"}, {"name": "f1"}))],
        Options(lambda _: None),
    )
    assert [scorer["kind"] for scorer in found.scorers] == ["exact"]
    assert words(found) == [
        "1 x scorer own not carried over: eval.scorers",
        "1 x scorer f1 not carried over: the target is read by exact already: eval.scorers",
    ]


@pytest.mark.parametrize(
    ("document", "tools"),
    [
        (tree({"prompts": ["x"], "tests": []}), ("promptfoo",)),
        (tree({"results": {"results": []}}), ("promptfoo",)),
        (rows({"vars": {}}), ("promptfoo",)),
        (rows({"input": "q", "ideal": "a"}), ("openai-evals",)),
        (rows({"item": {}}), ("openai-evals",)),
        (tree({"x": {"class": "e:Match"}}), ("openai-evals",)),
        (rows({"inputs": {}}), ("langsmith",)),
        (tree({"data": [{"input": 1, "expectedOutput": 2}], "meta": {}}), ("langfuse",)),
        (rows({"input": 1, "expected_output": 2, "status": "ACTIVE"}), ("langfuse",)),
        (rows({"input": 1, "ideal": 2, "expectedOutput": 3}), ("openai-evals", "langfuse")),
        (rows({"input": 1, "output": 2}), ()),
        (rows(), ()),
        (rows(3), ()),
        (tree("text"), ()),
    ],
)
def test_a_file_is_recognised_by_what_stands_in_it(document: Document, tools: tuple[str, ...]) -> None:
    assert tools_of(document) == tools


@pytest.mark.parametrize("form", ["tree", "rows", "table"])
@pytest.mark.parametrize("value", [None, 3, [], {}, [None], "x"])
def test_what_holds_nothing_is_of_no_tool(form: Form, value: Any) -> None:
    if form == "tree" or isinstance(value, list):
        assert tools_of(Document("a", form, value if form != "table" else [])) == ()
