from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.evidence.coverage import read_coverage
from goldfinch.adapters.evidence.junit import read_junit
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import Coverage

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuites><testsuite name="&b;"/></testsuites>"""
OF_A_FILE = """<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<testsuites><testsuite name="&secret;"/></testsuites>"""
PARAMETER = """<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY % more SYSTEM "http://127.0.0.1:9/x.dtd"> %more;]>
<testsuites><testsuite/></testsuites>"""


def written(folder: Path, text: str, name: str = "report.xml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [LAUGHS, OF_A_FILE, PARAMETER], ids=["expansion", "external", "parameter"])
def test_entities_are_refused_before_they_mean_anything(text: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="declares the entity") as caught:
        read_junit([written(tmp_path, text)])
    assert ":2: " in str(caught.value)


def test_an_undeclared_entity_is_not_well_formed(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="undefined entity"):
        read_junit([written(tmp_path, '<testsuite name="&x;"/>')])


def test_a_document_type_without_entities_is_read_and_not_fetched(tmp_path: Path) -> None:
    text = """<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage><sources><source>src</source></sources><packages><package><classes><class filename="a.py">
<lines><line number="1" hits="2"/></lines></class></classes></package></packages></coverage>"""
    assert Coverage.combined([read_coverage(written(tmp_path, text))]).rate == 1.0


def test_nesting_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="nested more than 64 deep"):
        read_junit([written(tmp_path, "<testsuite>" * 1000 + "</testsuite>" * 1000)])


@pytest.mark.parametrize("encoding", ["no-such-thing", "utf-7"])
def test_an_encoding_that_is_none_is_refused(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="JUnit report"):
        read_junit([written(tmp_path, f'<?xml version="1.0" encoding="{encoding}"?><testsuite/>')])
