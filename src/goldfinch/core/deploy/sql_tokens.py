"""SQL cut into words, without what is inside texts and comments: enough to see what a statement takes away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<skip>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<body>\$(?P<tag>\w*)\$(?P<inside>.*?)(?:\$(?P=tag)\$|\Z))
    |(?P<text>[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z))
    |(?P<quoted>"(?:[^"]|"")*(?:"|\Z)|`[^`]*(?:`|\Z)|\[[A-Za-z_][^\]\n]*\])
    |(?P<word>[^\W\d][\w$]*|\d[\w.]*)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """`words`: lower case, names in quotation marks behind `"`, texts as `''`. `bodies` are the texts between dollars."""

    words: tuple[str, ...]
    line: int
    bodies: tuple[tuple[str, int], ...] = ()


def statements(sql: str, first_line: int = 1) -> Iterator[Statement]:
    """One after the other. Whatever is not closed ends with the text: what cannot be SQL is cut all the same."""
    words: list[str] = []
    bodies: list[tuple[str, int]] = []
    line = begun = first_line
    for found in _TOKEN.finditer(sql):
        kind, text = found.lastgroup, found[0]
        if found["skip"] is None:
            begun = begun if words else line
            if text == ";":
                yield Statement(tuple(words), begun, tuple(bodies))
                words, bodies = [], []
            elif found["body"] is not None:
                bodies.append((found["inside"], line))
                words.append("''")
            else:
                words.append(_word(kind, text))
        line += text.count("\n")
    if words:
        yield Statement(tuple(words), begun, tuple(bodies))


def _word(kind: str | None, text: str) -> str:
    if kind == "text":
        return "''"
    if kind == "quoted":
        return f'"{text[1:-1].lower()}'
    return text.lower()


def plain(name: str) -> str:
    """A name without its mark."""
    return name.removeprefix('"')


def split_at_commas(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Parts between commas outside parentheses."""
    depth = 0
    part: list[str] = []
    for word in words:
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            yield tuple(part)
            part = []
        else:
            part.append(word)
    yield tuple(part)
