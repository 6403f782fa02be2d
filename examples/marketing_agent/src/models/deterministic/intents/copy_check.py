"""Is a text allowed: brand rules and limits of length."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen, listed, name_of
from src.models.deterministic.understanding import Understanding

NAME = "copy_check"
_MOST = 4
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
    draft.may_echo = False
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
    what = f"{'body copy' if kind == 'body' else kind}{which}"
    if not one.worked:
        draft.say(f"I cannot say whether the {what} passes, because the check failed")
        return
    violations = one.rows("violations")
    length = draft.number(one, "characters", "characters", "characters")
    if one.at("passes"):
        draft.say(f"Yes, the {what} passes the brand rules and is ok to publish: it has no violation, with {length} characters")
        return
    draft.say(f"No, the {what} does not pass the brand rules")
    for violation in violations:
        text = name_of(violation.get("text") or "")
        rule = str(violation.get("rule") or "rule").replace("_", " ")
        draft.say(f"It breaks the rule {rule}{f' with {text!r}' if text else ''}: {name_of(violation.get('why') or 'not allowed')}")
    draft.say(f"Recommendation: change {listed(_changes(violations)) or 'the text'} and check again")


def _changes(violations: list[dict[str, object]] | list[object] | list) -> list[str]:  # type: ignore[type-arg]
    texts = [name_of(one.get("text") or "") for one in violations if isinstance(one, dict)]
    return list(dict.fromkeys(f"{text!r}" for text in texts if 0 < len(text) <= 40))
