"""From the environment to where spans go."""

from __future__ import annotations

import pytest

from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.targets import TelemetryPlan, plan_telemetry, secrets_of

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
KEY = "lsv2_pt_0123456789abcdef"


def plan(**environment: str) -> TelemetryPlan:
    return plan_telemetry(environment)


def codes(found: TelemetryPlan) -> list[str]:
    return [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({ENDPOINT: "http://localhost:4318"}, "http://localhost:4318/v1/traces"),
        ({ENDPOINT: "http://localhost:4318/"}, "http://localhost:4318/v1/traces"),
        ({ENDPOINT: "https://otlp.example.com/otlp?k=v"}, "https://otlp.example.com/otlp/v1/traces?k=v"),
        ({TRACES_ENDPOINT: "http://collector/custom"}, "http://collector/custom"),
        ({TRACES_ENDPOINT: "http://traces/t", ENDPOINT: "http://general"}, "http://traces/t"),
        ({TRACES_ENDPOINT: " ", ENDPOINT: "http://general"}, "http://general/v1/traces"),
        ({ENDPOINT: "http://[::1]:4318"}, "http://[::1]:4318/v1/traces"),
    ],
)
def test_the_endpoint_for_traces_is_taken_as_it_is_and_the_general_one_gets_the_path(environment: dict[str, str], url: str) -> None:
    found = plan(**environment)
    assert [target.url for target in found.targets] == [url]
    assert not found.problems


def test_headers_are_percent_encoded_pairs_and_those_for_traces_win() -> None:
    general = {ENDPOINT: "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20abc%3D,x-a=1 , x-b = 2"}
    assert plan(**general).targets[0].headers == {"authorization": "Basic abc=", "x-a": "1", "x-b": "2"}
    assert plan(**general, OTEL_EXPORTER_OTLP_TRACES_HEADERS="x-c=3").targets[0].headers == {"x-c": "3"}


def test_options_of_the_exporter_are_read() -> None:
    [target] = plan(
        **{ENDPOINT: "http://c", "OTEL_EXPORTER_OTLP_TIMEOUT": "2500", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"},
        OTEL_EXPORTER_OTLP_CERTIFICATE="ca.pem",
    ).targets
    assert (target.timeout_s, target.gzip, target.certificate) == (2.5, True, "ca.pem")


def test_resource_attributes_are_read_and_the_service_name_wins() -> None:
    found = plan(
        **{ENDPOINT: "http://c"}, OTEL_RESOURCE_ATTRIBUTES="service.name=a,deployment.environment.name=ci%20x", OTEL_SERVICE_NAME="b"
    )
    assert found.resource == {"service.name": "b", "deployment.environment.name": "ci x"}


@pytest.mark.parametrize("prefix", ["LANGSMITH", "LANGCHAIN"])
def test_a_langsmith_key_sends_to_its_otlp_endpoint(prefix: str) -> None:
    [target] = plan(**{f"{prefix}_API_KEY": KEY, f"{prefix}_PROJECT": "ci-evaluation-17", f"{prefix}_TRACING_V2": "true"}).targets
    assert target.url == "https://api.smith.langchain.com/otel/v1/traces"
    assert target.headers == {"x-api-key": KEY, "Langsmith-Project": "ci-evaluation-17"}
    assert target.name == "LangSmith, project ci-evaluation-17"


def test_langsmith_variables_go_before_those_of_langchain() -> None:
    [target] = plan(
        LANGSMITH_API_KEY=KEY,
        LANGCHAIN_API_KEY="other",
        LANGSMITH_ENDPOINT="https://ai.example.com/api/v1/",
        LANGCHAIN_ENDPOINT="https://eu.api.smith.langchain.com",
        LANGCHAIN_PROJECT="p",
        LANGSMITH_WORKSPACE_ID="w",
    ).targets
    assert target.url == "https://ai.example.com/api/v1/otel/v1/traces"
    assert target.headers == {"x-api-key": KEY, "Langsmith-Project": "p", "X-Tenant-Id": "w"}


def test_a_collector_and_langsmith_both_get_the_spans() -> None:
    assert len(plan(**{ENDPOINT: "http://c"}, LANGSMITH_API_KEY=KEY).targets) == 2


@pytest.mark.parametrize("name", ["LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING"])
def test_langsmith_is_left_out_where_its_tracing_is_switched_off(name: str) -> None:
    found = plan(**{name: "false"}, LANGSMITH_API_KEY=KEY)
    assert (found.targets, codes(found)) == ((), ["E2040"])


def test_langsmith_without_a_key_is_said() -> None:
    found = plan(LANGCHAIN_TRACING_V2="true")
    assert (found.targets, codes(found)) == ((), ["E2040"])
    assert "LANGSMITH_API_KEY" in str(found.problems[0])


def test_nothing_configured_is_said_in_one_line() -> None:
    found = plan()
    assert (found.targets, codes(found)) == ((), ["E2040"])
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in str(found.problems[0])


def test_the_switch_of_opentelemetry_turns_everything_off() -> None:
    found = plan(**{ENDPOINT: "http://c"}, LANGSMITH_API_KEY=KEY, OTEL_SDK_DISABLED="true")
    assert (found.targets, codes(found)) == ((), ["E2042"])


@pytest.mark.parametrize(
    "url",
    ["localhost:4318", "ftp://c", "http://", "http://user:secret-word@c", "http://c:port", "http://c\r\nx", "http://ä", "http://[::1"],
)
def test_what_is_no_url_is_said_and_nothing_is_sent_there(url: str) -> None:
    found = plan(**{ENDPOINT: url})
    assert (found.targets, codes(found)) == ((), ["E2041"])
    assert "secret-word" not in str(found.problems)


def test_a_header_that_cannot_be_sent_is_said_without_its_value() -> None:
    found = plan(LANGSMITH_API_KEY="abcdefgh\nX-Evil: 1")
    assert (found.targets, codes(found)) == ((), ["E2043"])
    assert "abcdefgh" not in str(found.problems)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "E2044"),
        ({"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, "E2043"),
        ({"OTEL_EXPORTER_OTLP_TIMEOUT": "-1"}, "E2043"),
        ({"OTEL_EXPORTER_OTLP_HEADERS": "novalue"}, "E2043"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "novalue"}, "E2043"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_goes_on(environment: dict[str, str], code: str) -> None:
    found = plan(**{ENDPOINT: "http://c"}, **environment)
    assert len(found.targets) == 1
    assert codes(found) == [code]


def test_keys_are_shown_nowhere() -> None:
    found = plan(**{ENDPOINT: f"http://c/x?token={KEY}"}, OTEL_EXPORTER_OTLP_HEADERS=f"x-key={KEY}", LANGSMITH_API_KEY=KEY)
    assert len(found.targets) == 2
    assert KEY not in " ".join(target.name for target in found.targets) + str(found.problems)


def test_header_values_are_secrets_of_the_redactor() -> None:
    redact = Redactor(secrets_of({"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Custom%20hunter22hunter"}))
    assert "hunter22" not in redact("it said hunter22hunter")
