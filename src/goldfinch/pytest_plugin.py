"""The pytest plugin: budgets, recordings, a scripted model and scorers for the tests of people's agents.

It is loaded into every pytest session, so it imports nothing of Goldfinch until a test asks for something: one of its fixtures or options,
the marker `budget`, or `goldfinch.BudgetTracker`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from goldfinch.adapters.spending_file import SpendingFile
    from goldfinch.bootstrap.budget_tracker import BudgetTracker
    from goldfinch.bootstrap.watching import Watch
    from goldfinch.testing.scripted_model import ScriptedModel

DEFAULT_COST_USD, DEFAULT_TOKENS = 0.05, 2000
"""Limits of the fixture `budget_tracker` where nothing else is said. Source: REQUIREMENTS R55."""

_MARKERS = (
    "integration: asks real models, within a budget",
    "e2e: asks real models, from end to end",
    "slow: takes long",
    "budget(usd=None, tokens=None): the most that the test may spend on models; it may ask real ones",
)
_ASKS_REAL_MODELS = ("integration", "e2e", "budget")
_FIXTURES = frozenset({"budget_tracker", "goldfinch_cassette"})
_TRACKER_MODULE = "goldfinch.bootstrap.budget_tracker"
_PROPERTY = "goldfinch"
_LEDGER = "GOLDFINCH_TEST_LEDGER"
_SHOWN_TESTS = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and ini settings."""
    group = parser.getgroup("goldfinch", "tests of AI agents")
    group.addoption("--goldfinch-record", action="store_true", help="ask real models and record the tests that use goldfinch_cassette")
    group.addoption("--goldfinch-budget", metavar="USD", help="most that all tests together may pay; default: TEST_BUDGET_USD, else none")
    group.addoption("--goldfinch-report", metavar="PATH", help="write calls, tokens and cost per test as JSON to this file or folder")
    parser.addini("goldfinch_watch", "watch from before the tests are imported on, for clients made at import", type="bool", default=False)
    parser.addini("goldfinch_cassettes", "name of the folders of recordings, beside the test files", default="cassettes")
    parser.addini("goldfinch_budget_usd", "most that any one test may spend on models, in US dollars", default="")
    parser.addini("goldfinch_budget_tokens", "most tokens that any one test may use", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and what watches the session."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(GoldfinchSession(config), "goldfinch-session")


@pytest.fixture
def scripted_model() -> type[ScriptedModel]:
    """The class of a chat model that replies by script: `model = scripted_model(["first reply", "second reply"])`."""
    from goldfinch.testing.scripted_model import ScriptedModel

    return ScriptedModel


@pytest.fixture
def goldfinch_score() -> Callable[..., Any]:
    """`goldfinch.assert_scores`: `goldfinch_score(answer, {"expected": {"must_include": ["30 days"]}}, "must_include")`."""
    from goldfinch.bootstrap.score_assertions import assert_scores

    return assert_scores


@pytest.fixture
def budget_tracker(request: pytest.FixtureRequest) -> Iterator[BudgetTracker]:
    """A `BudgetTracker` over the test: the limits of its marker `budget`, else of the ini file, else $0.05 and 2000 tokens."""
    with _session(request).watched():
        yield _session(request).test.tracker


@pytest.fixture
def goldfinch_cassette(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Replay the test's own recording, or make it (`--goldfinch-record`). Gives the recording's folder."""
    session = _session(request)
    with ExitStack() as stack:
        yield session.play(request.node, stack)


def _session(request: pytest.FixtureRequest) -> GoldfinchSession:
    session = request.config.pluginmanager.get_plugin("goldfinch-session")
    if not isinstance(session, GoldfinchSession):
        raise pytest.UsageError("the pytest plugin of Goldfinch is not active")
    return session


class GoldfinchSession:
    """One pytest session, or one worker of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_worker = hasattr(config, "workerinput")
        self._watch: Watch | None = None
        self._ledger: SpendingFile | None = None
        self._test: _Test | None = None
        self._tests: dict[str, dict[str, Any]] = {}
        budget = _amount(config.getoption("--goldfinch-budget"), "--goldfinch-budget")
        self._budget = _amount(os.environ.get("TEST_BUDGET_USD") or None, "TEST_BUDGET_USD") if budget is None else budget
        self._usd = _amount(config.getini("goldfinch_budget_usd") or None, "goldfinch_budget_usd")
        self._tokens = _tokens(config.getini("goldfinch_budget_tokens"), "goldfinch_budget_tokens")
        if self._budget is not None:
            self._open_ledger()  # before pytest-xdist starts its workers

    @property
    def test(self) -> _Test:
        """The test that runs."""
        if self._test is None:
            raise pytest.UsageError("no test is running")
        return self._test

    def pytest_sessionstart(self) -> None:
        if self._config.getini("goldfinch_watch"):
            self._awake()

    def pytest_unconfigure(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._ledger is not None and not self._is_worker:
            os.environ.pop(_LEDGER, None)
            self._ledger.remove()

    @pytest.hookimpl(wrapper=True, trylast=True)  # inside what pytest itself sets up, around the fixtures
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._test = None
        if self._watch is not None or self._is_wanted(item):
            self._test = _Test(self._awake(), self._tracker_of(item), may_ask=self._may_ask(item))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        try:
            result = yield
        except (pytest.skip.Exception, pytest.exit.Exception, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            self._conclude(item, error)
            raise
        self._conclude(item, None)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        try:
            return (yield)
        finally:
            test, self._test = self._test, None
            if test is not None:
                test.close()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Also called where the tests ran elsewhere: pytest-xdist passes the properties on."""
        for name, value in report.user_properties:
            if name == _PROPERTY and report.when == "call":
                self._tests[report.nodeid] = {"outcome": report.outcome, **json.loads(str(value))}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if any(test["calls"] for test in self._tests.values()):
            from goldfinch.bootstrap.spending_report import summary_lines

            terminalreporter.section("models asked (goldfinch)")
            for line in summary_lines(self._tests, self._budget, shown=_SHOWN_TESTS):
                terminalreporter.write_line(line)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        target = self._config.getoption("--goldfinch-report")
        if target and not self._is_worker:
            from goldfinch.bootstrap.spending_report import write_report

            try:
                write_report(self._tests, self._budget, self._config.invocation_params.dir / target)
            except OSError as error:
                sys.stderr.write(f"--goldfinch-report: cannot write {target}: {error.strerror or error}\n")
                session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def watched(self) -> AbstractContextManager[None]:
        """Sees also what a fixture has led elsewhere, by setting OPENAI_BASE_URL itself."""
        return self._awake().leading_here()

    def play(self, item: pytest.Item, stack: ExitStack) -> Path:
        """Enter the recording or the replay of a test."""
        from goldfinch.core.errors import ConfigurationError

        watch, test, folder = self._awake(), self.test, _folder_of(item, self._config.getini("goldfinch_cassettes"))
        stack.enter_context(watch.leading_here())
        if self._config.getoption("--goldfinch-record"):
            watch.may_ask = True
            stack.enter_context(watch.recording(folder, is_wanted=lambda: not test.has_failed))
            return folder
        try:
            stack.enter_context(watch.replaying(folder))
        except ConfigurationError as error:
            pytest.fail(f"E2025: {error.problem.where}: {error.problem.what}; record it with --goldfinch-record", pytrace=False)
        return folder

    def _tracker_of(self, item: pytest.Item) -> BudgetTracker:
        """A tracker with the limits of a test: of its marker, else of the ini file, else those of the fixture where it is used."""
        from goldfinch.bootstrap.budget_tracker import BudgetTracker
        from goldfinch.core.errors import UsageError

        usd, tokens = _limits_of(item)
        usd = self._usd if usd is None else usd
        tokens = self._tokens if tokens is None else tokens
        if (usd, tokens) == (None, None) and "budget_tracker" in getattr(item, "fixturenames", ()):
            usd, tokens = DEFAULT_COST_USD, DEFAULT_TOKENS
        try:
            return BudgetTracker(usd, tokens)
        except UsageError as error:
            pytest.fail(f"{error.code}: {error}", pytrace=False)

    def _may_ask(self, item: pytest.Item) -> bool:
        """Whether a test may ask real models. Where only a `BudgetTracker` was imported, Goldfinch counts and does not forbid."""
        is_strict = self._is_asked_for or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        return not is_strict or any(item.get_closest_marker(name) for name in _ASKS_REAL_MODELS)

    @property
    def _is_asked_for(self) -> bool:
        """Whether options or the ini file ask for the plugin."""
        limits = (self._usd, self._tokens, self._budget)
        return limits != (None, None, None) or bool(self._config.getoption("--goldfinch-record") or self._config.getini("goldfinch_watch"))

    def _is_wanted(self, item: pytest.Item) -> bool:
        return (
            self._is_asked_for
            or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
            or item.get_closest_marker("budget") is not None
            or bool(self._config.getoption("--goldfinch-report"))
            or _TRACKER_MODULE in sys.modules
        )

    def _awake(self) -> Watch:
        if self._watch is None:
            from goldfinch.bootstrap.watching import Watch
            from goldfinch.core.errors import GoldfinchError

            try:
                watch = Watch(folder=self._config.rootpath, session_usd=self._budget, ledger=self._ledger)
                watch.start()
            except GoldfinchError as error:
                raise pytest.UsageError(f"goldfinch {error.code}: {error}") from None
            self._watch = watch
        return self._watch

    def _open_ledger(self) -> None:
        """What is paid is added up in a file, so that the workers of pytest-xdist, which inherit its name, share one budget."""
        from goldfinch.adapters.spending_file import SpendingFile, new_spending_file

        inherited = os.environ.get(_LEDGER)
        self._ledger = SpendingFile(Path(inherited)) if inherited and self._is_worker else new_spending_file()
        os.environ[_LEDGER] = str(self._ledger.path)

    def _conclude(self, item: pytest.Item, error: BaseException | None) -> None:
        """Fail the test for what went wrong with its models, also where its own code swallowed that."""
        __tracebackhide__ = True
        if self._test is None:
            return
        item.user_properties.append((_PROPERTY, json.dumps(self._test.spent())))
        failure = self._test.failure()
        self._test.has_failed = bool(failure) or error is not None
        if failure:
            because = f"\nthe test itself ended with {type(error).__name__}" if error is not None else ""
            raise pytest.fail.Exception(f"{failure}{because}", pytrace=False) from error


class _Test:
    """A test while it runs: what it spends, and whether it may ask real models."""

    def __init__(self, watch: Watch, tracker: BudgetTracker, *, may_ask: bool) -> None:
        self._watch = watch
        self.tracker = tracker
        self.has_failed = True  # until it ends well
        watch.may_ask = may_ask
        watch.take_problems()
        tracker.open_in(watch, may_ask=may_ask)

    def close(self) -> None:
        self.tracker.close()

    def spent(self) -> dict[str, Any]:
        from goldfinch.bootstrap.spending_report import as_plain

        return as_plain(self.tracker.spending)

    def failure(self) -> str:
        """Why the test must fail, in escaped lines; empty where it need not."""
        from goldfinch.core.errors import GoldfinchError
        from goldfinch.core.escaping import for_terminal_line

        problems = self._watch.take_problems()
        try:
            self.tracker.check()
        except GoldfinchError as error:
            problems.append(f"{error.code}: {error}")
        return "\n".join(dict.fromkeys(map(for_terminal_line, problems)))


def _limits_of(item: pytest.Item) -> tuple[float | None, int | None]:
    marker = item.get_closest_marker("budget")
    if marker is None:
        return None, None
    given = {**dict(zip(("usd", "tokens"), marker.args, strict=False)), **marker.kwargs}
    if not given or set(given) - {"usd", "tokens"} or len(marker.args) > 2:
        pytest.fail(f"E2026: {item.nodeid}: write @pytest.mark.budget(usd=0.05, tokens=2000), or one of the two", pytrace=False)
    return given.get("usd"), given.get("tokens")


def _folder_of(item: pytest.Item, folder: str) -> Path:
    """`<test folder>/cassettes/<test file>/<test>`; a name that no file may have gets a hash of what it was."""
    name = item.nodeid.partition("::")[2] or item.name
    plain = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII)[:80].strip("._") or "test"
    if plain != name:
        plain = f"{plain}-{sha256(name.encode()).hexdigest()[:8]}"
    return item.path.parent / folder / item.path.stem / plain


def _tokens(text: str, where: str) -> int | None:
    amount = _amount(text or None, where)
    return None if amount is None else int(amount)


def _amount(text: str | None, where: str) -> float | None:
    if text is None:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 < amount < float("inf"):
        raise pytest.UsageError(f"{where}: {text!r} is no amount above 0")
    return amount
