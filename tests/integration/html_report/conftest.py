"""A real browser, started once for all tests, and pages made by the reporter as users get it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from goldfinch.adapters.reports.html.reporter import HtmlReporter
from goldfinch.core.datasets.case import Case
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.ports.dataset import DatasetInfo
from goldfinch.testing.run_journal import InMemoryRun

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
]  # fmt: skip
WATCH = """
window.violations = [];
window.dialogs = [];
addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) {
  window[name] = (...given) => void dialogs.push([name, ...given].join(' '));
}
"""
"""Dialogs are noted in place of shown: one that waits for an answer would hold up the test."""


class ListedCases:
    """A dataset in memory."""

    def __init__(self, *cases: Case) -> None:
        self.listed = cases

    def check(self) -> DatasetInfo:
        return DatasetInfo("golden", "9f2e", len(self.listed), ("golden",))

    def cases(self) -> Iterator[tuple[Case, str]]:
        for case in self.listed:
            yield case, f"hash-of-{case.id}"


def write_page(run: InMemoryRun, path: Path, *cases: Case, island_bytes: int = 10_000_000) -> Path:
    """The report of `run`, as `goldfinch report --format html` writes it."""
    records = RunRecords(run)
    with path.open("w", encoding="utf-8") as out:
        HtmlReporter(island_bytes).write(build_report(run, records, dataset=ListedCases(*cases)), records.cases, out)
    return path


@dataclass
class Watched:
    """A page, with everything that it must not do written down."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def dialogs(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.dialogs")
        return found


Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def debugger_address() -> Iterator[str]:
    """Where the one browser of the session listens. It is no child of playwright, whose event loop must not outlive a module."""
    program = shutil.which("chromium")
    assert program, "the marker `needs` skips before this"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Path(profile, "stderr").open("w+") as stderr:
        command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr) as process:
            try:
                yield _address(process, Path(profile, "stderr"))
            finally:
                process.terminate()


def _address(process: subprocess.Popen[bytes], stderr: Path) -> str:
    for _ in range(600):
        if found := re.search(r"DevTools listening on (ws://\S+)", stderr.read_text(errors="replace")):
            return found[1]
        if process.poll() is not None:
            break
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise AssertionError(f"chromium did not start: {stderr.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def browser(debugger_address: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        connected = playwright.chromium.connect_over_cdp(debugger_address)
        yield connected
        connected.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a report: a file, or an address; keyword arguments are those of a browser context."""
    contexts = []

    def opened(address: Path | str, hash_: str = "", *, ready: bool = True, **options: Any) -> Watched:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        watched = watch(context)
        watched.page.goto((address if isinstance(address, str) else address.as_uri()) + hash_)
        if ready:
            watched.page.wait_for_selector("#cases[data-ready]")
        return watched

    yield opened
    for context in contexts:
        context.close()


def watch(context: BrowserContext) -> Watched:
    """A new page whose every dialog, request and error is noted."""
    context.add_init_script(WATCH)
    watched = Watched(context.new_page())
    watched.page.set_default_timeout(20_000)
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
    return watched
