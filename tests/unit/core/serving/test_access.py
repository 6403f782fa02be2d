"""Tokens and roles: nobody may anything, and no role more than its own."""

from __future__ import annotations

import pytest

from goldfinch.core.serving.access import AccessTokens, Role, bearer_token, may

TOKENS = AccessTokens(viewer="v" * 40, releaser="r" * 40, sender="s" * 40)


@pytest.mark.parametrize(("given", "role"), [("v" * 40, Role.VIEWER), ("r" * 40, Role.RELEASER), ("s" * 40, Role.SENDER)])
def test_each_token_stands_for_its_role(given: str, role: Role) -> None:
    assert TOKENS.role_of(given) is role


@pytest.mark.parametrize("given", ["", "v", "v" * 39, "v" * 41, "V" * 40, "ü" * 40, "\ud800", "v" * 100_000])
def test_anything_else_is_nobodys(given: str) -> None:
    assert TOKENS.role_of(given) is None


def test_an_empty_token_in_the_file_lets_nobody_in() -> None:
    assert AccessTokens(viewer="", releaser="", sender="").role_of("") is None


def test_tokens_are_not_printed() -> None:
    assert "v" * 40 not in f"{TOKENS!r} {TOKENS}"


@pytest.mark.parametrize(
    ("role", "needed", "allowed"),
    [
        (None, Role.VIEWER, False), (None, Role.RELEASER, False), (None, Role.SENDER, False),
        (Role.VIEWER, Role.VIEWER, True), (Role.VIEWER, Role.RELEASER, False), (Role.VIEWER, Role.SENDER, False),
        (Role.RELEASER, Role.VIEWER, True), (Role.RELEASER, Role.RELEASER, True), (Role.RELEASER, Role.SENDER, False),
        (Role.SENDER, Role.VIEWER, False), (Role.SENDER, Role.RELEASER, False), (Role.SENDER, Role.SENDER, True),
    ],
)  # fmt: skip
def test_who_may_what(role: Role | None, needed: Role, allowed: bool) -> None:
    assert may(role, needed) is allowed


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("", ""), ("abc", ""), ("Basic abc", ""), ("Bearer", ""), ("Bearer a b", "a b")],
)
def test_reads_the_bearer_token_and_no_other(header: str, token: str) -> None:
    assert bearer_token(header) == token
