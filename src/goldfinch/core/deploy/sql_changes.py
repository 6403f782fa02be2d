"""What SQL takes away from a release that was written before it. Source: P7; what counts is in docs/guides/deploying.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from goldfinch.core.deploy.sql_tokens import Statement, plain, split_at_commas, statements

UNREADABLE = "runs SQL that is made while it runs, which cannot be checked"
AMBIGUOUS = "has a text or comment that databases read differently, which cannot be checked"
_AMBIGUOUS = re.compile(r"(?<![eE])'[^']*\\'|/\*!")
"""A backslash before a quotation mark, and a comment that MySQL runs."""
_HARMLESS_DROPS = frozenset({"index", "statistics"})
_PARTS_THAT_RELAX = frozenset({"constraint", "index", "key", "check", "foreign", "default", "identity", "expression"})
_TIGHTENS = frozenset({"constraint", "unique", "check", "foreign", "primary", "exclude"})
_FILLED = frozenset({"default", "generated", "identity", "serial", "bigserial", "smallserial", "auto_increment", "autoincrement"})
_BEGINS = frozenset({"alter", "drop", "truncate", "delete", "rename", "execute", "create", "revoke", "exec"})
_BEFORE_A_NAME = frozenset({"if", "not", "exists", "only", "concurrently", "or", "replace", "temp", "temporary", "unlogged", "unique"})


@dataclass(slots=True)
class Known:
    """What the migrations before have made anew: no older release uses it."""

    tables: set[str] = field(default_factory=set)
    replaced: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of whatever is created somewhere in the same text: dropping it before is replacing it."""


def changes(sql: str, known: Known, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """Line and words of everything that an older release may miss."""
    if ambiguous := _AMBIGUOUS.search(sql):
        yield first_line + sql.count("\n", 0, ambiguous.start()), AMBIGUOUS
    found = list(statements(sql, first_line))
    known.replaced |= {_created(statement.words) for statement in found if statement.words[:1] == ("create",)}
    for statement in found:
        yield from ((statement.line, what) for what in _of_statement(statement.words, known))
        if statement.words[:1] == ("do",):
            yield from _of_bodies(statement, known)


def _of_bodies(statement: Statement, known: Known) -> Iterator[tuple[int, str]]:
    """A block that runs at once; a function's body runs when somebody calls it."""
    for body, line in statement.bodies:
        for inner in statements(body, line):
            start = next((at for at, word in enumerate(inner.words) if word in _BEGINS), None)
            if start is not None:
                yield from ((inner.line, what) for what in _of_statement(inner.words[start:], known))


def _of_statement(words: tuple[str, ...], known: Known) -> Iterator[str]:
    match words:
        case ("create", *_):
            yield from _create(words, known)
        case ("drop", *_):
            yield from _drop(words, known)
        case ("alter", "table" | "foreign", *_):
            yield from _alter_table(words, known)
        case ("alter", kind, *_) if kind not in ("index", "default", "system", "role", "user") and {"rename", "drop"} & set(words):
            yield f"changes or renames a {kind}"
        case ("rename", *_):
            yield "renames a table"
        case ("truncate", *_):
            yield "removes rows"
        case ("execute" | "exec", *_):
            yield UNREADABLE
        case ("revoke", *_):
            yield "takes a right away"
        case _ if any(pair == ("delete", "from") for pair in pairwise(words)):
            yield "removes rows"


def _create(words: tuple[str, ...], known: Known) -> Iterator[str]:
    kind, name = _created(words)
    if kind == "table":
        known.tables.add(name)
    if kind == "index" and words[1] == "unique" and _after(words, "on") not in known.tables:
        yield f"makes values of {_after(words, 'on')} unique, which an older release may not keep to"


def _drop(words: tuple[str, ...], known: Known) -> Iterator[str]:
    kind, name = _named(words[1:])
    if kind in _HARMLESS_DROPS or (kind == "table" and name in known.tables) or (kind != "table" and (kind, name) in known.replaced):
        return
    yield f"drops {kind} {name}".rstrip()


def _alter_table(words: tuple[str, ...], known: Known) -> Iterator[str]:
    rest = words[words.index("table") + 1 :] if "table" in words else ()
    at = next((at for at, word in enumerate(rest) if word not in _BEFORE_A_NAME), 0)
    while rest[at + 1 : at + 2] == (".",):
        at += 2
    if not rest[at:] or plain(rest[at]) in known.tables:
        return
    for action in split_at_commas(rest[at + 1 :]):
        yield from _action(action, plain(rest[at]))


def _action(action: tuple[str, ...], table: str) -> Iterator[str]:
    """One part of `alter table`."""
    match action:
        case ("drop", part, *rest) if part not in _PARTS_THAT_RELAX:
            names = [word for word in (part, *rest) if word not in ("column", "if", "exists", "cascade", "restrict")]
            yield f"drops {table}.{plain(names[0])}" if names else f"drops a column of {table}"
        case ("rename", *_) | ("set", "schema", *_):
            yield f"renames {table}, or a part of it"
        case ("modify" | "change", *_):
            yield f"changes a column of {table}"
        case ("detach", *_):
            yield f"takes a partition from {table}"
        case ("add", *added):
            yield from _add(tuple(added), table)
        case ("alter", *altered):
            yield from _alter_column(tuple(word for word in altered if word != "column"), table)


def _add(added: tuple[str, ...], table: str) -> Iterator[str]:
    if added and added[0] in _TIGHTENS:
        yield f"adds a rule to {table}, which an older release may not keep to"
        return
    must_be_given = any(pair == ("not", "null") for pair in pairwise(added)) and _FILLED.isdisjoint(added)
    if must_be_given:
        name = next((plain(word) for word in added if word not in ("column", "if", "not", "exists", "(")), "a column")
        yield f"adds {table}.{name} NOT NULL without a default"


def _alter_column(altered: tuple[str, ...], table: str) -> Iterator[str]:
    name, rest = (plain(altered[0]), altered[1:]) if altered else ("", ())
    match rest:
        case ("set", "not", "null", *_):
            yield f"sets {table}.{name} NOT NULL"
        case ("type", *_) | ("set", "data", "type", *_):
            yield f"changes the type of {table}.{name}"
        case (first, *_) if first not in ("set", "drop", "add", "reset", "restart"):
            yield f"changes {table}.{name}"


def _created(words: tuple[str, ...]) -> tuple[str, str]:
    return _named(words[1:])


def _named(words: tuple[str, ...]) -> tuple[str, str]:
    """Kind and name, without its schema."""
    rest = [word for word in words if word not in _BEFORE_A_NAME]
    if rest[:2] == ["materialized", "view"]:
        rest = rest[1:]
    name = rest[1] if len(rest) > 1 else ""
    for at in range(2, len(rest) - 1, 2):
        if rest[at] != ".":
            break
        name = rest[at + 1]
    return (rest[0] if rest else ""), plain(name)


def _after(words: tuple[str, ...], word: str) -> str:
    """The name behind `word`, without its schema."""
    return _named(words[words.index(word) :])[1] if word in words else ""
