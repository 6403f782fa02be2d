"""Write the table of span attributes in docs/guides/tracing.md anew: `python tools/attribute_table.py docs/guides/tracing.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from goldfinch.core.telemetry.conventions import ATTRIBUTES

BEGIN, END = "<!-- attributes: made by tools/attribute_table.py -->\n", "<!-- end of attributes -->\n"


def table() -> str:
    """One row an attribute, as the mapping makes them."""
    rows = [
        f"| `{name}` | {', '.join(attribute.places)} | {attribute.meaning}{' **(content)**' if attribute.content else ''} |"
        for name, attribute in ATTRIBUTES.items()
    ]
    return "\n".join(["| Attribute | On | Meaning |", "| --- | --- | --- |", *rows])


def with_table(page: str) -> str:
    """The page with its table as the code is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")
