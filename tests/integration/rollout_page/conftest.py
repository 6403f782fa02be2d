"""A real browser before a real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.rollout_page import TOKENS, Desk, served

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
WATCH = """
window.violations = [];
window.dialogs = [];
addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) {
  window[name] = (...given) => void dialogs.push([name, ...given].join(' '));
}
"""


@dataclass
class Watched:
    """A page of a server, with everything that it must not do written down."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def misdeeds(self) -> list[str]:
        """Dialogs, violations of the policy, errors, and requests to anybody else."""
        found: list[str] = self.page.evaluate("[...window.dialogs, ...window.violations]")
        return [*found, *self.errors, *(url for url in self.requests if not url.startswith(self.address))]


Open = Callable[..., Watched]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "the marker `needs` skips before this"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Serve the desk and open the page with a token; keyword arguments are those of a browser context."""
    with ExitStack() as stack:

        def opened(desk: Desk, *, token: str = TOKENS.releaser, place: str = "", ready: str = "", **options: Any) -> Watched:
            port = stack.enter_context(served(desk.tools()))
            context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
            stack.callback(context.close)
            context.add_init_script(WATCH)
            watched = Watched(context.new_page(), f"http://127.0.0.1:{port}/")
            watched.page.set_default_timeout(20_000)
            watched.page.on("request", lambda request: watched.requests.append(request.url))
            watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
            watched.page.goto(f"{watched.address}#token={token}" if token else watched.address)
            if token:
                watched.page.wait_for_selector(".list li")
            if place:
                watched.page.goto(f"{watched.address}{place}")
                watched.page.wait_for_selector(ready or ".part-timeline li")
            return watched

        yield opened
