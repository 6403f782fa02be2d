from __future__ import annotations

import pytest

from src.domain import Task
from src.telemetry.export import captures_content, tracing_of
from src.telemetry.redaction import Redactor
from tests.otlp_collector import collecting, texts

TASK = Task("x")


def test_spans_go_to_the_collector_with_the_release_in_resource_and_span(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing = tracing_of("good-test", {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}, Redactor())
        with tracing.invoke_agent(TASK, provider="deterministic", model="rules-1", headers={}) as span:
            assert span.trace_id is not None
        tracing.close()
    [resource] = collector.resources()
    [sent] = collector.spans()
    assert (resource["service.name"], resource["release.id"]) == ("marketing-agent", "good-test")
    assert resource["service.version"]
    assert texts(sent.attributes)["release.id"] == "good-test"


def test_without_an_endpoint_there_is_no_exporter() -> None:
    tracing = tracing_of("good-test", {}, Redactor())
    with tracing.invoke_agent(TASK, provider="deterministic", model="rules-1", headers={}) as span:
        assert span.trace_id is None


@pytest.mark.parametrize(("value", "captures"), [("", False), ("false", False), ("NO_CONTENT", False), ("true", True), ("SPAN_ONLY", True)])
def test_content_is_opt_in(value: str, captures: bool) -> None:
    assert captures_content({"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": value}) is captures
    assert not captures_content({})
