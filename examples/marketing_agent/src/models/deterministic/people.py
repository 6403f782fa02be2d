"""Questions for how a person can be reached: known by their form, because no list holds everybody's name."""

from __future__ import annotations

import re

_THING = r"(?:e-?mail|phone|telephone|mobile|cell|whatsapp|(?:home |postal |street |e-?mail )?address|contact|birthday)"
_OWNED = re.compile(
    rf"\b(?!(?:what|that|it|let|who|here|there|how|where|today|yesterday)'s)[a-z]+'s?\s+(?:private |work )?(?:{_THING}|number)\b",
    re.IGNORECASE,
)
_OF = re.compile(
    rf"\b{_THING}(?:s|es)?(?: number| address| details?| data)?s?\s+(?:of|belonging to|(?<!mail )for)\s+(?P<who>[a-z]+)", re.IGNORECASE
)
_REACH = re.compile(
    r"\b(?:how|where|when|can|could|may|want to|need to|like to|help me|let me|way to)\b[^.?!]{0,24}\b(?:reach|contact|call|phone|ring|write to|get hold of|"
    r"get in touch with)\s+(?P<who>[a-z]+)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    rf"\b(?:which|what)\s+(?:{_THING}|number)\b[^.?!]{{0,30}}\b(?:write|send|reach|call|contact|use|belong)|\b(?:reach|call|contact|get)\b[^.?!]{{1,40}}"
    r"\b(?:on the phone|by (?:phone|mail|e-?mail))\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(?:the|our|my|your|this|that|these|a|an|all|any|each|every|us|me|in|on|last|past|new|returning|search|social|video|display|email|campaigns?|channels?|audiences?|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|more|most|people|it|customers|users|out|for)$",
    re.IGNORECASE,
)


def asks_for_contact(text: str) -> bool:
    """Whether the text asks how to reach a person: `Ann's e-mail`, `the phone number of Ann`, `how can I reach Ann`."""
    if _OWNED.search(text) or _ADDRESS.search(text):
        return True
    return any(not _NOBODY.match(found["who"]) for pattern in (_OF, _REACH) for found in pattern.finditer(text))
