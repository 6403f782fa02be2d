"""Which requests are answered at all."""

from __future__ import annotations

import pytest

from goldfinch.core.serving.doors import answered_hosts, from_elsewhere, is_answered, is_loopback, reachable

HOST = "127.0.0.1:4318"


@pytest.mark.parametrize(
    "host", [HOST, "127.0.0.1", "localhost:4318", "LOCALHOST", "localhost.", "[::1]:4318", "[::1]", "canary.example:443"]
)
def test_names_of_the_server_are_answered(host: str) -> None:
    assert is_answered(host, answered_hosts("127.0.0.1", ["Canary.example"]))


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:4318", "127.0.0.1.evil.example", "evil.example#127.0.0.1", "127.0.0.1@evil.example",
        "localhost:x", "localhost:4318:1", "[::1", "[::1]x", "127.0.0.2", "0", "2130706433", "localhost/", "localhost evil", "192.168.1.5",
        ":4318", "\u202elocalhost",
    ],
)  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert not is_answered(host, answered_hosts("127.0.0.1"))


def test_a_server_on_an_address_of_the_network_is_known_by_it_alone() -> None:
    assert answered_hosts("10.1.2.3") == {"10.1.2.3"}
    assert "localhost" in answered_hosts("0.0.0.0")


@pytest.mark.parametrize(("address", "loopback"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
                                                   ("0.0.0.0", False), ("10.0.0.1", False), ("127.0.0.1.evil", False)])  # fmt: skip
def test_knows_what_only_this_machine_reaches(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8000", "http://localhost:4318", "file://", "", "http://[",
                                    "chrome-extension://abc", "http://127.0.0.1:4318.evil.example"])  # fmt: skip
def test_a_page_of_another_origin_changes_nothing(origin: str) -> None:
    assert from_elsewhere("POST", host=HOST, origin=origin, fetch_site=None)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "CROSS-SITE", "same-origin, cross-site"])
def test_nor_does_what_the_browser_calls_another_site(site: str) -> None:
    assert from_elsewhere("DELETE", host=HOST, origin=None, fetch_site=site)


@pytest.mark.parametrize(("origin", "site"), [(None, None), (f"http://{HOST}", "same-origin"), (f"https://{HOST}", None), (None, "none")])
def test_the_own_page_and_programs_may(origin: str | None, site: str | None) -> None:
    assert from_elsewhere("POST", host=HOST, origin=origin, fetch_site=site) == ""


def test_reading_is_left_to_the_token() -> None:
    assert from_elsewhere("GET", host=HOST, origin="http://evil.example", fetch_site="cross-site") == ""


@pytest.mark.parametrize(
    ("listen", "asked"),
    [
        ("0.0.0.0:8080", "127.0.0.1:8080"),
        (":8080", "127.0.0.1:8080"),
        ("[::]:8080", "[::1]:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("10.0.0.7:80", "10.0.0.7:80"),
    ],
)
def test_what_listens_everywhere_is_asked_on_this_machine(listen: str, asked: str) -> None:
    assert reachable(listen) == asked
