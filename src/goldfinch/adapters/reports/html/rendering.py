"""The template engine: every value is made harmless for HTML before it is written (REQUIREMENTS T1, T4)."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from goldfinch.adapters.reports.html import assets
from goldfinch.core.escaping import for_terminal


@cache
def page_template() -> Template:
    """The template of the page. A name that it uses and nobody gives is an error."""
    return environment().from_string(assets.template())


def environment() -> Environment:
    """The engine that every page is made with."""
    return Environment(autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True)


def ours(text: str) -> Markup:
    """Mark text that is HTML, or stands in a script element, and holds no data that was not made harmless for that place."""
    # The one place where something is trusted; its callers say why.
    return Markup(text)  # noqa: S704  # nosec B704


def _harmless(value: Any) -> Any:
    """Control characters out, invisible ones shown: `for_html` without the escaping, which the engine does right after."""
    return for_terminal(value) if isinstance(value, str) and not isinstance(value, Markup) else value
