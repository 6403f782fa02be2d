"""Links of a comment: to pages on the forge itself and nowhere else, whatever a setting or a file says."""

from __future__ import annotations

import re

from goldfinch.core.escaping import for_markdown_text
from goldfinch.core.results.report import excerpt
from goldfinch.core.review import Links

_ADDRESS = re.compile(r"(?P<server>https://[a-z0-9.-]+(?::\d{1,5})?)(?:[/?#][A-Za-z0-9/._~!$&'*+,;=:%?#-]*)?", re.IGNORECASE)


def linked(links: Links) -> str:
    """`[Report](…) · [Trace](…) · [Why blocked?](…)`; an address on another host is shown as text that nothing turns into a link."""
    named = (("Report", links.report), ("Trace", links.trace), ("Why blocked?", links.why))
    return " · ".join(_one(name, address, links.server) for name, address in named if address)


def is_on(server: str, address: str) -> bool:
    """Whether an address leads to this server, and can stand in Markdown as it is."""
    found, wanted = _ADDRESS.fullmatch(address), _ADDRESS.fullmatch(server)
    return found is not None and wanted is not None and found["server"].lower() == wanted["server"].lower()


def _one(name: str, address: str, server: str) -> str:
    return f"[{name}]({address})" if is_on(server, address) else f"{name}: {for_markdown_text(excerpt(address, 300))}"
