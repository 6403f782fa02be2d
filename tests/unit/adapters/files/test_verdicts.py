from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldfinch.adapters.files.verdicts import decode_verdict, read_verdict, report_of
from goldfinch.adapters.verdicts.json import verdict_json
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport
from goldfinch.core.verdict import Verdict
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.review_samples import UNSAFE, gates, verdict_of

FINDINGS = st.builds(
    Finding,
    st.text(max_size=20),
    st.sampled_from(Verdict),
    st.text(max_size=40),
    *(st.none() | st.floats(allow_nan=False, allow_infinity=False),) * 4,
    st.none() | st.integers(0, 10**12),
    st.text(max_size=20),
    st.text(max_size=20),
)
REPORTS = st.tuples(*(st.builds(GateOutcome, st.just(gate), st.lists(FINDINGS, max_size=3).map(tuple)) for gate in GateName)).map(
    GateReport
)


def encoded(report: GateReport) -> bytes:
    return verdict_json(verdict_of(report)).encode()


@given(report=REPORTS)
@settings(max_examples=40)
def test_what_a_check_writes_is_read_back(report: GateReport) -> None:
    read = decode_verdict(encoded(report), "verdict.json")
    assert read == verdict_of(report)
    assert report_of(read) == report


def test_a_replayed_run_is_neutral_over_gates_that_pass_and_never_the_other_way_round() -> None:
    passed = verdict_of(gates())
    neutral = replace(passed, verdict=Verdict.NEUTRAL, is_replayed=True)
    assert decode_verdict(verdict_json(neutral).encode(), "v") == neutral
    with pytest.raises(ConfigurationError, match="says neutral, and its findings say pass"):
        decode_verdict(verdict_json(replace(neutral, is_replayed=False)).encode(), "v")
    with pytest.raises(ConfigurationError, match="says pass, and its findings say neutral"):
        decode_verdict(verdict_json(replace(passed, is_replayed=True)).encode(), "v")


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_any_text_can_be_read_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    report = gates({GateName.AI_QUALITY: (Finding(text, Verdict.FAIL, text, advice=text, where=text),)})
    assert report_of(decode_verdict(encoded(report), "verdict.json")) == report


def test_a_verdict_that_does_not_follow_from_its_findings_is_refused() -> None:
    content = encoded(gates({GateName.AI_QUALITY: (UNSAFE,)})).replace(
        b'"verdict": "fail",\n  "exit_code"', b'"verdict": "pass",\n  "exit_code"'
    )
    with pytest.raises(ConfigurationError, match=r"verdict\.json: says pass, and its findings say fail") as refused:
        decode_verdict(content, "verdict.json")
    assert refused.value.code == "E2603"


def _without_a_gate(document: dict[str, object]) -> None:
    outcomes = document["outcomes"]
    assert isinstance(outcomes, list)
    del outcomes[0]


def _twice_a_gate(document: dict[str, object]) -> None:
    outcomes = document["outcomes"]
    assert isinstance(outcomes, list)
    outcomes[0] = outcomes[1]


@pytest.mark.parametrize("change", [_without_a_gate, _twice_a_gate, lambda document: document.update(outcomes=[])])
def test_fewer_or_other_gates_than_six_are_refused(change: object) -> None:
    document = json.loads(encoded(gates()))
    assert callable(change)
    change(document)
    with pytest.raises(ConfigurationError, match="not all six"):
        decode_verdict(json.dumps(document).encode(), "v")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E2601"),
        (b"{", "E2601"),
        (b"[]", "E2601"),
        (b"{}", "E2601"),
        (b'{"kind": "run", "schema_version": 1}', "E2601"),
        (b'{"kind": "gate_verdict", "schema_version": 2}', "E2602"),
        (b'{"kind": "gate_verdict", "schema_version": 1}', "E2601"),
        (b"\xff\xfe", "E2601"),
        (b"[" * 100_000, "E2601"),
    ],
)
def test_what_is_no_verdict_is_refused_in_one_line(content: bytes, code: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        decode_verdict(content, "v.json")
    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json") as missing:
        read_verdict(tmp_path / "none.json")
    assert missing.value.code == "E2601"
