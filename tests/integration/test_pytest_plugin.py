"""The pytest plugin in sessions of its own, with the real openai SDK and the stub server: what fails, and what is never paid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldfinch.testing.openai_stub import Answered
from tests.stub_server import StubServer

pytest_plugins = "pytester"

KEY = "sk-proj-Zq81hVn3kfT0wLs9bXd2"
USAGE = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
PRICES = "prices: {m: {input_per_mtok: 1000, output_per_mtok: 1000}}\n"  # $0.02 a call

HEAD = """
import openai
import pytest


def ask(question="hi", model="m"):
    with openai.OpenAI() as client:
        messages = [{"role": "user", "content": question}]
        return client.chat.completions.create(model=model, messages=messages).choices[0].message.content
"""

# As REQUIREMENTS R55 and the specification print it, with an agent that asks a model.
SPECIFIED = '''
import openai
import pytest

from goldfinch import BudgetTracker


class Config:
    def __init__(self, **options):
        self.options = options


class Task:
    def __init__(self, description, context):
        self.description = description


class Result:
    def __init__(self, output):
        self.success, self.output, self.reasoning_steps = True, output, ["asked"]


class ReasoningAgent:
    def __init__(self, config):
        self.client = openai.AsyncOpenAI()

    async def reason(self, task):
        reply = await self.client.chat.completions.create(model="m", messages=[{"role": "user", "content": task.description}])
        return Result(reply.choices[0].message.content)


class TestEndToEndReasoning:
    """Integration tests with real LLM calls (budget-limited)."""

    @pytest.fixture
    def budget_limited_config(self):
        """Config with strict budget limits for testing."""
        return Config(
            llm_provider="openai",
            model="gpt-3.5-turbo",  # Cheaper model
            max_tokens_per_test=2000,
            max_cost_per_test=0.05,  # $0.05 per test
            test_mode=True
        )

    @pytest.mark.integration
    @pytest.mark.asyncio
    async def test_simple_reasoning_flow(self, budget_limited_config):
        """Test actual reasoning with real LLM."""
        agent = ReasoningAgent(config=budget_limited_config)

        task = Task(
            description="Analyze test data and provide summary",
            context={"data": [1, 2, 3, 4, 5]}
        )

        with BudgetTracker(max_cost=0.05) as tracker:
            result = await agent.reason(task)

            # Budget assertions
            assert tracker.total_cost < 0.05
            assert tracker.total_tokens < 2000

        # Quality assertions
        assert result.success
        assert result.output is not None
        assert len(result.reasoning_steps) > 0
        assert tracker.total_cost == pytest.approx(0.02) and tracker.calls == 1
'''


class Session:
    """A folder with tests in it, and how pytest is called there."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self._monkeypatch = monkeypatch
        pytester.makefile(".yaml", goldfinch=PRICES)
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        for name in ("TEST_BUDGET_USD", "OPENAI_BASE_URL", "OPENAI_API_KEY", "GOLDFINCH_TEST_LEDGER"):
            monkeypatch.delenv(name, raising=False)

    def with_model(self, stub: StubServer) -> None:
        self._monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        self._monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def without_model(self) -> None:
        self._monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
        self._monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def run(self, tests: str, *arguments: str, **environment: str) -> pytest.RunResult:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        self.pytester.makepyfile(test_it=tests)
        result = self.pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
        assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
        return result


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Session:
    return Session(pytester, monkeypatch)


@pytest.fixture
def stub(session: Session) -> Iterator[StubServer]:
    with StubServer(lambda request, number: Answered(f"answer {number}", usage=USAGE)) as server:
        session.with_model(server)
        yield server


def test_the_specifications_budget_test_works_as_printed(session: Session, stub: StubServer) -> None:
    result = session.run(SPECIFIED)
    result.assert_outcomes(passed=1)
    assert stub.requests == 1


def test_the_plugin_sleeps_until_a_test_asks_for_it(session: Session) -> None:
    result = session.run(
        """
        import os, sys, threading

        def test_nothing_is_there():
            assert "OPENAI_BASE_URL" not in os.environ
            assert not [name for name in sys.modules if name.startswith("goldfinch.")
                        and name not in ("goldfinch.pytest_plugin",)]
            assert "aiohttp" not in sys.modules
            assert threading.active_count() == 1
        """
    )
    result.assert_outcomes(passed=1)


def test_markers_are_registered(session: Session) -> None:
    result = session.run(
        """
        import pytest

        @pytest.mark.integration
        @pytest.mark.e2e
        @pytest.mark.slow
        @pytest.mark.budget(usd=1)
        def test_it(): pass
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=1)


def test_a_test_is_recorded_once_and_replayed_without_key_or_server(session: Session, stub: StubServer) -> None:
    tests = HEAD + (
        "@pytest.mark.parametrize('question', ['a/b', 'c d'])\n"
        "def test_it(goldfinch_cassette, question):\n"
        "    assert ask(question).startswith('answer')\n"
        "class TestClass:\n"
        "    def test_it(self, goldfinch_cassette):\n"
        "        assert [ask(), ask()] == ['answer 2', 'answer 3']\n"
    )
    session.run(tests, "--goldfinch-record").assert_outcomes(passed=3)
    assert stub.requests == 4
    recordings = sorted(path.relative_to(session.pytester.path) for path in session.pytester.path.rglob("exchanges.jsonl"))
    assert len(recordings) == 3
    assert all(str(path).startswith("cassettes/test_it/") for path in recordings)
    assert not list(session.pytester.path.rglob(".new"))
    assert KEY not in "".join((session.pytester.path / path).read_text() for path in recordings)
    session.without_model()
    result = session.run(tests)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*4 calls (4 replayed)  in 3 tests; paid now: $0.00"])
    assert stub.requests == 4


def test_without_a_recording_the_test_fails_with_the_option_to_give(session: Session, stub: StubServer) -> None:
    result = session.run(HEAD + "def test_it(goldfinch_cassette):\n    ask()\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*E2025*no recording*--goldfinch-record*"])
    assert stub.requests == 0


def test_a_miss_fails_the_test_also_where_its_code_swallows_the_error(session: Session, stub: StubServer) -> None:
    session.run(HEAD + "def test_it(goldfinch_cassette):\n    ask('one')\n", "--goldfinch-record").assert_outcomes(passed=1)
    swallowing = "def test_it(goldfinch_cassette):\n    try:\n        ask('two')\n    except openai.OpenAIError:\n        pass\n"
    result = session.run(HEAD + swallowing)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no reply is recorded to POST*recorded 'one', asked 'two'*"])
    assert stub.requests == 1


def test_a_failed_test_leaves_its_recording_as_it_was(session: Session, stub: StubServer) -> None:
    tests = HEAD + "def test_it(goldfinch_cassette):\n    assert ask() == 'answer 0'\n"
    session.run(tests, "--goldfinch-record").assert_outcomes(passed=1)
    session.run(tests, "--goldfinch-record").assert_outcomes(failed=1)
    session.run(tests).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("usd=0.03", "E2020: budget: $0.04 spent, $0.03 allowed (2 calls)*"),
        ("tokens=30", "E2020: budget: 40 tokens used, 30 allowed (2 calls)*"),
        ("0.03, 1000", "E2020: budget: $0.04 spent*"),
    ],
)
def test_a_test_beyond_its_budget_fails_and_asks_no_more(session: Session, stub: StubServer, marker: str, said: str) -> None:
    tests = (
        HEAD
        + f"@pytest.mark.budget({marker})\ndef test_it():\n    for _ in range(5):\n"
        + "        try:\n            ask()\n        except openai.OpenAIError:\n            pass\n"
    )
    result = session.run(tests)
    result.assert_outcomes(failed=1)
    assert said.rstrip("*") in result.stdout.str()
    assert stub.requests == 2


def test_a_price_that_nobody_knows_fails_a_test_that_has_a_budget(session: Session, stub: StubServer) -> None:
    result = session.run(HEAD + "@pytest.mark.budget(usd=1)\ndef test_it():\n    ask(model='mystery')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*E2021*the cost of 1 of 1 call is unknown (model mystery)*", "  unknown*20 tokens*test_it*"])


def test_the_fixture_has_the_limits_of_the_specification_unless_told_otherwise(session: Session, stub: StubServer) -> None:
    tests = HEAD + (
        "@pytest.mark.integration\n"
        "def test_default(budget_tracker):\n"
        "    assert (budget_tracker.limit.usd, budget_tracker.limit.tokens) == (0.05, 2000)\n"
        "    ask()\n"
        "    assert budget_tracker.total_cost == pytest.approx(0.02) and budget_tracker.total_tokens == 20\n"
        "@pytest.mark.budget(usd=0.5)\n"
        "def test_marked(budget_tracker):\n"
        "    assert (budget_tracker.limit.usd, budget_tracker.limit.tokens) == (0.5, None)\n"
        "@pytest.mark.integration\n"
        "def test_too_much(budget_tracker):\n"
        "    ask(); ask(); ask()\n"
        "def test_by_hand(budget_tracker):\n"
        "    budget_tracker.add({'text': 'x', 'cost_usd': 0.06})\n"
    )
    result = session.run(tests)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*E2020: budget: $0.06 spent, $0.05 allowed (3 calls)*", "*E2020: budget: $0.06 spent, $0.05 allowed (1 call)*"]
    )


def test_limits_of_the_ini_file_hold_for_every_test(session: Session, stub: StubServer) -> None:
    ini = "-o", "goldfinch_budget_usd=0.03", "-o", "goldfinch_budget_tokens=1000"
    tests = HEAD + "@pytest.mark.integration\ndef test_it():\n    ask(); ask(); ask()\n"
    result = session.run(tests, *ini)
    result.assert_outcomes(failed=1)
    assert stub.requests == 2
    session.run("def test_it(): pass\n", "-o", "goldfinch_budget_usd=lots").stderr.fnmatch_lines(
        ["*goldfinch_budget_usd: 'lots' is no amount*"]
    )


@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_sessions_budget_ends_all_calls(session: Session, stub: StubServer, how: str) -> None:
    tests = HEAD + "@pytest.mark.e2e\n@pytest.mark.parametrize('n', range(4))\ndef test_it(n):\n    ask()\n"
    arguments = ["--goldfinch-budget", "0.03"] if how == "option" else []
    result = session.run(tests, *arguments, **({} if how == "option" else {"TEST_BUDGET_USD": "0.03"}))
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*E2022: the budget of this session, $0.03, is spent*", "*paid now: $0.04 of $0.03"])
    assert stub.requests == 2


def test_no_paid_call_happens_by_accident(session: Session, stub: StubServer) -> None:
    tests = HEAD + "def test_unmarked():\n    ask()\n@pytest.mark.integration\ndef test_marked():\n    ask()\n"
    result = session.run(tests, "-o", "goldfinch_watch=true")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*E2023: this test would ask a real model by accident*"])
    assert stub.requests == 1


def test_without_a_key_a_call_fails_clearly_and_goes_nowhere(session: Session) -> None:
    result = session.run(HEAD + "@pytest.mark.budget(usd=1)\ndef test_it():\n    ask()\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*E2024: there is no key to ask a real model with*"])


def test_clients_made_at_import_are_seen_where_the_ini_file_says_watch(session: Session, stub: StubServer) -> None:
    tests = (
        "import openai, pytest\nclient = openai.OpenAI()\n@pytest.mark.integration\ndef test_it(budget_tracker):\n"
        "    client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'x'}])\n"
        "    assert budget_tracker.calls == 1\n"
    )
    session.run(tests, "-o", "goldfinch_watch=true").assert_outcomes(passed=1)


def test_an_address_that_a_test_sets_itself_is_watched_too(session: Session, stub: StubServer) -> None:
    tests = HEAD + (
        "@pytest.fixture\n"
        "def elsewhere(monkeypatch):\n"
        f"    monkeypatch.setenv('OPENAI_BASE_URL', {stub.base_url!r})\n"
        "    monkeypatch.setenv('OPENAI_API_KEY', 'sk-local-local')\n"
        "@pytest.mark.integration\n"
        "def test_it(elsewhere, budget_tracker):\n"
        "    ask()\n"
        "    assert budget_tracker.calls == 1\n"
    )
    session.run(tests).assert_outcomes(passed=1)


def test_the_scripted_model_and_the_scorers_need_nobody(session: Session) -> None:
    tests = """
        import asyncio
        from goldfinch import Case

        def test_it(scripted_model, goldfinch_score):
            model = scripted_model(["You have 30 days."])
            output = asyncio.run(model.answer(Case("a", "How long?"), trial=0, seed=None))
            goldfinch_score(output, {"expected": {"must_include": ["30 days"]}}, "must_include")
            assert model.calls == 1

        def test_fails(goldfinch_score):
            goldfinch_score("\\x1b[2J31 days", {"expected": {"must_include": ["30 days"]}}, "must_include")
    """
    result = session.run(tests)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*failed: must_include 0.00, needs 1.00: 0 of 1 phrases present; missing '30 days'"])
    assert "\x1b[2J" not in result.stdout.str()
    assert "score_assertions.py" not in result.stdout.str()


@pytest.mark.parametrize("target", ["report.json", "reports"])
def test_the_report_says_what_each_test_took(session: Session, stub: StubServer, target: str) -> None:
    tests = HEAD + (
        "@pytest.mark.integration\ndef test_priced():\n    ask()\n"
        "@pytest.mark.integration\ndef test_unpriced():\n    ask(model='mystery')\n"
        "@pytest.mark.integration\ndef test_silent():\n    pass\n"
    )
    session.run(tests, "-o", "goldfinch_watch=1", "--goldfinch-report", target).assert_outcomes(passed=3)
    path = Path(session.pytester.path, target)
    report: Any = json.loads((path / "goldfinch-tests.json" if target == "reports" else path).read_text())
    assert (report["schema_version"], report["kind"], report["budget_usd"]) == (1, "test_spending", None)
    assert report["total"] == {"calls": 2, "replayed": 0, "tokens": 40, "cost_usd": None, "paid_usd": None}
    by_name = {test["test"].partition("::")[2]: test for test in report["tests"]}
    assert by_name["test_priced"]["cost_usd"] == pytest.approx(0.02)
    assert by_name["test_unpriced"]["cost_usd"] is None
    assert by_name["test_silent"] | {"test": ""} == {
        "test": "", "outcome": "passed", "calls": 0, "replayed": 0, "tokens": 0, "cost_usd": 0.0, "paid_usd": 0.0,
    }  # fmt: skip


def test_the_report_alone_wakes_the_plugin_and_forbids_nothing(session: Session, stub: StubServer) -> None:
    session.run(HEAD + "def test_it():\n    ask()\n", "--goldfinch-report", "report.json").assert_outcomes(passed=1)
    assert json.loads(Path(session.pytester.path, "report.json").read_text())["total"]["calls"] == 1


def test_a_report_that_cannot_be_written_is_told(session: Session) -> None:
    session.pytester.makefile(".txt", occupied="x")
    result = session.run("def test_it(): pass\n", "--goldfinch-report", "occupied.txt/report.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["--goldfinch-report: cannot write occupied.txt/report.json: *"])


@pytest.mark.parametrize(
    ("marker", "said"),
    [("", "write @pytest.mark.budget"), ("euro=1", "write @pytest.mark.budget"), ("usd=-1", "not an amount")],
)
def test_a_marker_that_makes_no_sense_is_told(session: Session, marker: str, said: str) -> None:
    result = session.run(f"import pytest\n@pytest.mark.budget({marker})\ndef test_it(): pass\n")
    result.assert_outcomes(errors=1)
    assert said in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()
