"""One page for one alert, printed without any network: symptom, check, command, verify, escalate (P14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from goldfinch.core.recovery.failures import UnknownRunbook


@dataclass(frozen=True, slots=True)
class Do:
    """One thing to do. `command`: exactly what to type, "" where it is no command of ours."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """`alert` is the trigger, or the reason of the hold, in lower case with dashes; `also` are other names that lead here."""

    alert: str
    title: str
    symptom: str
    by_itself: str
    """What Goldfinch does without anybody."""
    check: tuple[Do, ...]
    act: tuple[Do, ...]
    verify: tuple[Do, ...]
    escalate: str
    also: tuple[str, ...] = field(default=())

    def commands(self) -> Iterator[str]:
        """Every command of the page."""
        for do in (*self.check, *self.act, *self.verify):
            if do.command:
                yield do.command


def key(name: str) -> str:
    """`MetricsUnavailable`, `metrics_unavailable` and `metrics-unavailable` are one name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name.strip()).replace("_", "-").replace(" ", "-").lower()


def find(name: str, pages: Iterable[Runbook]) -> Runbook:
    """By alert, trigger or reason. Raises `UnknownRunbook`, naming near ones."""
    named = {key(other): page for page in pages for other in (page.alert, *page.also)}
    joined = {other.replace("-", ""): page for other, page in named.items()}
    if found := joined.get(key(name).replace("-", "")):
        return found
    near = get_close_matches(key(name), named, 2)
    hint = f"did you mean {' or '.join(near)}?" if near else "goldfinch runbook lists them"
    raise UnknownRunbook(f"no runbook {name[:60]!r}", hint=hint)


def as_markdown(page: Runbook) -> str:
    """The page of docs/runbooks/, and what the command prints: it reads the same in a terminal."""
    names = f"\nAlso: {', '.join(f'`{other}`' for other in page.also)}.\n" if page.also else ""
    parts = (
        f"# {page.title}\n\nAlert `{page.alert}`.\n{names}",
        f"## Symptom\n\n{page.symptom}\n\nGoldfinch by itself: {page.by_itself}\n",
        f"## Check\n\n{_listed(page.check)}\n",
        f"## Command\n\n{_listed(page.act)}\n",
        f"## Verify\n\n{_listed(page.verify)}\n",
        f"## Escalate\n\n{page.escalate}\n",
    )
    return "\n".join(parts)


def _listed(steps: Iterable[Do]) -> str:
    return "\n".join(f"{number}. {_step(do)}" for number, do in enumerate(steps, start=1))


def _step(do: Do) -> str:
    return do.words if not do.command else f"{do.words}\n\n       {do.command}\n"


def as_json(page: Runbook) -> dict[str, Any]:
    """Plain values of everything on the page."""
    return {
        "alert": page.alert,
        "title": page.title,
        "also": list(page.also),
        "symptom": page.symptom,
        "by_itself": page.by_itself,
        "check": [_do_json(do) for do in page.check],
        "command": [_do_json(do) for do in page.act],
        "verify": [_do_json(do) for do in page.verify],
        "escalate": page.escalate,
    }


def _do_json(do: Do) -> dict[str, str]:
    return {"words": do.words, "command": do.command}
