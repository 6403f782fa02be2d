"""What promptfoo's tests become, judged by what the cases and their scorers do with answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from goldfinch.bootstrap.importing import why_unusable
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.importing.document import Document, NotOfFormat, Refused, TooMuch
from goldfinch.core.importing.finishing import Imported
from goldfinch.core.importing.options import Options, SeveralModels
from goldfinch.core.importing.promptfoo import import_promptfoo
from goldfinch.core.importing.promptfoo_assertions import from_text
from goldfinch.core.output import Output

OPTIONS = Options(why_unusable)


def imported(value: Any, options: Options = OPTIONS, files: Mapping[str, Any] | None = None) -> Imported:
    return import_promptfoo([Document("p.yaml", "tree", value, files=files or {})], options)


def a_test(*assertions: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"vars": {"q": "Why?"}, "assert": list(assertions), **parts}


def passes(found: Imported, answer: str, case: int = 0) -> bool:
    """Whether every deciding metric that applies to the case reaches its mark; at least one has to apply."""
    metrics = build_metrics(list(found.scorers))
    scored = [(metric, metric.scorer.score(found.cases[case], Output(text=answer))) for metric in metrics]
    decided = [score.value >= metric.pass_mark for metric, score in scored if score is not None and metric.pass_mark is not None]
    assert decided, "nothing applies"
    return all(decided)


def words(found: Imported) -> list[str]:
    return [str(note) for note in found.notes]


@pytest.mark.parametrize(
    ("assertion", "good", "bad"),
    [
        ({"type": "equals", "value": "Paris"}, "Paris", "paris"),
        ({"type": "equals", "value": "Paris"}, "Paris", "Paris "),
        ({"type": "equals", "value": 42}, "42", "43"),
        ({"type": "equals", "value": {"a": [1]}}, '{"a": [1]}', '{"a": [1], "b": 2}'),
        ({"type": "not-equals", "value": "Paris"}, "Paris!", "Paris"),
        ({"type": "contains", "value": "14 days"}, "in 14 days.", "in 14  days"),
        ({"type": "contains", "value": "Paris"}, "Parisian", "paris"),
        ({"type": "icontains", "value": "PARIS"}, "parisian", "Rome"),
        ({"type": "not-contains", "value": "garage"}, "a Garage", "a garage"),
        ({"type": "not-icontains", "value": "garage"}, "a shop", "a Garage"),
        ({"type": "contains-all", "value": ["a", "b"]}, "b a", "a"),
        ({"type": "contains-all", "value": 'a, "b,c"'}, "a b,c", "a b"),
        ({"type": "icontains-all", "value": ["A", "b"]}, "B a", "a"),
        ({"type": "not-contains-all", "value": ["a", "b"]}, "a", "b\na"),
        ({"type": "contains-any", "value": ["x", "ay"]}, "day", "A"),
        ({"type": "icontains-any", "value": ["X", "Y"]}, "x", "a"),
        ({"type": "not-contains-any", "value": ["x", "y"]}, "X", "y"),
        ({"type": "regex", "value": r"\d{2} mm"}, "25 mm", "5 mm"),
        ({"type": "not-regex", "value": r"\d"}, "none", "1"),
        ({"type": "starts-with", "value": "Yes"}, "Yes.", "Oh Yes"),
        ({"type": "not-starts-with", "value": "Yes"}, "No", "Yes"),
        ({"type": "is-json"}, "[1]", "one"),
        ({"type": "is-json", "value": {"type": "object", "required": ["a"]}}, '{"a": 1}', "{}"),
        ({"type": "is-json", "value": '{"type": "array"}'}, "[]", "{}"),
        ({"type": "contains", "value": "{{ q | lower }}"}, "why? so", "Why?"),
    ],
)
def test_an_assertion_decides_as_promptfoo_does(assertion: dict[str, Any], good: str, bad: str) -> None:
    found = imported([a_test(assertion)])
    assert not found.notes
    assert passes(found, good)
    assert not passes(found, bad)


def test_checks_that_read_one_part_in_two_ways_all_count() -> None:
    found = imported([a_test({"type": "equals", "value": "a B"}, {"type": "contains", "value": "a"}, {"type": "icontains", "value": "b"})])
    assert passes(found, "a B")
    assert not passes(found, "A B")
    both = imported([a_test({"type": "contains-any", "value": ["x", "y"]}, {"type": "contains-any", "value": ["a", "b"]})])
    assert passes(both, "x b")
    assert not passes(both, "x y")
    none = imported([a_test({"type": "not-contains", "value": "x"}, {"type": "not-icontains", "value": "y"})])
    assert passes(none, "X")
    assert not passes(none, "Y")


def test_a_check_of_some_cases_does_not_reach_the_others() -> None:
    found = imported([a_test({"type": "regex", "value": "^a"}), a_test({"type": "equals", "value": "b"})])
    assert [scorer.get("for_tags") for scorer in found.scorers] == [["score:regex"], None]  # `exact` reads its own part of the case
    assert passes(found, "ab", case=0)
    assert passes(found, "b", case=1)


def test_checks_that_every_case_shares_need_no_tag() -> None:
    found = imported({"defaultTest": {"assert": [{"type": "regex", "value": "x"}]}, "tests": [{"vars": {"q": "1"}}, {"vars": {"q": "2"}}]})
    assert found.scorers == ({"kind": "regex", "pattern": "x"},)
    assert not any(tag.startswith("score:") for case in found.cases for tag in case.tags)


def test_limits_become_budgets() -> None:
    found = imported(
        [a_test({"type": "latency", "threshold": 500}, {"type": "latency", "threshold": 200}, {"type": "cost", "threshold": 0.01})]
    )
    budget = found.cases[0].budget
    assert budget is not None
    assert (budget.latency_ms, budget.cost_usd) == (200, 0.01)
    assert [scorer["kind"] for scorer in found.scorers] == ["latency", "cost"]


def test_what_a_judge_has_to_do_is_kept_and_said() -> None:
    found = imported([a_test({"type": "llm-rubric", "value": "is kind to {{q}}"}, {"type": "factuality", "value": "14 days"})])
    assert found.cases[0].expected.rubric == "is kind to Why?\nThe answer agrees with these facts: 14 days"
    assert words(found) == [
        "1 x llm-rubric kept as rubric; a judge has to score it: [0].assert[0]",
        "1 x factuality kept as rubric; a judge has to score it: [0].assert[1]",
    ]


def test_similarity_is_reported_and_does_not_decide() -> None:
    found = imported([a_test({"type": "similar", "value": "two weeks", "threshold": 0.8})])
    assert found.cases[0].expected.answer == "two weeks"
    assert found.scorers == ({"kind": "token_f1", "pass_mark": None},)
    assert "reported by token_f1" in words(found)[0]


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        ({"type": "javascript", "value": "true"}, "javascript not carried over"),
        ({"type": "python", "value": "True"}, "python not carried over"),
        ({"type": "not-llm-rubric", "value": "x"}, "not-llm-rubric not carried over"),
        ({"type": "regex", "value": "("}, "check by regex not carried over (pattern '(' is no regular expression"),
        ({"type": "is-json", "value": {"type": "nonsense"}}, "check by json_schema not carried over (schema is no JSON Schema"),
        ({"type": "is-json", "value": "type: object"}, "its schema is no JSON"),
        ({"type": "contains", "value": None}, "its value is no text"),
        ({"type": "contains", "value": "x", "transform": "output.x"}, "`transform` changes the answer first"),
        ({"type": "contains", "value": "x", "weight": 0}, "weight 0: it decides nothing"),
        ({"type": "contains", "value": "{% if x %}"}, "its value uses the tag"),
        ({"type": "contains", "value": "file://x.js"}, "contains not carried over (the file was not read)"),
        ({"type": "latency"}, "it states no limit"),
        ({"type": "assert-set", "threshold": 0.5, "assert": []}, "assert-set not carried over"),
        ({"value": "x"}, "assertion without a type"),
        ({"type": "made-up"}, "made-up not carried over"),
    ],
)
def test_what_has_no_counterpart_is_said_with_its_place_and_the_case_says_that_it_is_empty(assertion: dict[str, Any], said: str) -> None:
    found = imported([a_test(assertion)])
    first, second = words(found)
    assert said in first
    assert first.endswith(": [0].assert[0]")
    assert second == "1 x case that lost its only expectation: [0]"


def test_every_part_that_is_not_read_is_named() -> None:
    value = {
        "prompts": ["{{q}}"],
        "providers": ["echo"],
        "evaluateOptions": {"repeat": 2},
        "tests": [
            a_test(
                {"type": "contains", "value": "x", "weight": 2, "metric": "m"},
                threshold=0.5,
                provider="openai:x",
                options={"transform": "output", "prefix": "P "},
            )
        ],
    }
    assert sorted(words(imported(value))) == [
        "1 x `evaluateOptions` of the configuration not carried over: evaluateOptions",
        "1 x `metric` of an assertion not carried over: tests[0].assert[0]",
        "1 x `provider` of a test not carried over: tests[0]",
        "1 x `providers` of the configuration not carried over: providers",
        "1 x `threshold` of a test not carried over; here every check has to pass: tests[0]",
        "1 x `weight` of an assertion not carried over: tests[0].assert[0]",
        "1 x option `transform` of a test not carried over: tests[0]",
    ]


def test_prompts_are_rendered_for_each_test_and_told_apart_by_a_tag() -> None:
    found = imported({"prompts": ["Q: {{q}}", {"raw": "Say: {{ q | upper }}", "label": "Loud one"}], "tests": [{"vars": {"q": "Why?"}}]})
    assert [case.input for case in found.cases] == ["Q: Why?", "Say: WHY?"]
    assert [case.tags[1] for case in found.cases] == ["prompt:Q-q", "prompt:Loud-one"]


def test_a_prompt_of_messages_becomes_messages_whatever_its_variables_hold() -> None:
    prompt = '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{q}}"}]'
    found = imported({"prompts": [prompt], "tests": [{"vars": {"q": 'A "quote"\nand a line'}}]})
    assert found.cases[0].input[1] == {"role": "user", "content": 'A "quote"\nand a line'}


def test_a_prompt_that_cannot_be_rendered_leaves_the_variables() -> None:
    found = imported({"prompts": ["{% for x in xs %}{{x}}{% endfor %}"], "tests": [{"vars": {"q": "Why?", "n": 1}}]})
    assert found.cases[0].input == {"q": "Why?", "n": 1}
    assert "prompt that uses the tag 'for x in xs'" in words(found)[0]


def test_a_prompt_that_only_looks_like_a_file_is_a_text_and_a_file_that_is_not_there_is_said() -> None:
    gone = Refused("there is no such file", missing=True)
    files = {"Summarise {{q}}, README.md": gone, "file://gone.txt": gone}
    found = imported({"prompts": list(files), "tests": [{"vars": {"q": "x"}}]}, files=files)
    assert [case.input for case in found.cases] == ["Summarise x, README.md"]
    assert words(found)[0] == "1 x prompt file://gone.txt not carried over (there is no such file): prompts[1]"


def test_a_message_with_a_picture_is_kept_and_said() -> None:
    prompt = '[{"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "x"}}]}]'
    found = imported({"prompts": [prompt], "tests": [{"vars": {"q": "x"}}]})
    assert found.cases[0].input[0]["content"][1]["type"] == "image_url"
    assert "1 x message with parts that are no text, kept as the tool wrote them: tests[0]" in words(found)


def test_variables_alone_are_asked_where_that_is_wished() -> None:
    value = {"prompts": ["Q: {{q}}"], "tests": [{"vars": {"q": "Why?"}}]}
    assert imported(value, Options(why_unusable, input="vars")).cases[0].input == "Why?"


def test_lists_of_texts_are_taken_apart_in_every_combination() -> None:
    tests = [
        {"vars": {"a": ["1", "2"], "b": ["x", "y"], "c": [1, 2]}},
        {"vars": {"a": ["1", "2"]}, "options": {"disableVarExpansion": True}},
    ]
    inputs = [case.input for case in imported(tests).cases]
    assert inputs == [*({"a": a, "b": b, "c": [1, 2]} for a in "12" for b in "xy"), {"a": ["1", "2"]}]


def test_more_combinations_than_can_be_meant_are_refused_before_they_are_made() -> None:
    with pytest.raises(TooMuch):
        imported([{"vars": {name: [str(number) for number in range(100)] for name in "abcd"}}])


def test_scenarios_join_each_of_their_data_with_each_test() -> None:
    scenario = {
        "config": [{"vars": {"a": "1"}}, {"vars": {"a": "2"}}],
        "tests": [{"vars": {"b": "x"}, "assert": [{"type": "equals", "value": "{{a}}"}]}],
    }
    found = imported({"prompts": ["{{a}}{{b}}"], "scenarios": [scenario]})
    assert [(case.input, case.expected.answer) for case in found.cases] == [("1x", "1"), ("2x", "2")]


def test_files_are_followed_and_those_that_were_refused_are_said() -> None:
    more = Document("more.jsonl", "rows", [{"vars": {"q": "2"}}], (1,))
    files = {
        "file://more.jsonl": (more,),
        "file://gen.py": Refused("it is code, which is not run"),
        "file://doc.txt": (Document("doc.txt", "rows", None, text="Text."),),
    }
    found = imported({"tests": ["file://more.jsonl", "file://gen.py", {"vars": {"q": "file://doc.txt"}}]}, files=files)
    assert [case.input for case in found.cases] == ["2", "Text."]
    assert words(found)[0] == "1 x tests of file://gen.py not carried over (it is code, which is not run): tests[1]"


def test_a_case_keeps_its_id_when_others_come_before_it() -> None:
    one = {"vars": {"q": "One?"}}
    alone, second = imported([one]), imported([{"vars": {"q": "Zero?"}}, one])
    assert alone.cases[0].id == second.cases[1].id
    named = imported([{"description": "Größe: 42 / mm", **one}, {"description": "Größe: 42 / mm", "vars": {"q": "Other"}}])
    assert [case.id for case in named.cases] == ["Groe-42-mm", "Groe-42-mm-2"]


@pytest.mark.parametrize(
    ("cell", "assertion"),
    [
        ("Paris", {"type": "equals", "value": "Paris"}),
        ("contains: Paris", {"type": "contains", "value": "Paris"}),
        ("not-contains-any: a, b", {"type": "not-contains-any", "value": "a, b"}),
        ("similar(0.9): near", {"type": "similar", "value": "near", "threshold": 0.9}),
        ("is-json", {"type": "is-json"}),
        ("latency(500)", {"type": "latency", "threshold": 500.0}),
        ("fn: output > 1", {"type": "javascript", "value": "output > 1"}),
        ("grade: is kind", {"type": "llm-rubric", "value": "is kind"}),
        ("Note: this is a text", {"type": "equals", "value": "Note: this is a text"}),
    ],
)
def test_a_cell_spells_an_assertion(cell: str, assertion: dict[str, Any]) -> None:
    assert from_text(cell) == assertion


def test_a_table_gives_variables_checks_metadata_and_thresholds() -> None:
    row = {
        "q": "Why?",
        "__expected": "x",
        "__expected2": "similar: y",
        "__config:__expected2:threshold": "0.7",
        "__prefix": "Hi. ",
        "__description": "First",
        "__metadata:topic": "t",
        "__metadata:tags[]": "a, b",
        "__metric": "m",
    }
    found = import_promptfoo([Document("t.csv", "table", [row], (2,))], OPTIONS)
    (case,) = found.cases
    assert (case.id, case.input, case.expected.answer) == ("First", "Why?", "x")
    assert case.metadata["topic"] == "t"
    assert case.metadata["tags"] == ["a", "b"]
    assert "1 x column __metric not carried over: line 2" in words(found)


def test_more_checks_than_a_run_can_ask_are_left_out_with_a_note() -> None:
    found = imported([a_test({"type": "regex", "value": f"x{number}"}) for number in range(40)])
    assert len(found.scorers) == 30
    assert words(found)[0].startswith("10 x check by regex not carried over (there are more than 30 different ones): [30].assert[0]")
    assert words(found)[1].startswith("10 x case that lost its only expectation: [30]")


def result(provider: str, **parts: Any) -> dict[str, Any]:
    return {
        "testIdx": 0,
        "promptIdx": 0,
        "provider": {"id": provider},
        "vars": {"q": "Why?"},
        "prompt": {"raw": "Why?"},
        "testCase": {},
        **parts,
    }


def test_answers_of_one_model_are_its_trials_and_failures_are_missing() -> None:
    rows = [
        result("a", response={"output": {"k": 1}, "tokenUsage": {"prompt": 3, "completion": 4}, "cost": 0.5}, latencyMs=7, score=1),
        result("a", error="API error", response=None),
        result("b", response={"output": "B", "cached": True, "tokenUsage": {"prompt": 3}, "cost": 0}),
    ]
    found = imported({"results": {"results": rows}}, Options(why_unusable, answers=True, model="a"))
    first, second = found.answers
    assert first == {
        "case_id": found.cases[0].id,
        "trial": 0,
        "model": "a",
        "text": '{"k":1}',
        "data": {"k": 1},
        "input_tokens": 3,
        "output_tokens": 4,
        "cost_usd": 0.5,
        "latency_ms": 7,
        "reported": {"promptfoo_score": 1},
    }
    assert second["trial"] == 1
    assert second["error"] == {"kind": "provider_error", "message": "API error"}
    cached = imported({"results": {"results": rows}}, Options(why_unusable, answers=True, model="b")).answers[0]
    assert "cost_usd" not in cached  # the cost of an answer from a cache says nothing about the next one
    with pytest.raises(SeveralModels, match="a, b"):
        imported({"results": {"results": rows}}, Options(why_unusable, answers=True))


@pytest.mark.parametrize("value", [{"foo": 1}, {"results": {"results": [3]}}, {"results": {"results": [{"testIdx": []}]}}])
def test_what_is_no_promptfoo_file_is_refused(value: Any) -> None:
    with pytest.raises(NotOfFormat):
        imported(value)
