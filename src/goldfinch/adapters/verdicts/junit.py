"""The six gates as six tests: a gate that fails is a failure, one without evidence an error, one without a say skipped."""

from __future__ import annotations

from goldfinch.core.checking.verdict import CheckVerdict, GateVerdict
from goldfinch.core.escaping import for_xml
from goldfinch.core.verdict import Verdict

_ELEMENTS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error", Verdict.NEUTRAL: "skipped"}


def verdict_junit(verdict: CheckVerdict) -> str:
    """JUnit XML in the form of Jenkins' `junit-10.xsd`. An overridden gate is skipped, and its message says by whom."""
    elements = [_element(gate) for gate in verdict.outcomes]
    counts = {"failures": elements.count("failure"), "errors": elements.count("error"), "skipped": elements.count("skipped")}
    totals = _attributes(tests=str(len(elements)), **{name: str(count) for name, count in counts.items()})
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    lines.append(f"  <testsuite{_attributes(name='quality gates', timestamp=verdict.checked_at.removesuffix('Z'))}{totals}>")
    lines.append(f"    <properties><property{_attributes(name='verdict', value=verdict.headline)}/></properties>")
    lines += [_test(gate, element) for gate, element in zip(verdict.outcomes, elements, strict=True)]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _element(gate: GateVerdict) -> str | None:
    return "skipped" if gate.override is not None else _ELEMENTS.get(gate.verdict)


def _test(gate: GateVerdict, element: str | None) -> str:
    opening = f"    <testcase{_attributes(classname='gates', name=gate.name, time='0.000')}"
    if element is None:
        return f"{opening}/>"
    texts = [finding.text for finding in gate.findings if finding.is_breach] or [finding.text for finding in gate.findings]
    override = gate.override
    message = f"overridden by {override.by} until {override.expires}: {override.reason}" if override else "; ".join(texts[:3])
    attributes = _attributes(message=message) if element == "skipped" else _attributes(message=message, type=gate.verdict.value)
    return f"{opening}>\n      <{element}{attributes}>{for_xml(chr(10).join(texts))}</{element}>\n    </testcase>"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{for_xml(value)}"' for name, value in values.items())
