"""Model text is hostile. One function per sink makes it harmless there; nothing else may write untrusted text (REQUIREMENTS §4).

All are pure, total and take linear time: any string, lone surrogates included, gives text that can be encoded as UTF-8. What a
reader could not see (bidirectional overrides, zero-width characters) is shown as an escape such as `\\u202e`, so that text never
looks like another text.
"""

from __future__ import annotations

import html
import re

_BREAK = "\u200b"  # zero-width space: keeps the look of the text and breaks the token
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
_UNENCODABLE = "\ud800-\udfff\ufffe\uffff"

_HIDDEN = re.compile(f"[{_CONTROL}{_INVISIBLE}{_UNENCODABLE}]")
_IS_CONTROL = re.compile(f"[{_CONTROL}]")
_BACKTICKS = re.compile(r"`+")
_RICH_BRACKET = re.compile(r"(?<!\\)(\\*)\[(?P<tag>(?=[a-z#/@][^[]*?\]))?")  # with what rich.markup.RE_TAGS takes for a tag
_MARKDOWN = re.compile(
    r"""(?P<leading>\A[-+=]|\A\d+(?=[.)]))      # would begin a list or underline a heading
      | (?P<character>[\\`*_\[\]~^$|<>&])       # has a meaning anywhere
      | (?P<broken>[@#]                         # mention, issue reference
          | :(?=//) | \bwww(?=\.)               # bare addresses that GitHub turns into links
          | \bGH(?=-\d))                        # GitHub's other way to name an issue
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKDOWN_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_JSON_IN_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_FORMULA_START = re.compile(r"[\s']*[=+\-@＝＋－＠]|[\t\r\n]")
_COMMAND_IN_LINES = re.compile(r"^(?:\x1b\[[\d;]*m|[^\S\n])*:(?=:)|#(?=#\[)", re.MULTILINE)
_WORKFLOW_COMMAND = re.compile(r":(?=:)|#(?=#\[)")


def for_terminal(text: str) -> str:
    """Strip control characters other than newline and tab, so that no escape sequence survives; show invisible ones (T4)."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_strip_or_show, text)


def for_terminal_line(text: str) -> str:
    """`for_terminal` in one line, for table cells and log lines: newlines are shown as ⏎, tabs as blanks."""
    return for_terminal(text).replace("\n", "⏎").replace("\t", " ")


def for_rich(text: str) -> str:
    """`for_terminal` inside a markup string of rich: `[red]` prints as `[red]`. Markup, not the end of the string, must follow.

    Print with `emoji=False`: rich has no escape for `:smile:`. `rich.markup.escape` is not enough: it loses a backslash before a
    bracket that opens no tag, and an odd run of backslashes at the end swallows the tag that follows.
    """
    escaped = _RICH_BRACKET.sub(_escape_bracket, for_terminal(text))
    return escaped + "\\" * (len(escaped) - len(escaped.rstrip("\\")))


def for_markdown_text(text: str) -> str:
    """Inline text of GitHub's Markdown, in one line: no markup, no HTML, no link or image, no mention, no issue reference (T2, T3)."""
    lines = (line.strip(" ") for line in for_terminal(text).replace("\t", " ").split("\n"))
    return _MARKDOWN.sub(_escape_markdown, " ".join(filter(None, lines)))


def for_markdown_cell(text: str) -> str:
    """`for_markdown_text` inside a table: a pipe is an entity, because how `\\|` nests with backslashes differs between renderers."""
    return for_markdown_text(text).replace("\\|", "&vert;")


def for_markdown_fence(text: str, language: str = "") -> str:
    """A whole fenced code block, newline at its end; the fence is longer than any run of backticks inside. `language` is ours, not data."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = for_terminal(text)
    return f"{fence}{language}\n{body}{'' if body.endswith(chr(10)) else chr(10)}{fence}\n"


def for_html(text: str) -> str:
    """Text of HTML, or the value of a quoted attribute that is no address and no script (T1)."""
    return html.escape(for_terminal(text), quote=True)


def for_json_in_html(text: str) -> str:
    """JSON inside a script element of HTML, the same JSON (T1): no `<`, so that nothing in it ends the element or opens a comment.

    What the JSON says is escaped where it is shown; texts in it should have been through `for_terminal`.
    """
    return text.translate(_JSON_IN_HTML)


def for_xml(text: str) -> str:
    """Text or quoted attribute of XML 1.0: what XML forbids is shown as an escape such as `\\x1b`, as are invisible characters (T21)."""
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub(_show, text)
    return html.escape(text, quote=True)


def for_csv(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula (T21). Quoting is the CSV writer's business."""
    cell = for_terminal(text)
    return f"'{cell}" if _FORMULA_START.match(cell) else cell


def for_workflow_log(text: str) -> str:
    """The message of a workflow command or a log line of GitHub Actions: one line, in which no command can begin (T5).

    Source: actions/runner `ActionCommand.cs`: `::` opens a command at the start of a line, `##[` anywhere in it.
    """
    line = _WORKFLOW_COMMAND.sub(lambda mark: mark[0] + _BREAK, for_terminal(text.replace("\r\n", "\n").replace("\r", "\n")))
    return line.replace("%", "%25").replace("\n", "%0A")


def without_commands(lines: str) -> str:
    """Lines of ours, escaped already, that may land in a workflow log: where data was wrapped into a new line, no command begins (T5)."""
    return _COMMAND_IN_LINES.sub(lambda found: found[0] + _BREAK, lines)


def _strip_or_show(match: re.Match[str]) -> str:
    return "" if _IS_CONTROL.match(match[0]) else _show(match)


def _show(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape_bracket(match: re.Match[str]) -> str:
    """In front of a tag rich halves backslashes; in front of any other bracket it takes one away."""
    backslashes = match[1] if match["tag"] is None else match[1] * 2
    return f"{backslashes}\\["


def _escape_markdown(match: re.Match[str]) -> str:
    found = match[0]
    if match["leading"]:
        return f"\\{found}" if not found.isdigit() else f"{found}{_BREAK}"
    if match["broken"]:
        return found + _BREAK
    return _MARKDOWN_ENTITIES.get(found, f"\\{found}")
