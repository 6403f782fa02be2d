from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.adapters.files.verdicts import decode_verdict, encode_verdict, read_verdict, verdict_schema, write_verdict
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport, Override
from goldfinch.core.redaction import Redactor
from goldfinch.core.verdict import Verdict
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.review_samples import OPEN, UNSAFE, gates

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


@given(report=REPORTS)
def test_what_is_written_is_read_back(report: GateReport) -> None:
    assert decode_verdict(encode_verdict(report), "verdict.json") == report


def test_the_document_says_what_scripts_ask_for(tmp_path: Path) -> None:
    by = Override(GateName.COST, "Ada", "agreed", "2026-12-01")
    path = tmp_path / "deep" / "verdict.json"
    write_verdict(path, gates({GateName.AI_QUALITY: (UNSAFE,)}, by), {"policy_hash": "1f3a", "verdict": "cannot be replaced"})
    document = json.loads(path.read_text())
    assert (document["schema_version"], document["kind"], document["verdict"], document["exit_code"]) == (1, "gate_verdict", "fail", 1)
    assert document["policy_hash"] == "1f3a"
    assert [outcome["gate"] for outcome in document["outcomes"]] == [gate.value for gate in GateName]
    assert document["outcomes"][2]["verdict"] == "fail"
    assert document["outcomes"][5]["override"] == {"gate": "cost", "by": "Ada", "reason": "agreed", "expires": "2026-12-01"}
    jsonschema.validate(document, verdict_schema())
    assert read_verdict(path) == gates({GateName.AI_QUALITY: (UNSAFE,)}, by)


def test_no_secret_is_written() -> None:
    report = gates({GateName.AI_QUALITY: (Finding("x", Verdict.FAIL, "the key is hunter2-hunter2"),)})
    written = encode_verdict(report, {"by": "hunter2-hunter2"}, redact=Redactor(["hunter2-hunter2"]))
    assert b"hunter2" not in written


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_any_text_can_be_written(text: str) -> None:
    report = gates({GateName.AI_QUALITY: (Finding(text, Verdict.FAIL, text, advice=text, where=text),)})
    decode_verdict(encode_verdict(report, {text: text}), "verdict.json")


def test_a_verdict_that_does_not_follow_from_its_findings_is_refused() -> None:
    content = encode_verdict(gates({GateName.AI_QUALITY: (UNSAFE,)})).replace(
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
    document = json.loads(encode_verdict(gates()))
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


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json") as missing:
        read_verdict(tmp_path / "none.json")
    assert missing.value.code == "E2601"
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError) as refused:
        write_verdict(tmp_path / "file" / "v.json", gates({GateName.AI_QUALITY: (OPEN,)}))
    assert refused.value.code == "E2607"
