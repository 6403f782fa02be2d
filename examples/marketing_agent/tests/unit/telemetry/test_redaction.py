from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.telemetry.redaction import MASK, Redactor

SECRETS = [
    "sk-proj-abcdefgh12345678",
    "ghp_abcdefghijklmnop1234",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2lnbmF0dXJl",
    "jane.doe+ads@mail.example.com",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_known_shapes_are_masked(secret: str) -> None:
    assert Redactor()(f"before {secret} after") == f"before {MASK} after"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [redacted]"),
        ("postgresql://agent:pass@db:5432/x", "postgresql://[redacted]@db:5432/x"),
        ("redis://:pass@cache", "redis://[redacted]@cache"),
    ],
)
def test_the_rest_of_the_text_stays(text: str, masked: str) -> None:
    assert Redactor()(text) == masked


@pytest.mark.parametrize("text", ["ROAS 3.42 @ 2 % of spend", "price: 5@3", "2026-10-31", "https://example.com/a@b"])
def test_ordinary_text_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_short_values_of_the_environment_are_not_searched_for() -> None:
    assert Redactor.of_environment({"MY_KEY": "abc", "X_TOKEN": "longer-value"})("abc longer-value") == "abc [redacted]"


def test_a_line_is_one_line_of_limited_length_cut_after_redaction() -> None:
    line = Redactor().line("a\nb " + "x" * 280 + " jane.doe@example.com " + "y" * 300, 300)
    assert len(line) == 300
    assert "jane" not in line
    assert "\n" not in line


def test_the_redactor_does_not_show_what_it_knows() -> None:
    assert repr(Redactor(["hunter2hunter2"])) == "Redactor(...)"


@settings(deadline=None)
@given(st.text(alphabet="a@.:/-_ \nsk", max_size=300))
def test_any_text_is_redacted_without_an_error(text: str) -> None:
    assert "sk-aaaaaaaaaaaa" not in Redactor()(text + " sk-aaaaaaaaaaaa")
