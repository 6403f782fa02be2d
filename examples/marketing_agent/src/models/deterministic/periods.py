"""Periods in a message: ISO and spoken dates, months, halves, quarters, and what counts back from the last day of the data."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from src.models.deterministic.language import phrases
from src.models.deterministic.overview import month_end

_NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        phrases("zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen")
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "twenty": 20, "thirty": 30, "first": 1, "second": 2, "third": 3, "fourth": 4}
_MONTHS = (
    {name.lower(): index for index, name in enumerate(calendar.month_name) if name}
    | {name.lower(): index for index, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_UNITS = {"day": 1, "week": 7, "fortnight": 14, "month": 30}

_M = r"(?P<month{0}>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_D = r"(?P<day{0}>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?:\s+of)?"
_Y = r"(?:,?\s*(?P<year{0}>20\d\d))?"
_ISO = r"(?P<iso{0}>\d{{4}}-\d{{2}}-\d{{2}})"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(_NUMBER_WORDS) + ")"


def _one_day(n: str) -> str:
    return (
        "(?:"
        + "|".join(
            (
                _ISO.format(n),
                rf"{_D.format(n)}\s+{_M.format(n)}{_Y.format(n)}",
                rf"{_M.format(n + 'b')}\s+(?:the\s+)?{_D.format(n + 'b')}(?!\d){_Y.format(n + 'b')}",
            )
        )
        + ")"
    )


class Span(NamedTuple):
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both inclusive, the words that named them, and what had to be assumed to read them."""

    start: date
    end: date
    words: str = ""
    assumed: str = ""
    at: int = 0
    """Where in the message it stands."""
    stop: int = 0

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def told(self) -> str:
        return f"{self.start} to {self.end}" if self.end != self.start else f"on {self.start}"

    def arguments(self) -> dict[str, str]:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def note(self) -> Mapping[str, str]:
        return {**self.arguments(), "words": self.words}

    @classmethod
    def of_note(cls, note: Any) -> Period | None:
        """The period of an earlier turn's notes; None for what is none."""
        try:
            return cls(date.fromisoformat(note["start"]), date.fromisoformat(note["end"]), str(note.get("words", "")))
        except (TypeError, KeyError, ValueError, AttributeError):
            return None


@dataclass(frozen=True, slots=True)
class Calendar:
    """What days are read against: the first and last day of the data."""

    first: date
    last: date

    def year_of(self, month: int) -> int:
        """The year of the last day; of a later month the one that is nearer to the data: where they end in October, "November" is to come."""
        if month <= self.last.month:
            return self.last.year
        return min(self.last.year - 1, self.last.year, key=lambda year: self._days_off(date(year, month, 1)))

    def _days_off(self, start: date) -> int:
        """How far a month is from the data; 0 where it has days of them."""
        if start <= self.last and month_end(start) >= self.first:
            return 0
        return (self.first - month_end(start)).days if start < self.first else (start - self.last).days

    def day(self, found: Mapping[str, str | None], n: str = "") -> date | None:
        iso, raw = found.get(f"iso{n}"), found.get(f"day{n}") or found.get(f"day{n}b")
        try:
            if iso:
                return date.fromisoformat(iso)
            month = _MONTHS[str(found.get(f"month{n}") or found.get(f"month{n}b"))]
            year = found.get(f"year{n}") or found.get(f"year{n}b")
            return date(int(year) if year else self.year_of(month), month, int(raw or 0))
        except (ValueError, KeyError):
            return None

    def month(self, month: int, year: str | None = None) -> Span:
        start = date(int(year) if year else self.year_of(month), month, 1)
        return Span(start, month_end(start))

    def back(self, days: int) -> Span:
        return Span(self.last - timedelta(days=days - 1), self.last)


_Reading = Callable[[Calendar, Mapping[str, str | None]], tuple[Span, str] | None]


def _range(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    start, end = cal.day(found, "1"), cal.day(found, "2")
    return (Span(min(start, end), max(start, end)), "") if start and end else None


def _days_of_month(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    month = str(found["month"])
    year = str(found.get("year") or cal.year_of(_MONTHS[month]))
    try:
        days = [date(int(year), _MONTHS[month], int(str(found[key]))) for key in ("from", "to")]
    except ValueError:
        return None
    return Span(min(days), max(days)), ""


def _since(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    start = cal.day(found)
    if start and found["word"] == "after":
        start += timedelta(days=1)
    return (Span(start, max(start, cal.last)), "") if start else None


def _until(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    end = cal.day(found)
    if end and found["word"] in ("before", "prior to"):
        end -= timedelta(days=1)
    return (Span(min(cal.first, end), end), "") if end else None


def _single(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    found_day = cal.day(found)
    return (Span(found_day, found_day), "") if found_day else None


def _week_of(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    start = cal.day(found)
    return (Span(start, start + timedelta(days=6)), "") if start else None


def _part_of_month(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    whole = cal.month(_MONTHS[str(found["month"])], found.get("year"))
    which, unit = str(found["which"]), str(found["unit"])
    count = int(_number(found.get("many")) or 1)
    if unit == "half":
        middle = whole.start.replace(day=15)
        return (Span(whole.start, middle) if which == "first" else Span(middle + timedelta(days=1), whole.end)), ""
    length = count * _UNITS[unit.removesuffix("s")]
    if which in ("last", "final"):
        return Span(max(whole.start, whole.end - timedelta(days=length - 1)), whole.end), ""
    offset = (int(_number(which) or 1) - 1) * length
    start = whole.start + timedelta(days=offset)
    return (Span(start, min(whole.end, start + timedelta(days=length - 1))), "") if start <= whole.end else None


def _months(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    years = found.get("year1") or found.get("year2"), found.get("year2") or found.get("year1")
    start, end = (cal.month(_MONTHS[str(found[f"month{n}"])], year) for n, year in zip("12", years, strict=True))
    return Span(min(start.start, end.start), max(start.end, end.end)), ""


def _since_month(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    return Span(cal.month(_MONTHS[str(found["month"])], found.get("year")).start, cal.last), ""


def _until_month(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    whole = cal.month(_MONTHS[str(found["month"])], found.get("year"))
    end = whole.start - timedelta(days=1) if found["word"] == "before" else whole.end
    return Span(min(cal.first, end), end), ""


def _month(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    return cal.month(_MONTHS[str(found["month"])], found.get("year")), ""


def _quarter(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    quarter = int(_number(found.get("quarter") or found.get("which")) or 1)
    if not 1 <= quarter <= 4:
        return None
    year = int(found.get("year") or cal.year_of(3 * quarter - 2))
    return Span(date(year, 3 * quarter - 2, 1), month_end(date(year, 3 * quarter, 1))), ""


def _half_of_data(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    middle = cal.first + (cal.last - cal.first) // 2
    span = Span(cal.first, middle) if found["which"] == "first" else Span(middle + timedelta(days=1), cal.last)
    return span, f"assuming the {found['which']} half of all days of the data"


def _lasting(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    unit = str(found["unit"]).removesuffix("s")
    count = int(_number(found.get("count")) or 1)
    if unit == "month" and count == 1:
        return _last_month(cal)
    span = cal.back(max(1, min(count, 400)) * _UNITS[unit])
    exact = found.get("count") and unit == "day"
    return span, "" if exact else f"assuming '{' '.join(str(found['all']).split())}' counts back from the last day of the data"


def _ago(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    """`two weeks ago` is the week before last week, `two months ago` the month before last month."""
    unit, count = str(found["unit"]).removesuffix("s"), max(1, min(int(_number(found.get("count")) or 1), 400))
    if unit == "month":
        span: Span | None = _last_month(cal)[0]
        for _ in range(count - 1):
            span = _before(Period(*span), "month", 1) if span else None
    elif unit == "day":
        span = Span(cal.last - timedelta(days=count), cal.last - timedelta(days=count))
    else:
        length = _UNITS[unit]
        end = cal.last - timedelta(days=length * (count - 1))
        span = Span(end - timedelta(days=length - 1), end)
    return (span, f"assuming '{' '.join(str(found['all']).split())}' counts back from the last day of the data") if span else None


def _last_month(cal: Calendar) -> tuple[Span, str]:
    whole = cal.last == month_end(cal.last)
    end = cal.last if whole else cal.last.replace(day=1) - timedelta(days=1)
    span = Span(end.replace(day=1), end)
    return span, "assuming 'last month' is the last whole month of the data"


def _current(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    unit = str(found["unit"])
    if unit == "month":
        start = cal.last.replace(day=1)
    elif unit == "quarter":
        start = date(cal.last.year, 3 * ((cal.last.month - 1) // 3) + 1, 1)
    elif unit == "year":
        start = date(cal.last.year, 1, 1)
    else:
        start = cal.last - timedelta(days=cal.last.weekday())
    return Span(start, cal.last), f"assuming 'this {unit}' is that of the last day of the data"


def _near_day(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    on = cal.last if found["word"] in ("today", "last day") else cal.last - timedelta(days=1)
    return Span(on, on), f"assuming '{found['word']}' is counted from the last day of the data"


def _whole(cal: Calendar, found: Mapping[str, str | None]) -> tuple[Span, str] | None:
    return Span(cal.first, cal.last), ""


def _compiled(readings: tuple[tuple[str, _Reading], ...]) -> tuple[tuple[re.Pattern[str], _Reading], ...]:
    return tuple((re.compile(rf"\b(?P<all>{pattern})\b", re.IGNORECASE), reading) for pattern, reading in readings)


_TO = r"\s*(?:-|to|until|till|through|and|up to)\s*(?:the\s+)?"
_READINGS = _compiled(
    (
        (rf"(?:from\s+|between\s+)?(?:the\s+)?{_one_day('1')}{_TO}{_one_day('2')}", _range),
        (
            rf"(?:from\s+|between\s+)?(?:the\s+)?(?P<from>\d{{1,2}})(?:st|nd|rd|th)?{_TO}(?P<to>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_M.format('')}{_Y.format('')}",
            _days_of_month,
        ),
        (
            rf"(?:from\s+|between\s+)?{_M.format('')}\s+(?P<from>\d{{1,2}})(?:st|nd|rd|th)?{_TO}(?P<to>\d{{1,2}})(?:st|nd|rd|th)?{_Y.format('')}",
            _days_of_month,
        ),
        (
            rf"(?P<which>first|second|third|fourth|last|final)\s+(?:(?P<many>\d{{1,2}}|two|three|ten)\s+)?(?P<unit>half|days?|weeks?)\s+(?:of|in)\s+{_M.format('')}{_Y.format('')}",
            _part_of_month,
        ),
        (rf"(?:the\s+)?week\s+(?:of|starting|beginning|from)\s+(?:the\s+)?{_one_day('')}", _week_of),
        (rf"(?P<word>since|after|from|starting)\s+(?:the\s+)?{_one_day('')}(?:\s+(?:on|onwards?))?", _since),
        (rf"(?P<word>until|till|up to|before|prior to|through)\s+(?:the\s+)?{_one_day('')}", _until),
        (rf"(?:on\s+)?(?:the\s+)?{_one_day('')}", _single),
        (
            rf"(?:from\s+|between\s+){_M.format('1')}{_Y.format('1')}\s+(?:to|until|till|through|and)\s+{_M.format('2')}{_Y.format('2')}",
            _months,
        ),
        (rf"(?P<word>since)\s+{_M.format('')}{_Y.format('')}", _since_month),
        (rf"(?P<word>until|till|before)\s+{_M.format('')}{_Y.format('')}", _until_month),
        (rf"(?:in\s+|for\s+|during\s+|of\s+)?(?:the month of\s+)?(?!may\b){_M.format('')}(?:\s+of)?{_Y.format('')}", _month),
        (rf"(?:in|for|during|of|since)\s+(?P<month>may){_Y.format('')}", _month),
        (r"(?P<month>may),?\s+(?P<year>20\d\d)", _month),
        (rf"q(?P<quarter>[1-4]){_Y.format('')}", _quarter),
        (rf"(?P<which>first|second|third|fourth)\s+quarter(?:\s+of)?{_Y.format('')}", _quarter),
        (r"(?P<which>first|second)\s+half(?:\s+of\s+the\s+(?:period|data|time|range))?", _half_of_data),
        (
            rf"(?:over\s+|in\s+|for\s+|during\s+)?(?:the\s+)?(?:last|past|latest|most recent|trailing|final|recent)\s+(?:{_COUNT}\s+)?(?P<unit>days|weeks?|fortnight|months?)",
            _lasting,
        ),
        (rf"(?:in\s+|from\s+)?(?:the\s+\w+\s+)?{_COUNT}\s+(?P<unit>days?|weeks?|fortnights?|months?)\s+ago", _ago),
        (r"(?:this|the current|current)\s+(?P<unit>week|month|quarter|year)", _current),
        (r"year to date|ytd", _whole),
        (r"(?P<word>yesterday|today|last day)", _near_day),
        (
            r"(?:the\s+)?(?:whole|entire|full|complete|all)\s+(?:the\s+)?(?:period|time|range|data|dataset|history)|overall|all time|in total|so far|to date",
            _whole,
        ),
    )
)
_RELATIVE = re.compile(
    r"\b(?:(?:the\s+)?(?P<count>\d{1,3}|two|three|four)\s+(?P<units>days|weeks|months)\s+before(?:\s+(?:that|it|then))?"
    r"|(?:the\s+)?(?P<unit>day|week|month|fortnight|period)\s+(?:before|prior|earlier|preceding)(?:\s+(?:that|it|then))?"
    r"|(?:the\s+)?(?:previous|preceding|prior|foregoing|earlier)\s+(?P<unit2>day|week|month|fortnight|period|one|"
    r"(?P<count2>\d{1,3}|two|three|four)\s+(?:days|weeks|months))"
    r"|(?P<last>before that|before then|beforehand|period over period))(?!\s+\d)\b",
    re.IGNORECASE,
)
_ROLLING = (
    (re.compile(r"\b(?:month[- ](?:over|on|to)[- ]month|mom|m/m)\b", re.IGNORECASE), "month"),
    (re.compile(r"\b(?:week[- ](?:over|on|to)[- ]week|wow|w/w)\b", re.IGNORECASE), "week"),
)


def find_periods(text: str, cal: Calendar, earlier: Period | None = None, *, apart: bool = False) -> tuple[Period, ...]:
    """The periods of a message as they stand there. `earlier` is what "the week before" counts from where the message has no other.

    `apart` reads "from September to October" as two months that are compared, not as one period.
    """
    found = list(_absolute(text, cal, apart=apart))
    found.extend(_relative(text, cal, found, earlier))
    for pattern, unit in _ROLLING:
        if (match := pattern.search(text)) and len(found) < 2:
            found.extend(_rolling(cal, unit, found, match))
    narrower = [one for one in found if (one.start, one.end) != (cal.first, cal.last)]
    found = narrower or found  # "overall spend in September" is of September
    return tuple(sorted(found, key=lambda period: period.at))


def _absolute(text: str, cal: Calendar, *, apart: bool) -> Iterator[Period]:
    taken: set[int] = set()
    impossible: dict[int, str] = {}
    for pattern, reading in _READINGS:
        for match in () if apart and reading is _months else pattern.finditer(text):
            span = range(match.start(), match.end())
            if not taken.isdisjoint(span):
                continue
            try:
                read = reading(cal, {key: value.lower() if value else None for key, value in match.groupdict().items()})
            except (ValueError, OverflowError):
                read = None
            if read is None:
                impossible.update(dict.fromkeys(span, match["all"]))
            if read:
                taken.update(span)
                wrong = next((impossible[at] for at in span if at in impossible), "")
                assumed = f"'{wrong}' is no date, assuming {read[0].start} to {read[0].end}" if wrong else read[1]
                yield Period(*read[0], " ".join(match["all"].split()), assumed, *match.span())


def _relative(text: str, cal: Calendar, found: list[Period], earlier: Period | None) -> Iterator[Period]:
    for match in _RELATIVE.finditer(text):
        if any(one.at < match.end() and match.start() < one.stop for one in found):
            continue
        anchor = found[0] if found else earlier
        if anchor is None:
            anchor = _anchor(cal, match)
        unit = (match["unit"] or (match["unit2"] or "period").split()[-1]).removesuffix("s")
        count = int(_number(match["count"] or match["count2"]) or 1)
        span = _before(anchor, (match["units"] or unit).removesuffix("s"), count)
        if span:
            yield Period(
                *span, " ".join(match[0].split()), f"assuming '{' '.join(match[0].split())}' means the days right before", *match.span()
            )
        return


def _anchor(cal: Calendar, match: re.Match[str]) -> Period:
    unit = match["unit"] or match["unit2"] or "week"
    span = _last_month(cal)[0] if unit == "month" else cal.back(_UNITS.get(unit, 7))
    return Period(*span)


def _before(anchor: Period, unit: str, count: int) -> Span | None:
    """What stands before `anchor`: a whole month before a whole month, else as many days."""
    try:
        end = anchor.start - timedelta(days=1)
        if unit == "month" and count == 1:
            return Span(end.replace(day=1), end) if anchor.start.day == 1 else Span(end - timedelta(days=anchor.days - 1), end)
        length = anchor.days if unit in ("period", "one", "that") or unit not in _UNITS else count * _UNITS[unit]
        return Span(end - timedelta(days=length - 1), end)
    except (ValueError, OverflowError):
        return None


def _rolling(cal: Calendar, unit: str, found: list[Period], match: re.Match[str]) -> Iterator[Period]:
    current = found[0] if found else None
    if current is None:
        span, assumed = _last_month(cal) if unit == "month" else (cal.back(7), "")
        current = Period(*span, match[0], assumed, *match.span())
        yield current
    if before := _before(current, unit, 1):
        yield Period(*before, f"the {unit} before", f"assuming the {unit} before is what it is compared with", *match.span())


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    return int(word) if word.isdigit() else _NUMBER_WORDS.get(word.lower())
