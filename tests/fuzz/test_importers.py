"""Whatever stands in a file of another tool, an import gives sound cases, or one clear line; never another exception."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from goldfinch.bootstrap.importing import import_files, why_unusable
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import DatasetError, UsageError
from goldfinch.core.importing.document import Document, NotOfFormat, TooMuch
from goldfinch.core.importing.options import Options, SeveralModels
from goldfinch.core.importing.recognition import IMPORTERS, tools_of
from goldfinch.core.importing.templates import NotRendered, render

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

PIECES = [
    *(
        b"\x00",
        b"\xff",
        b"\\ud83d",
        b"\n",
        b'"',
        b"'",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b"{}",
        b"[]",
        b",",
        b":",
        b": ",
        b"- ",
        b"&a ",
        b"*a",
    ),
    *(
        b"null",
        b"true",
        b"NaN",
        b"-1",
        b"0",
        b"1e999",
        b"9" * 400,
        b"!!x ",
        b"<<: ",
        b"{{",
        b"}}",
        b"{%",
        b"|",
        b"file://../x.yaml",
        b"file://*",
    ),
    *(b'"id"', b'"type"', b'"vars"', b'"input"', b'"eval"', b"not-", b"[" * 100, b'{"a":' * 100, b"PK\x03\x04"),
]


@st.composite
def changed(draw: st.DrawFn, valid: bytes) -> bytes:
    """`valid` with one to five places cut out or replaced."""
    content = valid
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(content)))
        stop = start + draw(st.sampled_from([0, 0, 1, 2, 5, 40]))
        content = content[:start] + draw(st.one_of(st.sampled_from([b"", *PIECES]), st.binary(max_size=4))) + content[stop:]
    return content


def require_clear(error: Exception, where: str = "here") -> None:
    assert str(error)
    assert "\n" not in str(error)
    assert where


def require_sound(path: Path, tool: str | None) -> None:
    try:
        imported = import_files([str(path)], tool=tool, input_form="prompt", answers=False, model=None)
    except (UsageError, DatasetError) as error:
        require_clear(error, error.problem.where)
        return
    assert len({case.id for case in imported.cases}) == len(imported.cases) > 0
    assert not any(problems_of(case) for case in imported.cases)
    assert all(why_unusable(scorer) is None for scorer in imported.scorers)


TESTS = (
    b'prompts: [\'Q: {{ q | trim }}\', \'[{"role": "user", "content": "{{q}}"}]\']\ndefaultTest: {vars: {a: 1}}\n'
    b"tests:\n- vars: {q: [x, y]}\n  assert: [{type: contains-any, value: 'a, \"b\"'}, {type: is-json, value: {type: object}}]\n"
    b"- description: d\n  vars: {q: z}\n  assert: [{type: regex, value: '^a'}, {type: cost, threshold: 1}, {type: llm-rubric, value: x}]\n"
)
TABLE = b'q,__expected,__expected2,__metadata:k[],__config:__expected:threshold\nx,similar(0.8): y,contains-all: a,"a, b",0.5\n'
FILES = [
    ("promptfoo", "a.yaml", TESTS),
    ("promptfoo", "a.csv", TABLE),
    ("promptfoo", "promptfoo/results.json", None),
    ("openai-evals", "openai_evals/samples.jsonl", None),
    ("openai-evals", "openai_evals/run.json", None),
    ("openai-evals", "openai_evals/output_items.json", None),
    ("langsmith", "langsmith/examples.jsonl", None),
    ("langsmith", "langsmith/examples.csv", None),
    ("langfuse", "langfuse/page.json", None),
    ("langfuse", "langfuse/export.csv", None),
    ("inspect", "inspect/quiz.json", None),
    ("inspect", "inspect/support.eval", None),
]


@pytest.mark.parametrize(("tool", "name", "content"), FILES, ids=[name for _, name, _ in FILES])
def test_any_bytes_are_cases_or_one_clear_line(fuzz: Fuzz, root: Path, tmp_path: Path, tool: str, name: str, content: bytes | None) -> None:
    valid = (root / "tests/data/importing" / name).read_bytes() if content is None else content
    path = tmp_path / Path(name).name

    @fuzz(150, changed(valid), st.sampled_from([None, tool]))
    def _(changed_content: bytes, chosen: str | None) -> None:
        path.write_bytes(changed_content)
        require_sound(path, chosen)


def test_any_sample_in_an_archive_is_a_case_or_one_clear_line(fuzz: Fuzz, tmp_path: Path) -> None:
    header = b'{"version": 2, "status": "success", "eval": {"task": "t", "model": "m", "scorers": [{"name": "includes"}]}}'
    sample = (
        b'{"id": 1, "epoch": 1, "input": [{"role": "user", "content": "q"}], "target": ["a"], "choices": ["x"], "events": [], "scores": {}}'
    )
    path = tmp_path / "a.eval"

    @fuzz(300, changed(header), changed(sample))
    def _(changed_header: bytes, changed_sample: bytes) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("header.json", changed_header)
            archive.writestr("samples/1_epoch_1.json", changed_sample)
        path.write_bytes(packed.getvalue())
        require_sound(path, None)


NAMES = (
    *(
        "vars",
        "assert",
        "type",
        "value",
        "threshold",
        "tests",
        "prompts",
        "defaultTest",
        "options",
        "metadata",
        "scenarios",
        "config",
        "description",
    ),
    *("input", "ideal", "item", "sample", "object", "data", "testing_criteria", "reference", "operation", "datasource_item", "data_source"),
    *(
        "inputs",
        "outputs",
        "messages",
        "role",
        "content",
        "expectedOutput",
        "status",
        "split",
        "id",
        "kwargs",
        "tool_calls",
        "function",
        "name",
    ),
    *(
        "eval",
        "samples",
        "target",
        "choices",
        "scores",
        "attachments",
        "output",
        "model_usage",
        "results",
        "testCase",
        "response",
        "provider",
    ),
)
WORDS = (
    *(
        "contains",
        "not-contains-any",
        "is-json",
        "regex",
        "llm-rubric",
        "assert-set",
        "string_check",
        "eq",
        "eval",
        "eval.run",
        "user",
        "ai",
    ),
    *("{{q}}", "{{ sample.output_text }}", "{{item.a}}", "{% x %}", "file://x", "attachment://a", "a, b", "", "x" * 200, "ARCHIVED"),
)
VALUES: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=25,
)


@pytest.mark.parametrize("tool", sorted(IMPORTERS))
def test_any_values_under_the_keys_of_the_tools_are_cases_or_are_refused(fuzz: Fuzz, tool: str) -> None:
    @fuzz(800, VALUES, st.sampled_from(["tree", "rows"]), st.sampled_from(["prompt", "vars"]), st.booleans())
    def _(value: Any, form: Any, asked: Any, answers: bool) -> None:
        rows = value if isinstance(value, list) else [value]
        if tool == "inspect":
            document = Document("a", "inspect", {"eval": value, "samples": rows})
        else:
            document = Document("a", form, rows if form == "rows" else value, tuple(range(len(rows))) if form == "rows" else ())
        tools_of(document)
        try:
            imported = IMPORTERS[tool]([document], Options(why_unusable, input=asked, answers=answers, model=None))
        except (NotOfFormat, TooMuch, SeveralModels) as error:
            require_clear(error)
            return
        assert len({case.id for case in imported.cases}) == len(imported.cases)
        assert not any(problems_of(case) for case in imported.cases)
        json.dumps(imported.answers)


def test_any_template_is_rendered_or_refused(fuzz: Fuzz) -> None:
    pieces = st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", " q ", "|", " trim", "join(", "')'", "'", '"', ".", "[0]", "-", "x", "\n"]
    )

    @fuzz(800, st.lists(pieces, max_size=14).map("".join), VALUES)
    def _(template: str, value: Any) -> None:
        try:
            render(template, {"q": value})
        except NotRendered as error:
            require_clear(error)
