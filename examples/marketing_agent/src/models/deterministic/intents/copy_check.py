"""Is a text allowed: brand rules and limits of length."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen, listed, name_of
from src.models.deterministic.quarantine import gives_orders
from src.models.deterministic.understanding import Understanding

NAME = "copy_check"
_MOST = 4
_SHORT = 40
_BODY = ("body", "description", "long text", "paragraph", "primary text", "post", "mail text", "ad text")


def matches(asked: Understanding) -> float:
    if asked.quoted and asked.any("copy", "verify"):
        return 0.93
    return 0.59 if asked.has("copy", "verify") and not asked.any("best", "worst", "high", "low", "compare") and not asked.metrics else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    return tuple(
        Call(
            f"Check the text as a {kind_of(asked, text)} against the brand's rules.",
            "check_copy",
            {"text": text, "kind": kind_of(asked, text)},
        )
        for text in asked.quoted[:_MOST]
    )


def kind_of(asked: Understanding, text: str) -> str:
    """What the message calls it; where it calls it nothing, what its length says."""
    around = asked.text.replace(text, " ").lower()
    if any(word in around for word in _BODY) and "headline" not in around:
        return "body"
    if any(word in around for word in ("headline", "title", "slogan", "tagline", "subject line")):
        return "headline"
    return "body" if len(text) > 60 else "headline"


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    if len(seen) < 2:
        draft.say(
            "Which text shall I check against the brand rules? Please send the headline or body copy between quotation marks, would you?"
        )
        return
    for number, one in enumerate(seen[1:], start=1):
        _write_one(asked, one, f" {number}" if len(seen) > 2 else "", draft)
    called = asked.text.lower()
    if not any(word in called for word in (*_BODY, "headline", "title", "slogan", "tagline", "subject")):
        draft.warn(f"assuming that the text is a {kind_of(asked, asked.quoted[0])}")
    draft.heed(*seen[1:])


def _write_one(asked: Understanding, one: Seen, which: str, draft: Draft) -> None:
    kind = str(one.call.arguments["kind"])
    what = f"{'body copy' if kind == 'body' else kind}{which}{_shown(str(one.call.arguments['text']))}"
    if not one.worked:
        draft.say(f"I cannot say whether the {what} passes, because the check failed")
        return
    length = draft.number(one, "characters", "characters", "characters")
    if one.at("passes"):
        draft.say(f"Yes, the {what} passes the brand rules and is allowed: no violation, {length} characters")
        return
    draft.say(f"No, the {what} does not pass the brand rules")
    texts = _violations(one)
    draft.say(f"It breaks {listed(f'{rule}{_named(found)} ({why})' for (rule, why), found in texts.items())}")
    changes = list(dict.fromkeys(text for found in texts.values() for text in found if len(text) <= _SHORT))
    draft.say(f"Recommendation: change {'these words' if changes else 'the text'} and check again")


def _shown(text: str) -> str:
    """The text in quotation marks, where it is short and orders nothing."""
    return f' "{text}"' if len(text) <= 2 * _SHORT and not gives_orders(text) and "@" not in text else ""


def _violations(one: Seen) -> dict[tuple[str, str], list[str]]:
    """The words that break a rule, by rule and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for violation in one.rows("violations"):
        rule = str(violation.get("rule") or "rule").replace("_", " ")
        found.setdefault((rule, name_of(violation.get("why") or "not allowed")), []).append(name_of(violation.get("text") or ""))
    return found


def _named(texts: list[str]) -> str:
    return f" with {told}" if (told := listed(repr(text) for text in texts if 0 < len(text) <= 2 * _SHORT)) else ""
