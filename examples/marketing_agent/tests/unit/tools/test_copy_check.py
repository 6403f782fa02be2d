"""Brand rules: found in every spelling that a reader would read as the phrase, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from src.tools import Workspace
from src.tools.copy_check import check_copy

BRAND = {
    "name": "Aurora",
    "banned_phrases": ["guaranteed", "risk-free", "100% waterproof", "Ärger"],
    "required_disclaimers": {"sale": "While stocks last."},
    "max_headline_chars": 30,
    "max_body_chars": 90,
    "tone": "plain",
}
SPACE = Workspace.from_inline({"account": {"name": "a", "brand": BRAND}})


def rules(text: str, kind: str = "body") -> list[str]:
    return [violation["rule"] for violation in check_copy(SPACE, {"text": text, "kind": kind})["violations"]]


def test_a_clean_text_passes_and_its_tone_is_not_judged() -> None:
    found = check_copy(SPACE, {"text": "Boots for the long way home", "kind": "headline"})
    assert (found["passes"], found["violations"], found["characters"]) == (True, [], 27)
    assert found["warnings"] == ["the tone is not judged by this check"]


@pytest.mark.parametrize(
    "text",
    [
        "GUARANTEED dry",
        "Dry, guaranteed.",
        "guar\u200banteed dry",
        "g\u00aduaranteed",
        "\uff47uaranteed",
        "Risk\u2011free boots",
        "risk-free",
        "100%  waterproof",
        "A\u0308rger",
    ],
)
def test_a_banned_phrase_is_found_in_every_spelling(text: str) -> None:
    assert rules(text) == ["banned_phrases"]


@pytest.mark.parametrize("text", ["unguaranteedly", "risk of free fall", "wholesales", "100% waterproofing"])
def test_a_part_of_another_word_is_not_the_phrase(text: str) -> None:
    assert rules(text) == []


def test_a_trigger_word_asks_for_its_disclaimer() -> None:
    assert rules("Autumn sale on boots") == ["required_disclaimers"]
    assert rules("Autumn SALE on boots. while stocks  last.") == []


@pytest.mark.parametrize(("kind", "limit"), [("headline", 30), ("body", 90)])
def test_length_is_counted_in_characters(kind: str, limit: int) -> None:
    assert rules("e\u0301" * limit, kind) == []
    assert rules("x" * (limit + 1), kind) == [f"max_{kind}_chars"]


def test_all_violations_are_told_with_their_reason() -> None:
    found = check_copy(SPACE, {"text": "Guaranteed risk-free sale on everything", "kind": "headline"})
    assert found["passes"] is False
    assert [violation["rule"] for violation in found["violations"]] == [
        "max_headline_chars",
        "banned_phrases",
        "banned_phrases",
        "required_disclaimers",
    ]
    assert all(violation["why"] for violation in found["violations"])


def test_an_empty_text_does_not_pass() -> None:
    assert rules("  \n") == ["empty"]


@pytest.mark.parametrize("brand", [None, {}, "strict", {"banned_phrases": "x", "required_disclaimers": [1], "max_body_chars": "ten"}])
def test_rules_that_are_missing_or_malformed_are_told_or_survived(brand: Any) -> None:
    found = check_copy(Workspace.from_inline({"account": {"name": "a", "brand": brand}}), {"text": "hello"})
    assert found["passes"] is True
    if not isinstance(brand, dict) or not brand:
        assert any("no brand rules" in text for text in found["warnings"])
