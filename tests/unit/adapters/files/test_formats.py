from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import DatasetError


def _read(folder: Path, suffix: str, content: bytes | str) -> list[Case]:
    path = folder / f"f{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [case for case, _ in FileDataset([path]).cases()]


def _refused(folder: Path, suffix: str, content: bytes | str) -> list[tuple[str, str]]:
    path = folder / f"f{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DatasetError) as caught:
        FileDataset([path]).check()
    return [(problem.code, str(problem).removeprefix(str(path))) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["plain", "a: b", 'quoted ":" colon', "back\\slash", '"', "größe: \U0001f600"])
def test_a_key_that_stands_twice_is_found_whatever_the_texts_of_a_case_hold(tmp_path: Path, text: str) -> None:
    value = json.dumps(text)
    whole = f'{{"id": "a", "input": {value}, "expected": {{"answer": {value}}}, "tags": [{value}]}}'
    assert [case.input for case in _read(tmp_path, ".jsonl", whole)] == [text]
    twice = {
        "input": whole.replace('"input"', f'"input": {value}, "input"'),
        "id": whole.replace('"id"', '"id": "b", "id"'),
        "answer": whole.replace('"answer"', f'"answer": {value}, "answer"'),
        "tags": whole.replace('"tags"', '"tags": [], "tags"'),
    }
    for key, line in twice.items():
        ((code, said),) = _refused(tmp_path, ".jsonl", line)
        assert code == codes.DUPLICATE_KEY, said
        assert key in said


def test_jsonl_takes_bom_crlf_and_empty_lines(tmp_path: Path) -> None:
    cases = _read(tmp_path, ".jsonl", b'\xef\xbb\xbf{"id":"a","input":"\xc3\xbc"}\r\n\r\n{"id":"b","input":1}')
    assert [(case.id, case.input) for case in cases] == [("a", "ü"), ("b", 1)]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (b'{"id":"a","input":"x\xff"}', codes.BAD_UTF8, ":2: is not UTF-8: byte 0xff at offset 41; save"),
        (b'{"id":"a","input":NaN}', codes.SYNTAX, ":2: is not valid JSON: NaN and Infinity are not JSON"),
        (b'{"id":"a","input":-Infinity}', codes.SYNTAX, ":2: is not valid JSON: NaN and Infinity are not JSON"),
        (b'{"id":"a",}', codes.SYNTAX, ":2: is not valid JSON: "),
        (b'{"id":"a"', codes.SYNTAX, ":2: is not valid JSON: expecting ',' delimiter at column 10; "),
        (b'{"id":"a","input":"\\ud800"}', codes.SYNTAX, "half of a surrogate pair"),
        (b'{"id":"a","input":{"k":1,"k":2}}', codes.DUPLICATE_KEY, ":2: has the key 'k' twice in one object"),
        (b'{"id":"a","input":{"k:":1,"\\u006b:":2}}', codes.DUPLICATE_KEY, "has the key 'k:' twice"),
        (b'{"id":"a","input":1e999}', codes.LIMIT, ":2: holds a number that is too large"),
        (b'{"id":"a","input":[' + b"9" * 400 + b"]}", codes.LIMIT, ":2: holds a number that is too large"),
        (b'{"id":"a","input":' + b"9" * 5000 + b"}", codes.LIMIT, ":2: holds a number that is too large"),
        (b"[]", codes.WRONG_TYPE, ":2: a case must be an object, found a list"),
    ],
)
def test_a_bad_json_line_is_named_and_the_others_are_read(tmp_path: Path, line: bytes, code: str, message: str) -> None:
    [(found, text)] = _refused(tmp_path, ".jsonl", b'{"id":"x","input":1}\n' + line + b'\n{"id":"y","input":1}\n')
    assert found == code
    assert message in text


@pytest.mark.parametrize("text", ['{"a":"x:y","b":{"c":[{"d":"\\":"}]}}', '{"a":"{\\\\","b":": :"}'])
def test_colons_and_brackets_in_texts_are_no_keys(tmp_path: Path, text: str) -> None:
    assert len(_read(tmp_path, ".jsonl", f'{{"id":"a","input":{text}}}')) == 1


@pytest.mark.parametrize(
    "text",
    [
        "- {id: a, input: x}\n- {id: b, input: y}\n",
        "cases:\n- {id: a, input: x}\n- {id: b, input: y}\n",
        "id: a\ninput: x\n---\nid: b\ninput: y\n",
        "- {id: a, input: x}\n---\n- {id: b, input: y}\n---\n",
        "\ufeff- {id: a, input: x}\r\n- {id: b, input: y}\r\n",
    ],
)
def test_yaml_is_a_list_documents_or_cases(tmp_path: Path, text: str) -> None:
    assert [(case.id, case.input) for case in _read(tmp_path, ".yaml", text)] == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("012", "012"),
        ("1:30", "1:30"),
        ("2024-01-02", "2024-01-02"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("-3", -3),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ('"3"', "3"),
        ("'null'", "null"),
        ("!!str 3", "3"),
        ("{404: x, yes: y}", {"404": "x", "yes": "y"}),
        ("|\n    two\n    lines", "two\nlines\n"),
    ],
)
def test_yaml_scalars_are_typed_as_json_types_them(tmp_path: Path, text: str, value: Any) -> None:
    [case] = _read(tmp_path, ".yaml", f"- id: a\n  input: {text}\n")
    assert (case.input, type(case.input)) == (value, type(value))


def test_yaml_aliases_and_merge_keys_work(tmp_path: Path) -> None:
    text = (
        "- id: a\n  input: &i [1, {k: v}]\n  expected: &e {answer: x, rubric: r}\n- id: b\n  input: *i\n  expected: {<<: *e, answer: y}\n"
    )
    first, second = _read(tmp_path, ".yaml", text)
    assert second.input == first.input == [1, {"k": "v"}]
    assert (second.expected.answer, second.expected.rubric) == ("y", "r")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("- id: a\n  input: [1, 2\n- id: b", codes.SYNTAX, ":3: is not valid YAML: "),
        ("- id: a\n  input: {k: 1, k: 2}\n", codes.DUPLICATE_KEY, ":2: has the key 'k' twice"),
        ("- id: a\n  id: b\n  input: 1\n", codes.DUPLICATE_KEY, "has the key 'id' twice"),
        ("- id: a\n  input: .nan\n", codes.OUT_OF_RANGE, ":2: holds .nan; numbers must be finite"),
        ("- id: a\n  input: -.INF\n", codes.OUT_OF_RANGE, ":2: holds -.INF; numbers must be finite"),
        ("- id: a\n  input: 1e999\n", codes.LIMIT, ":2: holds a number that is too large"),
        ("- id: a\n  input: " + "9" * 5000, codes.LIMIT, ":2: holds a number that is too large"),
        ("- id: a\n  input: !!python/object/apply:os.system [id]\n", codes.SYNTAX, "tags are not read"),
        ("- id: a\n  input: !!python/name:os.system x\n", codes.SYNTAX, "tags are not read"),
        ("- id: a\n  input: *nowhere\n", codes.SYNTAX, ":2: refers to *nowhere, which is not defined above"),
        ("- id: a\n  input: &x [*x]\n", codes.SYNTAX, "refers to *x, which is not defined above"),
        ("- id: a\n  input: {[1]: 2}\n", codes.SYNTAX, "has a key that is no plain text"),
        ("- id: a\n  input: {<<: 3}\n", codes.SYNTAX, "merges (`<<`) something that is no object"),
        ("cases: [{id: a, input: 1}]\nname: x\n", codes.UNKNOWN_KEY, ":1: `name` is not known beside `cases`"),
        ("just text", codes.WRONG_TYPE, ":1: a case must be an object, found text 'just text'"),
        ("- {id: a, input: 1}\n- 3\n", codes.WRONG_TYPE, ":2: a case must be an object, found number 3"),
        (b"- id: a\n  input: \xff\n", codes.BAD_UTF8, ":2: is not UTF-8: byte 0xff at offset 17"),
        (b"# " + b"x" * 65533 + b"\xc3\n\n", codes.BAD_UTF8, ":1: is not UTF-8: byte 0xc3 at offset 65535"),
        ("- id: a\n  input: \x01\n", codes.SYNTAX, "is not valid YAML"),
    ],
)
def test_yaml_that_cannot_be_read_names_its_line(tmp_path: Path, text: str | bytes, code: str, message: str) -> None:
    found, line = _refused(tmp_path, ".yaml", text)[0]
    assert found == code
    assert message in line


def test_csv_reads_typed_dotted_columns(tmp_path: Path) -> None:
    text = (
        "id,input,input:json,context,expected.answer,expected.must_include,expected.numbers,expected.json,expected.tools,tags,weight,"
        "critical,trials,budget.steps,budget.cost_usd,metadata.source,metadata.n:json\n"
        'a,"say ""hi"", please",,,5,"x | y","[{""value"": 5}]",3,[],one|two,2.5,TRUE,2,4,0.1,web,7\n'
        'b,,"{""q"": 1}",c,,"[""p|q""]",,,,,,,,,,,\n'
    )
    first, second = _read(tmp_path, ".csv", text)
    assert (first.input, first.expected.answer, first.expected.must_include) == ('say "hi", please', "5", ("x", "y"))
    assert (first.expected.numbers[0].value, first.expected.json, first.expected.tools) == (5.0, 3, ())
    assert (first.tags, first.weight, first.critical, first.trials) == (("one", "two"), 2.5, True, 2)
    assert first.budget is not None
    assert (first.budget.steps, first.budget.cost_usd, first.metadata) == (4, 0.1, {"source": "web", "n": 7})
    assert (second.input, second.context, second.expected.must_include, second.budget) == ({"q": 1}, "c", ("p|q",), None)


def test_csv_puts_open_columns_into_an_object(tmp_path: Path) -> None:
    [case] = _read(tmp_path, ".csv", "id,input.question,input.user.name\r\na,why?,Ann\r\n")
    assert case.input == {"question": "why?", "user": {"name": "Ann"}}


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", codes.EMPTY, "has no header"),
        ("id,inptu\na,b\n", codes.UNKNOWN_KEY, ":1: column `inptu` is not a known key; did you mean `input`?"),
        ("id,owner\na,b\n", codes.UNKNOWN_KEY, "columns of your own are called metadata.<name>"),
        ("id,id\na,b\n", codes.DUPLICATE_KEY, ":1: has the column 'id' twice"),
        ("id;input\na;b\n", codes.SYNTAX, ":1: has a header divided by ';'; divide the cells by commas"),
        ("id,question\na,b\n", codes.UNKNOWN_KEY, ":1: column `question` is not a known key; write `input`"),
        ("id,input\n", codes.EMPTY, "holds no case"),
        ("id,input\na,b,c\n", codes.SYNTAX, ":2: has 3 cells under 2 columns; quote cells that hold a comma"),
        ('id,input\na,"b\n', codes.SYNTAX, ":2: is not valid CSV"),
        ("id,input,weight\na,b,heavy\n", codes.WRONG_TYPE, ":2 (case a): `weight` must be a number above 0, found text 'heavy'"),
        ("id,input,weight\na,b,1e999\n", codes.WRONG_TYPE, "`weight` must be a number above 0, found text '1e999'"),
        ("id,input,weight\na,b,NaN\n", codes.WRONG_TYPE, "`weight` must be a number above 0, found text 'NaN'"),
        ("id,input,critical\na,b,yes\n", codes.WRONG_TYPE, "`critical` must be true or false, found text 'yes'"),
        ("id,input,expected.numbers\na,b,5\n", codes.WRONG_TYPE, "`expected.numbers` must be a list"),
        ("id,input,expected.tools\na,b,find\n", codes.SYNTAX, ":2: `expected.tools` is not valid JSON"),
        ("id,input,input:json\na,b,1\n", codes.DUPLICATE_KEY, ":2: fills `input` in two columns"),
        ("id,input,input.q\na,b,1\n", codes.DUPLICATE_KEY, ":2: fills `input.q` in two columns"),
        ('id,input\n"a","two\nlines"\nb,\n', codes.MISSING_KEY, ":4 (case b): `input` is missing"),
        (b"id,input\na,\xff\n", codes.BAD_UTF8, ":2: is not UTF-8: byte 0xff at offset 11"),
    ],
)
def test_csv_that_cannot_be_read_names_its_line(tmp_path: Path, text: str | bytes, code: str, message: str) -> None:
    found, line = _refused(tmp_path, ".csv", text)[0]
    assert found == code
    assert message in line


SPICE = [
    b'{"id":"a","input":',
    b"- id: a\n  input: ",
    b"id,input\n",
    b"&a ",
    b"*a",
    b"!!x ",
    b"{",
    b"[",
    b'"',
    b"\\u",
    b"|",
    b"\n",
    b"\xff",
    b"\x00",
    b"<<: ",
    b"? ",
]


@settings(max_examples=300)
@given(pieces=st.lists(st.sampled_from(SPICE) | st.binary(max_size=12), max_size=12), suffix=st.sampled_from([".jsonl", ".yaml", ".csv"]))
def test_any_bytes_give_cases_or_a_dataset_error(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(b"".join(pieces))
    _cases_or_dataset_error(path)


@pytest.mark.long
@settings(max_examples=20_000)
@given(pieces=st.lists(st.sampled_from(SPICE) | st.binary(max_size=12), max_size=12), suffix=st.sampled_from([".jsonl", ".yaml", ".csv"]))
def test_very_many_bytes_give_cases_or_a_dataset_error(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(b"".join(pieces))
    _cases_or_dataset_error(path)


def _cases_or_dataset_error(path: Path) -> None:
    dataset = FileDataset([path])
    try:
        info = dataset.check()
    except DatasetError as error:
        unnamed = [problem for problem in error.problems if not (problem.code and problem.what)]
    else:
        unnamed = []
        assert info.cases == sum(1 for _ in dataset.cases()) > 0
    assert not unnamed
