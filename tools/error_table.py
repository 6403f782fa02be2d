"""Print docs/errors.md: `python tools/error_table.py > docs/errors.md`."""

from __future__ import annotations

from goldfinch.core.error_pages import in_areas

HEAD = """# Error codes

Every error has a stable code. The message says what is wrong and where; this table, and `goldfinch explain CODE`, say what the code means
and what to do.

```console
$ goldfinch explain E1214
E1214: Two cases have the same id.
What to do: Rename one; results are kept by id.
```

`goldfinch explain` without a code lists all of them; `--output json` prints them for a program.

A change of the table: edit `src/goldfinch/core/error_pages.py`, then run `make reference`.
"""


def main() -> None:
    """Print the page."""
    print(HEAD)
    for area, pages in in_areas().items():
        if pages:
            print(f"## {area}\n\n| Code | Meaning | What to do |\n| --- | --- | --- |")
            print("\n".join(f"| {page.code} | {cell(page.meaning)} | {cell(page.remedy)} |" for page in pages) + "\n")


def cell(text: str) -> str:
    """Text that is safe in a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
