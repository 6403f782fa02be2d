"""The page of an evidence pack: one file, no script, nothing from anywhere; every text of others is escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from goldfinch.core.escaping import for_html
from goldfinch.core.recovery.runbook import key

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #767676; --canary: #c2410c; --stable: #0f766e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin-bottom: .25rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
.quiet { color: var(--quiet); }
.reason { font-size: 1.1rem; border-left: 4px solid var(--canary); padding-left: .75rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td { vertical-align: top; overflow-wrap: anywhere; }
pre { overflow-x: auto; background: #8881; padding: .5rem; }
svg { display: block; width: 100%; height: 5rem; }
.c { stroke: var(--canary); fill: none; stroke-width: 2; } .s { stroke: var(--stable); fill: none; stroke-width: 2; }
.ck { color: var(--canary); } .sk { color: var(--stable); }
"""
_POLICY: Final = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
_WIDTH, _HEIGHT = 600.0, 80.0


def page(pack: Mapping[str, Any]) -> str:
    """HTML of `pack_json`'s value, which was redacted before."""
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    title = for_html(f"Rollback of {pack['rollout']}")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest=digest)}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head><body>\n'
        f"{''.join(_parts(pack))}</body></html>\n"
    )


def _parts(pack: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h1>{for_html(str(pack['canary']))} was rolled back</h1>\n"
    where = f"{pack['service']} in {pack['environment']}, rollout {pack['rollout']}; {pack['stable'] or 'nothing'} serves"
    yield f'<p class="quiet">{for_html(where)}, since {for_html(str(pack["ended_at"] or "an unknown time"))}</p>\n'
    yield f'<p class="reason">{for_html(str(pack["trigger"] or "unknown"))}: {for_html(str(pack["reason"]))}</p>\n'
    yield f"<p>What to do: <code>goldfinch runbook {for_html(key(str(pack['trigger'] or 'operator')))}</code></p>\n"
    yield from _series(pack["series"])
    yield from _differences(pack["differences"])
    yield from _requests(pack["failed_requests"])
    yield from _timeline(pack["timeline"])
    yield f"<h2>Candidate cases</h2>\n<p>{int(pack['candidates'])} in <code>candidates.jsonl</code>, redacted. None of them is golden "
    yield "until a person has said what would have been right.</p>\n"
    if pack["notes"]:
        yield "<h2>What is missing here</h2>\n<ul>" + "".join(f"<li>{for_html(str(note))}</li>" for note in pack["notes"]) + "</ul>\n"


def _series(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    yield '<h2>Measurements</h2>\n<p class="quiet"><span class="ck">canary</span>, <span class="sk">stable</span>, at every check</p>\n'
    if not found:
        yield "<p>No check was made.</p>\n"
    for metric, points in found.items():
        last = points[-1]
        yield f"<h3>{for_html(metric)}</h3>\n{_drawing(points)}<p>{for_html(str(last['reason']))}</p>\n"
        yield _table(("", "canary", "units", "stable", "units", "state"), (_point_row(last),))


def _point_row(point: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(point["at"]),
        _figure(point["canary"]),
        str(point["canary_units"]),
        _figure(point["stable"]),
        str(point["stable_units"]),
        str(point["state"]),
    )


def _figure(value: Any) -> str:
    return "no value" if value is None else f"{value:.4g}"


def _drawing(points: Sequence[Mapping[str, Any]]) -> str:
    """Two lines over the checks, on one scale from 0; a value that is missing breaks its line."""
    values = [point[arm] for point in points for arm in ("canary", "stable") if point[arm] is not None]
    highest = max(values, default=0.0) or 1.0
    lines = "".join(f'<path class="{arm[0]}" d="{_path([point[arm] for point in points], highest)}"/>' for arm in ("stable", "canary"))
    shape = f'viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" preserveAspectRatio="none"'
    return f'<svg {shape} role="img" aria-label="canary and stable over time">{lines}</svg>\n'


def _path(values: Sequence[float | None], highest: float) -> str:
    across = _WIDTH / max(1, len(values) - 1)
    words, pen = [], "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        words.append(f"{pen}{i * across:.1f} {_HEIGHT - 4 - (_HEIGHT - 8) * value / highest:.1f}")
        pen = "L"
    return " ".join(words)


def _differences(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>What the canary changes</h2>\n"
    if not found:
        yield "<p>Nothing that is known.</p>\n"
    for one in found:
        yield f"<p>{for_html(str(one['words']))}</p>\n"
        if one["lines"]:
            lines = "\n".join(str(line) for line in one["lines"])
            yield f"<pre>{for_html(lines)}</pre>\n"


def _requests(found: Mapping[str, Any]) -> Iterator[str]:
    shown = found["shown"]
    yield f"<h2>Failed requests of the canary</h2>\n<p>{int(found['total'])} in all, {len(shown)} here.</p>\n"
    if shown:
        names = ("at", "session", "status", "duration_ms", "flags", "path", "request_id")
        yield _table(names, (tuple(str(one[name]) for name in names) for one in shown))


def _timeline(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>Timeline</h2>\n"
    yield _table(("at", "to", "by", "why"), ((str(one["at"]), str(one["to"]), str(one["by"]), str(one["reason"])) for one in steps))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    first = "".join(f"<th>{for_html(name)}</th>" for name in head)
    rest = "".join(f"<tr>{''.join(f'<td>{for_html(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{first}</tr></thead><tbody>\n{rest}</tbody></table></div>\n'
