"""The whole: the service with the agent that it ships, on the accounts that it ships."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.service_process import JSON_TYPE, ROOT, ServiceProcess, service
from tests.e2e.test_service import FUZZ, VALUES
from tests.otlp_collector import collecting, texts

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs" / "service.md"
GOOD = ("--release", "releases/good.yaml")
QUESTION = "What was the ROAS last week?"
AURORA = {"account": "aurora-outdoor"}


@pytest.fixture(scope="module")
def running() -> Iterator[ServiceProcess]:
    with service(ROOT / "data", *GOOD, agent=None) as process:
        yield process


def test_an_answer_is_grounded_and_each_number_names_its_source(running: ServiceProcess) -> None:
    status, answer = running.task(QUESTION, context=AURORA)
    claims = {claim["label"]: claim for claim in answer["claims"]}
    assert (status, answer["success"], answer["model"]) == (200, True, "rules-1")
    assert claims["ROAS"]["value"] == pytest.approx(claims["revenue"]["value"] / claims["spend"]["value"])
    assert f"{claims['ROAS']['value']:.2f}" in answer["output"]


def test_a_session_remembers_what_was_asked(running: ServiceProcess) -> None:
    session = {"context": AURORA, "session_id": "three-turns"}
    first, second = (running.task(question, **session)[1] for question in (QUESTION, "And the week before?"))
    assert "2026-10-25 to 2026-10-31" in first["output"]
    assert "2026-10-18 to 2026-10-24" in second["output"]


def test_an_unknown_account_names_the_known_ones_in_a_stream_too(running: ServiceProcess) -> None:
    for stream in (False, True):
        status, problem = running.task(QUESTION, context={"account": "acme"}, stream=stream)
        assert (status, problem["type"]) == (404, "urn:marketing-agent:problem:unknown-account")
        assert "aurora-outdoor, brightside-coffee" in problem["detail"]


def test_every_error_that_the_service_knows_by_name_is_there() -> None:
    from importlib import import_module

    from src.api.problems import FOREIGN

    for foreign in FOREIGN:
        assert issubclass(getattr(import_module(foreign.module), foreign.name), Exception)


def test_a_task_is_traced_with_its_calls_of_model_and_tools() -> None:
    with collecting() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        with service(ROOT / "data", *GOOD, agent=None, environment=environment) as process:
            traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            body = json.dumps({"description": QUESTION, "context": AURORA}).encode()
            assert process.ask("POST", "/v1/tasks", body, {**JSON_TYPE, "traceparent": traceparent})[0] == 200
            process.signal()
            assert process.end() == 0
    spans = collector.spans()
    agent = next(span for span in spans if span.name == "invoke_agent marketing-agent")
    below = [span for span in spans if span is not agent]
    assert (agent.trace_id.hex(), agent.parent_span_id.hex()) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert {span.name for span in below} >= {"chat rules-1", "execute_tool describe_data", "execute_tool compute_kpis"}
    assert {span.parent_span_id for span in below} == {agent.span_id}
    assert len({texts(span.attributes)["release.id"] for span in spans}) == 1
    assert "ROAS" not in str(collector.requests), "no content unless it is asked for"


ACCOUNTS = st.fixed_dictionaries(
    {},
    optional={"name": VALUES, "currency": VALUES, "budget": VALUES, "tables": VALUES | st.fixed_dictionaries({"daily": st.lists(VALUES)})},
)


@FUZZ
@given(
    st.sampled_from([QUESTION, "How should the budget be spent?", "Why?"]) | st.text(min_size=1),
    st.fixed_dictionaries({"account": ACCOUNTS}),
)
def test_no_account_in_line_makes_the_agent_fail(running: ServiceProcess, description: str, context: dict[str, object]) -> None:
    body = json.dumps({"description": description, "context": context}).encode()
    assert running.ask("POST", "/v1/tasks", body, JSON_TYPE)[0] in (200, 400, 422)


def examples(page: Path) -> list[tuple[str, str]]:
    """Commands of a page with what they print."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    pairs = [
        re.split(r"\n(?! {2,})", part, maxsplit=1) for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part
    ]
    return [(pair[0], pair[1] if len(pair) > 1 else "") for pair in pairs]


def as_pattern(shown: str) -> str:
    """`…` stands for any text."""
    return ".*".join(re.escape(part) for part in shown.strip().split("…"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's examples need curl")
@pytest.mark.parametrize(("page", "least"), [(PAGE, 10), (ROOT / "README.md", 3)], ids=lambda value: getattr(value, "name", ""))
def test_the_examples_of_the_page_do_what_it_says(page: Path, least: int) -> None:
    assert len(examples(page)) >= least
    with service(ROOT / "data", *GOOD, agent=None) as process:
        for command, shown in examples(page):
            real = command.replace("localhost:8000", f"{process.host}:{process.port}")
            done = subprocess.run(["bash", "-c", real], capture_output=True, text=True, check=True, timeout=60)
            assert re.fullmatch(as_pattern(shown), done.stdout.strip(), re.DOTALL), f"{command}\n{shown}\n{done.stdout}"


def test_the_page_lists_every_problem_and_option() -> None:
    page = PAGE.read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "api").glob("*.py"))
    kinds = re.findall(r'Problem\(\d{3}, "([a-z-]+)"|Foreign\("[\w.]+", "\w+", \d{3}, "([a-z-]+)"', sources)
    assert len(kinds) > 10
    assert [kind for pair in kinds for kind in pair if kind and f"`{kind}`" not in page] == []
    for metric in re.findall(
        r'(?:Counter|Gauge|Histogram)\(\s*"(marketing_agent_\w+)"', (ROOT / "src/telemetry/metrics.py").read_text(encoding="utf-8")
    ):
        assert metric in page
