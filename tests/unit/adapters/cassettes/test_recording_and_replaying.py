"""Recorded exchanges come back in their order; nothing that a kill, a full disk or a second process does can make them wrong ones."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from goldfinch.adapters.cassettes.format import FILE
from goldfinch.adapters.cassettes.recording import Recording
from goldfinch.adapters.cassettes.replaying import Replaying
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import Matching, Scrubber
from goldfinch.ports.exchanges import NotRecorded

SCRUBBER = Scrubber(Redactor(["s3cret-value"]))
URL = "https://api.example.com/v1/chat"


def record(folder: Path, *exchanges: tuple[Any, str], run: str = "run-1", status: int = 200) -> None:
    recording = Recording(folder, SCRUBBER, lambda: run)
    for question, reply in exchanges:
        asked = recording.asked("POST", URL, {}, json.dumps(question).encode())
        recording.keep(asked, status, (("Content-Type", "text/plain"),), [reply.encode()], ended=True)
    recording.close()


def replay(folder: Path, **matching: Any) -> Replaying:
    return Replaying(folder, SCRUBBER, Matching(**matching))


def ask(replaying: Replaying, question: Any) -> str:
    reply = replaying.recall(replaying.asked("POST", URL, {}, json.dumps(question).encode()))
    return reply.body.decode()


def fingerprint(folder: Path) -> str:
    with closing(replay(folder)) as replaying:
        return replaying.fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cassette"


def test_equal_requests_get_their_replies_in_the_order_of_asking(folder: Path) -> None:
    recording = Recording(folder, SCRUBBER, lambda: "run-1")
    asked = [recording.asked("POST", URL, {}, b'{"q":1}') for _ in range(3)]
    for number in (2, 0, 1):  # replies come in any order
        recording.keep(asked[number], 200, (), [f"reply {number}".encode()], ended=True)
    recording.close()
    replaying = replay(folder)
    assert [ask(replaying, {"q": 1}) for _ in range(3)] == ["reply 0", "reply 1", "reply 2"]
    with pytest.raises(NotRecorded, match="recorded 3 times and is asked once more"):
        ask(replaying, {"q": 1})
    replaying.close()


def test_a_request_that_was_not_recorded_is_a_miss_that_names_the_nearest(folder: Path) -> None:
    record(folder, ({"q": "one"}, "1"), ({"q": "two"}, "2"))
    replaying = replay(folder)
    with pytest.raises(NotRecorded, match="recorded 'two', asked 'twp'"):
        ask(replaying, {"q": "twp"})
    objection = replaying.objection()
    assert objection is not None
    assert (objection.code, objection.exit_code) == ("E2007", 3)
    replaying.close()


def test_a_replay_that_replayed_nothing_is_none(folder: Path) -> None:
    record(folder, ({"q": 1}, "1"))
    replaying = replay(folder)
    objection = replaying.objection()
    assert objection is not None
    assert (objection.code, objection.exit_code) == ("E2008", 3)
    ask(replaying, {"q": 1})
    assert replaying.objection() is None
    replaying.close()


def test_recording_again_replaces_what_is_asked_again_and_keeps_the_rest(folder: Path) -> None:
    record(folder, ({"q": 1}, "old 1"), ({"q": 1}, "old 1, second"), ({"q": 2}, "old 2"))
    record(folder, ({"q": 1}, "new 1"), run="run-2")
    replaying = replay(folder)
    assert (ask(replaying, {"q": 1}), ask(replaying, {"q": 2})) == ("new 1", "old 2")
    with pytest.raises(NotRecorded):
        ask(replaying, {"q": 1})
    replaying.close()


def test_a_run_that_went_on_later_adds_to_its_recording(folder: Path) -> None:
    record(folder, ({"q": 1}, "first"))
    record(folder, ({"q": 1}, "second"))
    replaying = replay(folder)
    assert [ask(replaying, {"q": 1}), ask(replaying, {"q": 1})] == ["first", "second"]
    replaying.close()


def test_another_recording_has_another_fingerprint(folder: Path) -> None:
    record(folder, ({"q": 1}, "1"))
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    record(folder, ({"q": 2}, "2"))
    assert fingerprint(folder) != before


def test_what_a_kill_tore_off_is_passed_over_and_cut_off_by_the_next_recording(folder: Path) -> None:
    record(folder, ({"q": 1}, "1"))
    whole = (folder / FILE).read_bytes()
    for cut in (1, len(whole) // 2, len(whole) - 1):
        (folder / FILE).write_bytes(whole + whole[:cut])
        replaying = replay(folder)
        assert ask(replaying, {"q": 1}) == "1"
        replaying.close()
    record(folder, ({"q": 2}, "2"))
    assert len((folder / FILE).read_text().splitlines()) == 2


def test_damage_elsewhere_is_one_line_with_its_place(folder: Path) -> None:
    record(folder, ({"q": 1}, "1"), ({"q": 2}, "2"))
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    (folder / FILE).write_bytes(lines[0] + b"garbage\n" + lines[1])
    with pytest.raises(ConfigurationError, match=rf"{FILE}:2: no JSON object") as caught:
        replay(folder)
    assert caught.value.code == "E2003"


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b'{"torn'])
def test_a_folder_without_a_recording_says_so(folder: Path, content: bytes | None) -> None:
    if content is not None:
        folder.mkdir()
        (folder / FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match="record one with --record") as caught:
        replay(folder)
    assert caught.value.code == "E2002"


def test_two_processes_do_not_record_into_one_file(folder: Path) -> None:
    first = Recording(folder, SCRUBBER, lambda: "run-1")
    with pytest.raises(ConfigurationError, match="another process is recording") as caught:
        Recording(folder, SCRUBBER, lambda: "run-2")
    assert caught.value.code == "E2005"
    first.close()


@pytest.mark.parametrize("content", [b'{"my": "data"}\nlast line without newline', b"all my data on one line", b"\n"])
def test_somebody_elses_file_of_that_name_is_left_as_it_is(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no recording"):
        record(folder, ("a", "A"))
    assert (folder / FILE).read_bytes() == content


@pytest.mark.parametrize("torn", [b"{", b'{"schema_version":1,"rec'])
def test_a_recording_whose_first_line_a_kill_tore_is_begun_again(folder: Path, torn: bytes) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(torn)
    record(folder, ("a", "A"))
    with closing(replay(folder)) as replaying:
        assert ask(replaying, "a") == "A"


def test_a_recording_of_nothing_leaves_no_file(folder: Path) -> None:
    record(folder)
    assert not (folder / FILE).exists()


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot record here") as caught:
        Recording(tmp_path / "file", SCRUBBER, lambda: "run-1")
    assert caught.value.code == "E2004"


def test_a_link_in_place_of_the_recording_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (tmp_path / "mine").write_text("precious")
    (folder / FILE).symlink_to(tmp_path / "mine")
    with pytest.raises(ConfigurationError):
        Recording(folder, SCRUBBER, lambda: "run-1")
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_full_disk_keeps_what_was_recorded_and_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(folder, SCRUBBER, lambda: "run-1")
    asked = recording.asked("POST", URL, {}, b"{}")
    recording.keep(asked, 200, (), [b"kept"], ended=True)
    monkeypatch.setattr(os, "write", _fails_after_ten_bytes(os.write))
    with pytest.raises(InfrastructureError, match="No space left"):
        recording.keep(asked, 200, (), [b"lost"], ended=True)
    monkeypatch.undo()
    assert recording.problem is not None
    assert recording.problem.code == "E2006"
    recording.close()
    replaying = replay(folder)
    assert ask(replaying, {}) == "kept"
    replaying.close()


def _fails_after_ten_bytes(write: Any) -> Any:
    calls = iter([10])

    def write_some(descriptor: int, data: bytes) -> int:
        size = next(calls, None)
        if size is None:
            raise OSError(28, "No space left on device")
        return int(write(descriptor, data[:size]))

    return write_some


def test_a_refusal_for_load_is_replayed_without_its_wait(folder: Path) -> None:
    recording = Recording(folder, SCRUBBER, lambda: "run-1")
    for status in (429, 503, 400):
        recording.keep(recording.asked("POST", URL, {}, b"{}"), status, (("Retry-After", "60"),), [b"x"], ended=True)
    recording.close()
    assert '"retry-after":"60"' in (folder / FILE).read_text()
    replaying = replay(folder)
    replies = [replaying.recall(replaying.asked("POST", URL, {}, b"{}")) for _ in range(3)]
    assert [dict(reply.headers) for reply in replies] == [{"retry-after-ms": "1"}, {"retry-after-ms": "1"}, {"retry-after": "60"}]
    replaying.close()


def test_many_threads_record_and_replay_at_once(folder: Path) -> None:
    recording = Recording(folder, SCRUBBER, lambda: "run-1")

    def work(number: int) -> None:
        for n in range(50):
            recording.keep(
                recording.asked("POST", URL, {}, json.dumps([number, n]).encode()), 200, (), [f"{number} {n}".encode()], ended=True
            )

    _in_threads(work)
    recording.close()
    replaying = replay(folder)
    wrong: list[str] = []

    def check(number: int) -> None:
        wrong.extend(said for n in range(50) if (said := ask(replaying, [number, n])) != f"{number} {n}")

    _in_threads(check)
    assert (wrong, replaying.replayed, replaying.misses) == ([], 400, 0)
    replaying.close()


def _in_threads(work: Any) -> None:
    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_misses_stay_cheap_however_many_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(folder, *(({"q": n}, str(n)) for n in range(300)))
    replaying = replay(folder)
    compared: list[int] = []
    read = replaying._read

    def counted(offset: int) -> Any:
        compared.append(offset)
        return read(offset)

    monkeypatch.setattr(replaying, "_read", counted)
    for n in range(100):
        with pytest.raises(NotRecorded):
            ask(replaying, {"q": f"other {n}"})
    assert len(compared) == 20 * 200
    replaying.close()
