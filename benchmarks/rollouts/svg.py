"""A line chart as SVG, in a few kilobytes, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 46, 44
_INK, _GRID = "#1f2328", "#d8dee4"


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to places; `scale` maps to what is drawn in a straight line."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    title: str
    scale: Callable[[float], float] = float

    def share(self, value: float) -> float:
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(min(max(value, self.low), self.high)) - low) / (high - low)


class Drawing:
    """A white sheet with a title, axes, and what is drawn on it."""

    def __init__(self, title: str, described: str, x: Axis, y: Axis | None, height: int = 320) -> None:
        self.x_axis, self.y_axis, self.height = x, y, height
        size = f'viewBox="0 0 {WIDTH} {height}"'
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">',
            f"<title>{escape(title)}</title><desc>{escape(described)}</desc>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        ]
        self.text(LEFT, 20, title, weight="600", size=14)
        self._axes()

    def x(self, value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * self.x_axis.share(value), 1)

    def y(self, value: float) -> float:
        assert self.y_axis is not None
        return round(self.height - BOTTOM - (self.height - TOP - BOTTOM) * self.y_axis.share(value), 1)

    def _axes(self) -> None:
        bottom = self.height - BOTTOM
        for value, label in self.x_axis.ticks:
            at = self.x(value)
            self.line((at, TOP), (at, bottom), _GRID)
            self.text(at, bottom + 16, label, anchor="middle")
        self.text((LEFT + WIDTH - RIGHT) / 2, self.height - 8, self.x_axis.title, anchor="middle")
        if self.y_axis is None:
            return
        for value, label in self.y_axis.ticks:
            at = self.y(value)
            self.line((LEFT, at), (WIDTH - RIGHT, at), _GRID)
            self.text(LEFT - 8, at + 4, label, anchor="end")
        self.text(LEFT, TOP - 8, self.y_axis.title, size=11)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 1, dashes: str = "") -> None:
        (x1, y1), (x2, y2) = start, end
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"{dashed}/>')

    def path(self, points: Iterable[tuple[float, float]], colour: str, width: float = 2, opacity: float = 1) -> None:
        """Through points in the units of the axes."""
        placed = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        stroke = f'stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}" stroke-linejoin="round"'
        self._parts.append(f'<polyline points="{placed}" fill="none" {stroke}/>')

    def dot(self, x: float, y: float, colour: str, radius: float = 4) -> None:
        self._parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>')

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", colour: str = _INK, size: int = 12, weight: str = "400"
    ) -> None:
        self._parts.append(
            f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'
        )

    def whole(self) -> str:
        return "\n".join([*self._parts, "</svg>"]) + "\n"
