"""The tool `check_copy`: whether an advertising text keeps the brand's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from src.tools.workspace import Workspace

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\u00ad\ufeff]")


def check_copy(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Hold `text` (a `headline` or a `body`) against `brand` of account.json: length, banned phrases, required disclaimers.

    Characters are counted as code points of the text in NFC, as editors count them. Phrases are found whole words only, without regard to case, to
    typographic variants, to invisible characters and to how much white space stands between words. A disclaimer is required where its
    trigger word stands in the text. The tone is not judged: `warnings` says so.
    """
    text, kind = str(arguments["text"]), str(arguments.get("kind", "body"))
    brand = workspace.section("brand")
    characters = len(unicodedata.normalize("NFC", text))
    violations = [*_length(brand, kind, characters), *_banned(brand, text), *_disclaimers(brand, text)]
    if not text.strip():
        violations.append({"rule": "empty", "text": "", "why": "the text is empty"})
    return {"passes": not violations, "violations": violations, "characters": characters, "warnings": _warnings(brand, kind)}


def folded(text: str) -> str:
    """The text as a reader sees it: compatibility forms, case, invisible characters, quotes and white space do not count."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(plain.replace("’", "'").replace("‘", "'").replace("‐", "-").replace("–", "-").split())


def contains(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words."""
    wanted = folded(phrase)
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded(text)) is not None


def _length(brand: Mapping[str, Any], kind: str, characters: int) -> Iterator[dict[str, str]]:
    limit = brand.get(f"max_{kind}_chars")
    if isinstance(limit, int | float) and characters > limit:
        yield {"rule": f"max_{kind}_chars", "text": f"{characters} characters", "why": f"a {kind} has at most {limit:g} characters"}


def _banned(brand: Mapping[str, Any], text: str) -> Iterator[dict[str, str]]:
    phrases = brand.get("banned_phrases")
    for phrase in phrases if isinstance(phrases, list) else []:
        if isinstance(phrase, str) and contains(text, phrase):
            yield {"rule": "banned_phrases", "text": phrase, "why": "the brand does not use this phrase"}


def _disclaimers(brand: Mapping[str, Any], text: str) -> Iterator[dict[str, str]]:
    required = brand.get("required_disclaimers")
    for trigger, disclaimer in required.items() if isinstance(required, Mapping) else ():
        if isinstance(disclaimer, str) and contains(text, str(trigger)) and folded(disclaimer) not in folded(text):
            yield {"rule": "required_disclaimers", "text": str(trigger), "why": f"{trigger!r} has to stand beside the text {disclaimer!r}"}


def _warnings(brand: Mapping[str, Any], kind: str) -> list[str]:
    if not brand:
        return ["the account has no brand rules: nothing could be checked but that the text is not empty"]
    missing = [key for key in ("banned_phrases", f"max_{kind}_chars", "required_disclaimers") if key not in brand]
    warnings = [f"the brand has no rule {key}" for key in missing]
    if brand.get("tone"):
        warnings.append("the tone is not judged by this check")
    return warnings
