"""Tokens are made once, for the owner alone."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goldfinch.bootstrap.access_tokens import FILE, access_tokens, page_address
from goldfinch.core.serving.access import Role
from goldfinch.core.serving.failures import TokensUnusable


def test_they_are_long_and_different_and_the_same_at_the_next_start(tmp_path: Path) -> None:
    tokens = access_tokens(tmp_path)
    assert len({tokens.viewer, tokens.releaser, tokens.sender}) == 3
    assert min(map(len, (tokens.viewer, tokens.releaser, tokens.sender))) >= 43
    assert access_tokens(tmp_path) == tokens
    assert tokens.role_of(tokens.releaser) is Role.RELEASER


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        access_tokens(tmp_path)
    finally:
        os.umask(old)
    folder = tmp_path / ".goldfinch"
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_servers_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len({token.releaser for token in pool.map(access_tokens, [tmp_path] * 8)}) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "no json", '{"viewer": "short", "releaser": "short2", "sender": "short3"}', '"x"'])
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    access_tokens(tmp_path)
    (tmp_path / ".goldfinch" / FILE).write_text(content)
    with pytest.raises(TokensUnusable, match=f"{FILE}: does not hold the tokens of viewer, releaser, sender; delete it"):
        access_tokens(tmp_path)


def test_one_token_for_two_roles_is_refused(tmp_path: Path) -> None:
    access_tokens(tmp_path)
    (tmp_path / ".goldfinch" / FILE).write_text(json.dumps(dict.fromkeys(Role, "x" * 43)))
    with pytest.raises(TokensUnusable, match="two roles"):
        access_tokens(tmp_path)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    access_tokens(tmp_path)
    (tmp_path / ".goldfinch" / FILE).chmod(0o644)
    with pytest.raises(TokensUnusable, match="chmod 600"):
        access_tokens(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    access_tokens(tmp_path)
    path = tmp_path / ".goldfinch" / FILE
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TokensUnusable):
        access_tokens(tmp_path)


@pytest.mark.parametrize(
    ("listen", "address"),
    [("127.0.0.1", "http://127.0.0.1:4318/#token=a%2Fb"), ("0.0.0.0", "http://127.0.0.1:4318/#token=a%2Fb"),
     ("::1", "http://[::1]:4318/#token=a%2Fb")],
)  # fmt: skip
def test_the_printed_address_keeps_the_token_behind_the_hash(listen: str, address: str) -> None:
    assert page_address(listen, 4318, "a/b") == address
