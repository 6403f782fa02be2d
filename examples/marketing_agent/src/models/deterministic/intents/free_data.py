"""Data that are no account, such as a list of numbers: counted, summed, with mean, least and most."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen, as_number, name_of
from src.models.deterministic.understanding import Understanding

NAME = "free_data"
_MOST = 4


def matches(asked: Understanding) -> float:
    return 0.85 if asked.overview.tables and not asked.overview.has_account else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    return tuple(
        Call(f"Count, sum and average the numbers of {name_of(column)}.", "query_data", {"sql": _sql(table, column)})
        for table, column in _columns(asked)
    )


def _columns(asked: Understanding) -> list[tuple[str, str]]:
    """The columns that the question names, else the first ones."""
    every = [(table, column) for table, columns in asked.overview.tables.items() for column in columns]
    words = {token.text for token in asked.words}
    return ([one for one in every if one[1].lower() in words] or every)[:_MOST]


def _sql(table: str, column: str) -> str:
    name, of = _identifier(column), _identifier(table)
    figures = ", ".join(f"{function}({name}) AS {alias}" for function, alias in _FIGURES)
    # Names are quoted, and the tool opens the data for reading only.
    return f"SELECT {figures} FROM {of} WHERE typeof({name}) IN ('integer', 'real')"  # nosec B608


_FIGURES = (("COUNT", "count"), ("SUM", "total"), ("AVG", "mean"), ("MIN", "least"), ("MAX", "most"))
_SPOKEN = (("count", "count"), ("total", "sum"), ("mean", "mean"), ("least", "min"), ("most", "max"))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    told = False
    for (table, column), one in zip(_columns(asked), seen[1:], strict=False):
        rows = one.table()
        keys = rows[0][1] if rows else []
        if len(keys) < len(_SPOKEN) or not as_number(rows[0][2][keys[0]]):
            continue
        figures = [f"{spoken} {_figure(one, keys[i], spoken, draft)}" for i, (_, spoken) in enumerate(_SPOKEN)]
        draft.say(
            f"{'The summary of the analyzed' if not told else 'Further, of the'} data in {name_of(table)} ({name_of(column)}): {', '.join(figures)}"
        )
        told = True
    if not told:
        draft.say("I cannot analyze this data: the table holds no numbers")
    draft.heed(*seen[1:])


def _figure(one: Seen, key: str | int, label: str, draft: Draft) -> str:
    return draft.number(one, label, "", "rows", 0, key)
