"""Whatever bytes come from outside, a reader gives values that hold what they promise, or one of our errors; never another exception."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from goldfinch.adapters.agents.recorded import RecordedAnswers
from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.adapters.files.decoding import careful_case, quick_case
from goldfinch.adapters.files.formats.jsonl import parse_json, plain_case
from goldfinch.adapters.files.formats.source import Unreadable
from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import AgentUnusable, ConfigurationError, DatasetError, RunDirectoryError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.trajectory import MessagesInvalid, read_messages
from goldfinch.core.wire.openai_replies import ChatStream, ReplyInvalid, ResponseStream, error_of, read_chat, read_response
from goldfinch.core.wire.sse import EventReader, EventStreamTooLong, ServerEvent
from goldfinch.ports.agent import AnswerFailed
from goldfinch.settings import Settings
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

PIECES = [
    *(b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xf0\x9f\xa6\x9c", b"\\ud83d", b"\n", b"\r", b"\r\n", b"\t", b" "),
    *(b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"{}", b"[]", b",", b":", b": ", b"|", b"- ", b"#", b"&a ", b"*a", b"<<: ", b"!!x "),
    *(b"null", b"true", b"NaN", b"-Infinity", b"-1", b"0", b"1.5", b"1e999", b"9" * 400, b"9" * 20, b"~", b".nan", b"2026-11-23", b"1:30"),
    *(b'"id"', b"id", b"expected", b"trial", b"weight: -1\n", b"[" * 300, b'{"a":' * 300, b"---\n", b"...\n", b"%YAML 9.9\n"),
]


@st.composite
def changed(draw: st.DrawFn, valid: bytes) -> bytes:
    """`valid` with one to five places cut out or replaced."""
    content = valid
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(content)))
        stop = start + draw(st.sampled_from([0, 0, 0, 1, 2, 5, 40]))
        piece = draw(st.one_of(st.sampled_from([b"", *PIECES]), st.binary(max_size=4)))
        content = content[:start] + piece + content[stop:]
    return content


def bytes_like(*valid: bytes) -> SearchStrategy[bytes]:
    """Mostly changed forms of `valid`, sometimes anything."""
    of_pieces = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
    return st.one_of(*(changed(content) for content in valid for _ in range(2)), of_pieces, st.binary(max_size=60))


JSON_VALUES: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def objects(keys: dict[str, SearchStrategy[Any]]) -> SearchStrategy[Any]:
    """Objects with any of `keys`, each with a value of its kind or with any other."""
    return st.fixed_dictionaries({}, optional={key: st.one_of(value, value, JSON_VALUES) for key, value in keys.items()}) | JSON_VALUES


@contextmanager
def may_refuse(kind: type[Exception]) -> Iterator[None]:
    """Let `kind` pass as a refusal, if it says something on one line, and names the place where it can."""
    try:
        yield
    except kind as error:
        problem = getattr(error, "problem", None)
        if not str(error) or "\n" in str(error) or (problem is not None and not problem.where):
            raise AssertionError(f"no clear refusal: {error!r}") from error


# Datasets and settings

JSONL = (
    b'{"id": "a", "input": "How long?", "expected": {"answer": "14 days"}, "tags": ["x"]}\n'
    b'{"id": "b", "input": {"q": [1, 2.5]}, "expected": {"numbers": [{"value": 3, "tolerance": 0.1}], "tools": [{"name": "f"}]},'
    b' "weight": 2, "critical": true, "trials": 3, "budget": {"cost_usd": 0.5, "steps": 4}, "metadata": {"k": null}}\n'
)
YAML = (
    b"- id: a\n  input: How long?\n  expected: &e {answer: 14 days, must_include: [days]}\n"
    b"- id: b\n  input: |\n    two\n    lines\n  expected: *e\n  weight: 0.5\n  trials: 3\n  budget: {tokens: 10}\n"
)
CSV = (
    b'id,input,expected.answer,tags,weight,critical,expected.json:json\na,How long?,14 days,x|y,2,true,"{""k"": 1}"\nb,"two\nlines",,,,,\n'
)
DATASET_YAML = b"name: golden\nfiles: [a.jsonl]\ndefaults:\n  tags: [x]\n  expected: {tool_order: exact}\n  budget: {steps: 3}\n"
SETTINGS_YAML = (
    b"dataset: golden\nagent: {kind: python, target: 'support:answer'}\nscorers:\n  - exact\n  - {kind: must_include, pass_mark: 0.5}\n"
    b"evaluate: {trials: 3, concurrency: 4}\n"
)


def require_sound(dataset: FileDataset) -> None:
    """A dataset is refused, or gives as many sound cases as it says; never something in between."""
    info = None
    with may_refuse(DatasetError):
        info = dataset.check()
    if info is None:
        return
    cases = [case for case, _ in dataset.cases()]
    assert len(cases) == info.cases == len({case.id for case in cases})
    assert not any(problems_of(case) for case in cases)
    assert [case for case, _ in FileDataset(dataset.paths).cases()] == cases


@pytest.mark.parametrize(("name", "valid"), [("a.jsonl", JSONL), ("a.yaml", YAML), ("a.csv", CSV)], ids=["jsonl", "yaml", "csv"])
def test_any_bytes_are_cases_or_a_dataset_error(fuzz: Fuzz, tmp_path: Path, name: str, valid: bytes) -> None:
    file = tmp_path / name

    @fuzz(800, bytes_like(valid))
    def _(content: bytes) -> None:
        file.write_bytes(content)
        require_sound(FileDataset([file]))


def test_any_dataset_yaml_is_followed_or_a_dataset_error(fuzz: Fuzz, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(JSONL)

    @fuzz(800, bytes_like(DATASET_YAML))
    def _(content: bytes) -> None:
        (tmp_path / "dataset.yaml").write_bytes(content)
        require_sound(FileDataset([tmp_path]))


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("goldfinch.yaml", SETTINGS_YAML),
        ("pyproject.toml", b'[tool.goldfinch]\ndataset = "golden"\n[tool.goldfinch.evaluate]\ntrials = 3\n'),
    ],
    ids=["yaml", "toml"],
)
def test_any_bytes_are_settings_or_a_configuration_error(fuzz: Fuzz, tmp_path: Path, name: str, valid: bytes) -> None:
    file = tmp_path / name

    @fuzz(800, bytes_like(valid))
    def _(content: bytes) -> None:
        file.write_bytes(content)
        with may_refuse(ConfigurationError):
            assert isinstance(load_settings(file).settings, Settings)


TEXTS = st.text(max_size=8)
CASES = objects(
    {
        "id": st.sampled_from(["a", "case-1", "x.y_z", "CON", "a.", "-a", "é"]),
        "input": TEXTS,
        "context": TEXTS,
        "expected": objects(
            {
                "answer": TEXTS | st.lists(TEXTS, max_size=2),
                "must_include": st.lists(TEXTS, max_size=2),
                "tool_order": st.sampled_from(["exact", "subset", "none"]),
                "json": JSON_VALUES,
                "numbers": st.lists(objects({"value": st.floats(allow_nan=False, allow_infinity=False)}), max_size=2),
                "rubric": st.none() | TEXTS,
                "other": TEXTS,
            }
        ),
        "tags": st.lists(TEXTS, max_size=3),
        "weight": st.sampled_from([1, 0.5, 0, -1, 1e308, True]),
        "critical": st.booleans(),
        "trials": st.sampled_from([None, 1, 0, -3, 1 << 62, 1 << 63, True, 2.0]),
        "budget": objects({"cost_usd": st.floats(-1, 1), "steps": st.integers(-1, 3)}),
        "metadata": st.dictionaries(TEXTS, JSON_VALUES, max_size=2),
        "other": JSON_VALUES,
    }
)
PLAIN_LINES = st.builds(
    lambda case_id, text, more: {"id": case_id, "input": text, **more},
    st.sampled_from(["a", "case-1", "b_2", "x.y", "CON", "a."]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.fixed_dictionaries(
        {}, optional={"expected": st.none() | st.fixed_dictionaries({}, optional={"answer": TEXTS}), "tags": st.none() | st.lists(TEXTS)}
    ),
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A case as a line of JSON, at times with a key twice."""
    case = draw(PLAIN_LINES if draw(st.booleans()) else CASES)
    text = json.dumps(case, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")])))
    if isinstance(case, dict) and case and draw(st.integers(0, 4)) == 0:
        key = draw(st.sampled_from(sorted(case)))
        text = f"{text[:-1]}, {json.dumps(key)}: {json.dumps(draw(st.just(case[key]) | JSON_VALUES))}}}"
    return text.encode("utf-8", "surrogatepass")


def carefully(line: bytes) -> Case | None:
    """What the thorough path makes of a line; None where it refuses it."""
    try:
        return careful_case(parse_json(line), "a.jsonl:1")[0]
    except (Unreadable, UnicodeDecodeError):
        return None


def test_the_fast_paths_give_what_the_careful_one_gives_or_leave_the_line_to_it(fuzz: Fuzz) -> None:
    seen = {"plain": 0, "quick": 0}

    @fuzz(1_500, st.booleans().flatmap(lambda is_json: lines() if is_json else bytes_like(JSONL.splitlines()[0])))
    def _(line: bytes) -> None:
        careful = repr(carefully(line))
        if (plain := plain_case(line)) is not None:
            assert repr(plain) == careful
            seen["plain"] += 1
        try:
            raw = parse_json(line)
        except (Unreadable, UnicodeDecodeError):
            return
        if (quick := quick_case(raw)) is not None:
            assert repr(quick) == careful
            seen["quick"] += 1

    assert min(seen.values()) > 50, "the examples hardly touch the fast paths"


# Replies

STREAM = b'\xef\xbb\xbf: comment\nevent: delta\ndata: {"a": 1}\ndata: more\r\n\r\ndata\n\nid: 7\rdata:  two\r\rdata: last'


def events_of(chunks: list[bytes]) -> list[ServerEvent]:
    reader = EventReader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    last = reader.close()
    return events if last is None else [*events, last]


def test_an_event_stream_reads_the_same_wherever_it_is_cut(fuzz: Fuzz) -> None:
    @fuzz(1_500, bytes_like(STREAM), st.lists(st.integers(0, 80), max_size=8))
    def _(stream: bytes, cuts: list[int]) -> None:
        places = [0, *sorted(cuts), max([len(stream), *cuts])]
        assert events_of([stream[a:b] for a, b in pairwise(places)]) == events_of([stream])


def test_an_event_stream_never_holds_more_than_its_bound(fuzz: Fuzz) -> None:
    @fuzz(800, st.lists(bytes_like(STREAM), max_size=6))
    def _(chunks: list[bytes]) -> None:
        reader = EventReader(max_event_bytes=50)
        try:
            for chunk in chunks:
                for event in reader.feed(chunk):
                    assert len(event.data) <= 50 + len(chunk)
        except EventStreamTooLong:
            assert len(b"".join(chunks)) > 50


CALLS = st.lists(
    objects(
        {
            "id": TEXTS,
            "index": st.integers(-1, 3),
            "name": TEXTS,
            "function": objects({"name": TEXTS, "arguments": TEXTS | st.just('{"a": 1}')}),
        }
    ),
    max_size=2,
)
PARTS = TEXTS | st.lists(objects({"type": TEXTS, "text": TEXTS, "refusal": TEXTS}), max_size=2)
MESSAGE_KEYS: dict[str, SearchStrategy[Any]] = {
    "role": st.sampled_from(["user", "assistant", "system", "tool", "function", "developer"]),
    "content": PARTS,
    "tool_calls": CALLS,
    "function_call": objects({"name": TEXTS, "arguments": TEXTS}),
    "tool_call_id": TEXTS,
    "reasoning_content": TEXTS,
    "refusal": TEXTS,
    "name": TEXTS,
}
USAGE = objects(
    {"prompt_tokens": st.integers(), "output_tokens": st.integers(), "input_tokens_details": objects({"cached_tokens": st.integers()})}
)
SHARED_KEYS: dict[str, SearchStrategy[Any]] = {"usage": USAGE, "model": TEXTS, "error": objects({"message": TEXTS})}
CHAT_KEYS: dict[str, SearchStrategy[Any]] = {
    **SHARED_KEYS,
    "choices": st.lists(
        objects({"index": st.integers(0, 1), "message": objects(MESSAGE_KEYS), "delta": objects(MESSAGE_KEYS), "finish_reason": TEXTS}),
        max_size=2,
    ),
}
RESPONSE_KEYS: dict[str, SearchStrategy[Any]] = {
    **SHARED_KEYS,
    "status": st.sampled_from(["completed", "incomplete", "failed"]),
    "incomplete_details": objects({"reason": TEXTS}),
    "output": st.lists(
        objects(
            {
                "type": st.sampled_from(["message", "reasoning", "function_call", "web_search_call"]),
                "content": PARTS,
                "summary": PARTS,
                "name": TEXTS,
                "arguments": TEXTS,
                "action": JSON_VALUES,
            }
        ),
        max_size=3,
    ),
}


def require_output(output: Output) -> None:
    """An answer with texts that can be written, counts that are counts, and no price that nobody stated."""
    texts = [output.text, output.model, output.finish_reason, *(step.text for step in output.trajectory)]
    assert all(text is None or text.encode() is not None for text in texts)
    assert all(call.name for call in output.tool_calls())
    counts = () if output.usage is None else (output.usage.input_tokens, output.usage.output_tokens, output.usage.cached_input_tokens)
    assert all(count is None or count >= 0 for count in counts)
    assert output.cost_usd is None


@pytest.mark.parametrize(("read", "keys"), [(read_chat, CHAT_KEYS), (read_response, RESPONSE_KEYS)], ids=["chat", "responses"])
def test_any_reply_is_an_output_or_reply_invalid(fuzz: Fuzz, read: Callable[[Any], Output], keys: dict[str, Any]) -> None:
    @fuzz(800, objects(keys))
    def _(reply: Any) -> None:
        error_of(reply)
        with may_refuse(ReplyInvalid):
            require_output(read(reply))


@pytest.mark.parametrize(
    ("stream", "read", "chunks"),
    [
        (ChatStream, read_chat, objects(CHAT_KEYS)),
        (
            ResponseStream,
            read_response,
            objects({"type": st.sampled_from(["response.completed", "x.delta"]), "response": objects(RESPONSE_KEYS)}),
        ),
    ],
    ids=["chat", "responses"],
)
def test_any_chunks_of_a_stream_are_an_output_or_reply_invalid(
    fuzz: Fuzz, stream: type[ChatStream | ResponseStream], read: Callable[[Any], Output], chunks: SearchStrategy[Any]
) -> None:
    @fuzz(600, st.lists(chunks, max_size=4), st.booleans())
    def _(pieces: list[Any], ended: bool) -> None:
        joined = stream()
        with may_refuse(ReplyInvalid):
            for piece in pieces:
                joined.add(piece)
            joined.ended = ended
            require_output(read(joined.reply()))


def test_any_messages_are_steps_or_messages_invalid(fuzz: Fuzz) -> None:
    @fuzz(1_000, st.lists(objects(MESSAGE_KEYS), max_size=4) | JSON_VALUES)
    def _(messages: Any) -> None:
        with may_refuse(MessagesInvalid):
            require_output(Output(trajectory=read_messages(messages)))


# Recorded answers and run directories

RECORDED = (
    b'{"case_id": "a", "trial": 0, "text": "14 days", "cost_usd": 0.1, "input_tokens": 5, "latency_ms": 3.5, "reward": 1}\n'
    b'{"case_id": "b", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho", "tool_calls":'
    b' [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}]}\n'
    b'{"case_id": "c", "output": {"text": "x", "usage": {"input_tokens": 1}, "failure": {"kind": "timeout", "message": "m"}}}\n'
)


def test_any_recorded_lines_are_answers_or_a_named_failure(fuzz: Fuzz, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"

    async def answers() -> None:
        async with RecordedAnswers(file) as agent:
            for case_id in "abc":
                try:
                    output = await agent.answer(Case(case_id, "q"), trial=0, seed=None)
                except AnswerFailed:
                    continue
                assert isinstance(output, Output)
                assert output.failure is None

    @fuzz(600, bytes_like(RECORDED))
    def _(content: bytes) -> None:
        file.write_bytes(content)
        with may_refuse(AgentUnusable):
            asyncio.run(answers())


FILES = ("outputs.jsonl", "results.jsonl", "manifest.json", "summary.json")


@pytest.fixture
def run(tmp_path: Path) -> dict[str, bytes]:
    """The files of a small sound run."""
    journal = RunDirectoryJournal(tmp_path / "sound")
    manifest = sample_manifest(RunStatus.COMPLETE, trials=2)
    summary = SummaryAccumulator()
    failure = Failure(FailureKind.TIMEOUT, "took too long")
    for case_id, trial in (("a", 0), ("a", 1), ("b", 0), ("b", 1)):
        failed = failure if (case_id, trial) == ("b", 1) else None
        journal.append_output(sample_output(case_id, "größe", trial=trial, failure=failed))
        record = sample_record(case_id, trial=trial, trials=2, failure=failed)
        journal.append_scores(record)
        summary.add(record)
    journal.write_manifest(manifest)
    journal.write_summary(summary.summary(manifest, planned=4))
    journal.close()
    return {name: (tmp_path / "sound" / name).read_bytes() for name in FILES}


def everything_in(run: RunDirectory) -> Iterator[OutputRecord | ScoreRecord]:
    run.manifest()
    run.summary()
    yield from run.outputs()
    yield from run.scores()
    for key in run.answer_keys():
        if (record := run.output_of(key.case_id, key.trial)) is not None:
            yield record


@pytest.mark.parametrize("name", FILES)
def test_a_changed_run_is_read_or_refused_and_a_torn_one_cut_to_whole_lines(
    fuzz: Fuzz, tmp_path: Path, run: dict[str, bytes], name: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()

    @fuzz(300, bytes_like(run[name]))
    def _(content: bytes) -> None:
        for file in FILES:
            (folder / file).write_bytes(content if file == name else run[file])
        with may_refuse(RunDirectoryError):
            assert all(isinstance(record, OutputRecord | ScoreRecord) for record in everything_in(RunDirectory(folder)))
        opened = False
        with may_refuse(RunDirectoryError):
            RunDirectoryJournal(folder).close()
            opened = True
        kept = (folder / name).read_bytes()
        if not opened:
            assert kept == content, "what is refused is left alone"
            return
        assert content.startswith(kept)
        assert name not in ("outputs.jsonl", "results.jsonl") or kept.endswith(b"\n") or not kept


@pytest.mark.parametrize("name", FILES[:2])
def test_a_run_torn_at_any_byte_keeps_every_whole_line(tmp_path: Path, run: dict[str, bytes], name: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for file in FILES:
        (folder / file).write_bytes(run[file])
    for end in range(len(run[name])):
        (folder / name).write_bytes(run[name][:end])
        RunDirectoryJournal(folder).close()
        assert (folder / name).read_bytes() == run[name][: run[name].rfind(b"\n", 0, end) + 1]
