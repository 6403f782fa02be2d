"""XML as a stream of events, by expat: no entity is ever declared or fetched, and nesting is bounded.

Entities are what makes XML dangerous (a kilobyte that unfolds to gigabytes, a file of the machine in a report); no report needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

# Not defusedxml: it wraps this parser, and refusing entity declarations is all that it would do here.
from xml.parsers import expat  # nosec B407

from goldfinch.adapters.evidence.reading import content_of, damaged
from goldfinch.core.errors import EvidenceUnreadable

MAX_DEPTH = 64

OnStart = Callable[[str, Mapping[str, str]], None]
OnEnd = Callable[[str], None]
OnText = Callable[[str], None]


class _Refused(Exception):
    """Ends the parsing."""


def read_xml(path: Path, *, kind: str, start: OnStart, end: OnEnd, text: OnText | None = None) -> None:
    """Call `start` and `end` of every element, `text` of character data (in pieces). Raises `EvidenceUnreadable`."""
    content = content_of(path, kind=kind)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused(f"elements are nested more than {MAX_DEPTH} deep")
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.EntityDeclHandler = _refuse_entity
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise damaged(path, kind, expat.errors.messages.get(error.code, "not well-formed"), line=error.lineno) from error
    except _Refused as error:
        raise damaged(path, kind, str(error), line=parser.CurrentLineNumber) from error
    except EvidenceUnreadable:
        raise
    except (ValueError, LookupError) as error:  # an encoding that is none
        raise damaged(path, kind, str(error)) from error


def _refuse_entity(name: str, *_: object) -> None:
    raise _Refused(f"it declares the entity {name!r}, and entities are refused")
