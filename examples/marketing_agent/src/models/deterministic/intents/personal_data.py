"""Questions about leads: counting is allowed, telling who they are is not."""

from __future__ import annotations

from src.models.deterministic.asking import caveat_of_period, spoken_period, spoken_scope
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.understanding import Understanding

NAME = "personal_data"
_MOST = 8


def matches(asked: Understanding) -> float:
    if is_personal(asked):
        return 0.96
    if not asked.has("leads") or _about_cost(asked):
        return 0.0
    return 0.86 if asked.any("count", "which", "best", "high", "summary") else 0.58


def is_personal(asked: Understanding) -> bool:
    """Whether it wants to know people, not numbers."""
    if asked.contact and set(asked.metrics) <= {"impressions"}:
        return True
    if asked.has("personal"):
        return not (asked.has("count") and not asked.any("personal_thing")) or "phone" in asked.text.lower()
    counted = asked.has("count") and not _names_things(asked)
    return asked.has("personal_thing", "person") and _names_things(asked) and not counted


def _names_things(asked: Understanding) -> bool:
    things = {"email", "phon", "telephon", "contact", "addres", "address", "detail", "identity", "birthday", "whatsapp"}
    people = {"lead", "customer", "people", "person", "subscriber", "signup", "buyer", "client", "individual"}
    lemmas = [token.lemma for token in asked.words]
    near = [i for i, lemma in enumerate(lemmas) if lemma in things or _is_a_name(asked, i)]
    return any(lemma in people and abs(i - at) <= 6 for i, lemma in enumerate(lemmas) for at in near)


def _is_a_name(asked: Understanding, at: int) -> bool:
    """`names of`, `their name`; not the request "name the campaign"."""
    after = asked.words[at + 1].text if at + 1 < len(asked.words) else ""
    return asked.words[at].text == "names" or (
        asked.words[at].text == "name" and after not in ("the", "a", "our", "me", "which", "all", "one")
    )


def _about_cost(asked: Understanding) -> bool:
    return any(name in ("cpa", "cpc") for name in asked.metrics)


def plan(asked: Understanding) -> tuple[Call, ...]:
    if "leads" not in asked.overview.tables:
        return ()
    return (
        Call("Count the leads; their names and addresses are personal data and are not asked for.", "query_data", {"sql": _sql(asked)}),
    )


def _sql(asked: Understanding) -> str:
    wanted = [f"campaign IN ({', '.join(map(_quoted, campaigns))})"] if (campaigns := _campaigns(asked)) else []
    wanted += [f"date BETWEEN '{asked.period.start}' AND '{asked.period.end}'"] if asked.period else []
    # Names are quoted, and the tool opens the data for reading only.
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    if asked.dimension == "campaign" or len(asked.campaigns) > 1:
        return f"SELECT campaign, COUNT(*) AS leads FROM leads{where} GROUP BY campaign ORDER BY leads DESC"  # nosec B608
    return f"SELECT COUNT(*) AS leads FROM leads{where}"  # nosec B608


def _campaigns(asked: Understanding) -> tuple[str, ...]:
    if asked.campaigns:
        return asked.campaigns
    return asked.overview.campaigns_of(asked.channels, asked.audiences) if asked.channels or asked.audiences else ()


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    counted = seen[1] if len(seen) > 1 else None
    if is_personal(asked):
        draft.say("I cannot give names, e-mail addresses, phone numbers or other contact details of people: that is personal data")
        if told := _told(asked, counted, draft):
            draft.say(f"What I can give is how many there are: {told}")
    elif counted is None:
        draft.say("I cannot count the leads from this data: there is no table of leads")
    else:
        told = _told(asked, counted, draft)
        draft.say(f"The number of leads{spoken_scope(asked)}{spoken_period(asked, asked.period)} is {told or 'missing'}")
        caveat_of_period(asked, draft)
    if counted is not None:
        draft.heed(counted)


def _told(asked: Understanding, counted: Seen | None, draft: Draft) -> str:
    told = []
    for place, keys, row in counted.table()[:_MOST] if counted else []:
        if counted and keys and as_number(row[keys[-1]]) is not None:
            number = draft.number(counted, "leads", "leads", "rows", place, keys[-1])
            told.append(f"{number} leads" if len(keys) == 1 else f"{name_of(row[keys[0]])} {number}")
    return listed(told)
