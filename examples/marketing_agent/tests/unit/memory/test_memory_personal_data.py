from __future__ import annotations

from typing import Any

import pytest

from src.memory.personal_data import looks_personal

PERSONAL: list[tuple[str, Any]] = [
    ("contact", "ada@example.com"),
    ("contact", "write to Ada.Lovelace+ads@mail.example.co.uk, please"),
    ("contact", "ada (at) example.com"),
    ("contact", "ada [at] example [dot] com"),
    ("contact", "ada\uff20example.com"),
    ("contact", "ada\u200b@example.com"),
    ("contact", "<ada@example.com>,mailto:x"),
    ("contact", "@ada@example.com"),
    ("ada@example.com", "prefers mornings"),
    ("contact", ["x", {"y": "ada@example.com"}]),
    ("contact", {"ada@example.com": 1}),
    ("call", "+49 170 1234567"),
    ("call", "+1 (555) 123-4567"),
    ("call", "+33 1 23 45 67 89"),
    ("call", "0049 170 1234567"),
    ("call", "030 1234567"),
    ("call", "0170/1234567"),
    ("call", "01.23.45.67.89"),
    ("call", "(555) 123-4567"),
    ("call", "555-123-4567 after 2026-10-31"),
    ("call", "5551234567"),
    ("call", 5551234567),
    ("call", "\uff0b49 170 1234567"),
    ("note", "phone: 555-1234"),
    ("phone", 5551234),
    ("work_mobile", "555 12 34"),
]
HARMLESS: list[tuple[str, Any]] = [
    ("target_cpa", 24.5),
    ("target_roas", "3.42"),
    ("budget", 12_000),
    ("budget", 1_250_000),
    ("budget", "12,345,678.90 EUR"),
    ("budget", "1.234.567.890,50 EUR"),
    ("spent", 12345678901.25),
    ("range", "1200 - 1500"),
    ("period", "2026-08-09 to 2026-10-31"),
    ("period", "2026-08-09/2026-10-31"),
    ("since", "2026-10-31T08:00:00+02:00"),
    ("since", "31.10.2026 - 07.11.2026"),
    ("since", "10/31/2026 or 11/01/2026"),
    ("campaign", "cmp_1234567890"),
    ("campaign", "Autumn 2026 search"),
    ("tone", "dry @ all times"),
    ("handle", "@aurora"),
    ("channel", "email"),
    ("e_mail", "weekly newsletter"),
    ("preferred_channel", ["email", "search"]),
    ("share", 0.12345678901),
    ("share", "0.12345678901"),
    ("flag", True),
    ("nothing", None),
]


@pytest.mark.parametrize(("key", "value"), PERSONAL)
def test_addresses_and_numbers_are_seen(key: str, value: Any) -> None:
    assert looks_personal(key, value)


@pytest.mark.parametrize(("key", "value"), HARMLESS)
def test_figures_dates_and_names_are_not_taken_for_them(key: str, value: Any) -> None:
    assert not looks_personal(key, value)
