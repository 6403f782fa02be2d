"""`goldfinch explain`: what an error code means and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.core.error_pages import ErrorPage

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(help="Such as E1214; without it, every code.", show_default=False)] = None,
    output: Output = "text",
) -> None:
    """Say what an error code means and what to do.

    Example: goldfinch explain E1214
    """
    from dataclasses import asdict

    from goldfinch.core.error_pages import PAGES

    pages = list(PAGES.values()) if code is None else [page_of(code)]
    if output == "json":
        print_json([asdict(page) for page in pages])
        return
    lines = [
        f"{page.code}  {page.meaning}" if code is None else f"{page.code}: {page.meaning}\nWhat to do: {page.remedy}" for page in pages
    ]
    typer.echo("\n".join(lines))


def page_of(code: str) -> ErrorPage:
    """The page of `code`, in any case; an unknown code is an error that names the nearest."""
    from difflib import get_close_matches

    from goldfinch.core.error_pages import PAGES
    from goldfinch.core.errors import UsageError

    known = code.strip().upper()
    if known in PAGES:
        return PAGES[known]
    of_its_area = [page for page in PAGES if page.startswith(known[:3])]
    nearest = get_close_matches(known, of_its_area or PAGES, n=3)
    hint = f"did you mean {', '.join(nearest)}?" if nearest else "`goldfinch explain` lists all codes"
    raise UsageError(f"no error has the code {code!r}", hint=hint)
