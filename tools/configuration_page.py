"""Write the tables of keys in docs/guides/configuration.md anew: `python tools/configuration_page.py docs/guides/configuration.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from goldfinch.bootstrap.settings_reference import settings_tables

BEGIN, END = "<!-- keys: made by tools/configuration_page.py -->\n", "<!-- end of keys -->\n"


def with_tables(page: str) -> str:
    """The page with its tables as the settings are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{settings_tables()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
