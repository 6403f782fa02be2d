"""Where spans go, read from the environment: the variables of OpenTelemetry, and those of LangSmith (REQUIREMENTS R20, C15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from urllib.parse import SplitResult, unquote, urlsplit

from goldfinch.core.errors import Problem
from goldfinch.core.telemetry import codes

DEFAULT_TIMEOUT_S = 10.0
LANGSMITH_ENDPOINT = "https://api.smith.langchain.com"
_TRACES = "/v1/traces"
_OTLP_HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
_SET_UP = "set OTEL_EXPORTER_OTLP_ENDPOINT (a collector, such as http://localhost:4318) or LANGSMITH_API_KEY; see docs/guides/tracing.md"


@dataclass(frozen=True, slots=True)
class Target:
    """One OTLP/HTTP endpoint. `headers` may hold keys: they are sent, and never shown."""

    url: str
    name: str
    """How a person sees it: without query, and without anything secret."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = DEFAULT_TIMEOUT_S
    gzip: bool = False
    certificate: str | None = None
    """File of certificates to trust instead of the system's."""


@dataclass(frozen=True, slots=True)
class TelemetryPlan:
    """What the environment asks for. `problems` explain, in a line each, what is missing or was left out: none of them stops a run."""

    targets: tuple[Target, ...] = ()
    resource: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def plan_telemetry(environment: Mapping[str, str]) -> TelemetryPlan:
    """Read every variable there is a rule for. Never raises."""
    given = _Given(environment)
    if given.is_true("OTEL_SDK_DISABLED"):
        return TelemetryPlan(problems=(Problem("tracing is off", "OTEL_SDK_DISABLED", "unset it to trace", codes.SWITCHED_OFF),))
    problems: list[Problem] = []
    targets = [target for target in (_collector(given, problems), _langsmith(given, problems)) if target is not None]
    if not targets and not problems:
        problems.append(Problem("tracing has nowhere to send to", "", _SET_UP, codes.NOWHERE_TO_SEND))
    return TelemetryPlan(tuple(targets), _resource(given, problems), tuple(problems))


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Values of the OTLP headers: keys, whatever their variables are called."""
    values = [value for name in _OTLP_HEADERS for value in _pairs(environment.get(name, ""))[0].values()]
    return values + [value.partition(" ")[2] for value in values if " " in value]


class _Given:
    """The environment; a blank variable counts as unset, as OpenTelemetry and LangSmith both have it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def first(self, *names: str) -> tuple[str, str] | None:
        """The first of `names` that is set, and its value."""
        for name in names:
            if value := self._environment.get(name, "").strip():
                return name, value
        return None

    def value(self, *names: str) -> str | None:
        found = self.first(*names)
        return None if found is None else found[1]

    def is_true(self, *names: str) -> bool:
        return (self.value(*names) or "").lower() in ("true", "1")

    def is_false(self, *names: str) -> bool:
        return (self.value(*names) or "").lower() in ("false", "0")


def _collector(given: _Given, problems: list[Problem]) -> Target | None:
    """The endpoint of OTEL_EXPORTER_OTLP_…; the variable for traces goes before the general one, and is taken as it is."""
    found = given.first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    if found is None:
        return None
    name, written = found
    _note_protocol(given, problems)
    url = written if "TRACES" in name else _with_path(written, _TRACES)
    header_variable = given.first(*_OTLP_HEADERS)
    headers: dict[str, str] = {}
    if header_variable is not None:
        headers, bad = _pairs(header_variable[1])
        if bad:
            problems.append(Problem(f"{bad} of its entries are no name=value", header_variable[0], "write a=b,c=d", codes.NOT_UNDERSTOOD))
    return _target(
        url,
        where=name,
        problems=problems,
        headers=headers,
        timeout_s=_timeout(given, problems),
        gzip=given.value("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION") == "gzip",
        certificate=given.value("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
    )


def _langsmith(given: _Given, problems: list[Problem]) -> Target | None:
    """LangSmith's OTLP endpoint, where there is a key and nobody said no. Source: langsmith 0.15, `_internal/otel/_otel_client.py`."""
    key = given.value("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
    switch = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING")
    if given.is_false(*switch):
        return None
    if key is None:
        if given.is_true(*switch):
            problems.append(
                Problem(
                    "LangSmith is asked for, and there is no key",
                    (given.first(*switch) or ("",))[0],
                    "set LANGSMITH_API_KEY",
                    codes.NOWHERE_TO_SEND,
                )
            )
        return None
    endpoint = given.first("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT") or ("LANGSMITH_ENDPOINT", LANGSMITH_ENDPOINT)
    headers = {"x-api-key": key}
    if project := given.value("LANGSMITH_PROJECT", "LANGCHAIN_PROJECT"):
        headers["Langsmith-Project"] = project
    if workspace := given.value("LANGSMITH_WORKSPACE_ID", "LANGCHAIN_WORKSPACE_ID"):
        headers["X-Tenant-Id"] = workspace
    return _target(
        _with_path(endpoint[1], "/otel" + _TRACES),
        where=endpoint[0],
        problems=problems,
        headers=headers,
        name=f"LangSmith, project {project or 'default'}",
    )


def _target(
    url: str,
    *,
    where: str,
    problems: list[Problem],
    headers: Mapping[str, str],
    name: str | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    gzip: bool = False,
    certificate: str | None = None,
) -> Target | None:
    """A target that can be called; None, with its problem, for what is no http(s) URL or could not be sent."""
    try:
        parts = urlsplit(url)
        shown = _shown(parts)
        fault = _fault(parts, url)
    except ValueError:
        shown, fault = "", "malformed URL"
    if fault is not None:
        problems.append(Problem(f"{fault}, so nothing is sent there", where, "write http(s)://host:port/path", codes.NO_ENDPOINT))
        return None
    if bad := [key for key, value in headers.items() if not _sendable(key, value)]:
        problems.append(Problem(f"header {bad[0]!r} holds what no header can", where, "a line break in a key?", codes.NOT_UNDERSTOOD))
        return None
    return Target(url, name or shown, dict(headers), timeout_s, gzip, certificate)


def _fault(parts: SplitResult, url: str) -> str | None:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "no http:// or https:// URL"
    if parts.username is not None or parts.password is not None:
        return "the URL holds a user or password (a header can: OTEL_EXPORTER_OTLP_HEADERS)"
    if not all(character.isprintable() and character.isascii() and character != " " for character in url):
        return "the URL holds spaces or other characters that no URL has"
    return None


def _shown(parts: SplitResult) -> str:
    """Scheme, host, port and path: a query may hold a key. Raises ValueError for a port that is none."""
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if parts.port is None else f':{parts.port}'}{parts.path}"


def _sendable(name: str, value: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum() and value.isascii() and value.isprintable()


def _with_path(base: str, path: str) -> str:
    """`path` appended to a base URL, before its query."""
    head, mark, query = base.partition("?")
    return head.rstrip("/") + path + mark + query


def _note_protocol(given: _Given, problems: list[Problem]) -> None:
    found = given.first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    if found is not None and found[1] != "http/protobuf":
        hint = "name the collector's HTTP port, usually 4318" if found[1] == "grpc" else ""
        problems.append(Problem(f"{found[1][:40]!r} is not spoken: spans go out as http/protobuf", found[0], hint, codes.OTHER_PROTOCOL))


def _timeout(given: _Given, problems: list[Problem]) -> float:
    """Milliseconds, as OpenTelemetry defines it; the default for what is none."""
    found = given.first("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
    if found is None:
        return DEFAULT_TIMEOUT_S
    try:
        seconds = float(found[1]) / 1000
    except ValueError:
        seconds = -1.0
    if isfinite(seconds) and seconds > 0:
        return min(seconds, 600.0)
    problems.append(Problem(f"{found[1][:40]!r} is no number of milliseconds above 0: 10 s it is", found[0], "", codes.NOT_UNDERSTOOD))
    return DEFAULT_TIMEOUT_S


def _resource(given: _Given, problems: list[Problem]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    found = given.value("OTEL_RESOURCE_ATTRIBUTES")
    if found is not None:
        attributes, bad = _pairs(found)
        if bad:
            problems.append(
                Problem(f"{bad} of its entries are no name=value", "OTEL_RESOURCE_ATTRIBUTES", "write a=b,c=d", codes.NOT_UNDERSTOOD)
            )
    if service := given.value("OTEL_SERVICE_NAME"):
        attributes["service.name"] = service
    return attributes


def _pairs(written: str) -> tuple[dict[str, str], int]:
    """`a=b,c=d` with percent-encoded values, and how many entries are no pair. Source: OpenTelemetry's W3C baggage form."""
    pairs, bad = {}, 0
    for entry in filter(None, map(str.strip, written.split(","))):
        name, mark, value = entry.partition("=")
        if mark and name.strip():
            pairs[unquote(name.strip())] = unquote(value.strip())
        else:
            bad += 1
    return pairs, bad
