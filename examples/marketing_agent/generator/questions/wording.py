"""How people name metrics, periods and campaigns, and how a good answer spells figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from generator.paraphrases import Name, Slot

METRICS = {
    "ctr": "[CTR|click-through rate|click rate|clickthrough rate]",
    "cvr": "[CVR|conversion rate|click-to-conversion rate]",
    "cpa": "[CPA|cost per acquisition|cost per conversion|cost per action]",
    "cpc": "[CPC|cost per click|average cost per click]",
    "roas": "[ROAS|return on ad spend|return on advertising spend]",
    "cost": "[spend|ad spend|cost|total cost]",
    "revenue": "[revenue|total revenue]",
    "conversions": "[conversions|number of conversions]",
    "clicks": "[clicks|number of clicks]",
    "impressions": "[impressions|number of impressions]",
    "orders": "[orders|shop orders]",
}
LABELS = {"ctr": "CTR", "cvr": "CVR", "cpa": "CPA", "cpc": "CPC", "roas": "ROAS", "cost": "spend"}
LONG = {
    "ctr": "click-through rate",
    "cvr": "conversion rate",
    "cpa": "cost per conversion",
    "cpc": "cost per click",
    "roas": "return on ad spend",
}
LOWER_IS_BETTER = frozenset({"cpa", "cpc"})
RATIOS = ("ctr", "cvr", "cpa", "cpc", "roas")
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_NUMBERS = {7: "seven", 10: "ten", 14: "fourteen", 28: "28", 30: "thirty"}


def label(metric: str) -> str:
    return LABELS.get(metric, metric)


def accepted_names(metric: str) -> tuple[str, ...]:
    """How an answer may call a metric."""
    more = {"cost": ("cost", "spent"), "cpa": ("cost per acquisition",), "cvr": ("CVR",)}.get(metric, ())
    return tuple(dict.fromkeys((label(metric), *((LONG[metric],) if metric in LONG else ()), *more)))


def spelt(metric: str, value: float, currency: str) -> str:
    """A figure in the wording of answers: `ROAS 3.42`, `CPA 24.10 EUR`, `spend 12,345.60 EUR`."""
    if metric in ("ctr", "cvr"):
        return f"{label(metric)} {value:.2f} %"
    if metric in ("cpa", "cpc", "cost", "revenue"):
        return f"{label(metric)} {value:,.2f} {currency}"
    return f"{label(metric)} {value:.2f}" if metric == "roas" else f"{value:,.0f} {metric}"


def upper_first(text: str) -> str:
    """For the beginning of a sentence; names keep their capitals."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both inclusive; `first` and `last` are those of the account."""

    start: date
    end: date
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def overlaps(self, start: date, end: date) -> bool:
        return self.start <= end and start <= self.end

    def spelt(self) -> str:
        return f"from {self.start} to {self.end}"

    def source(self) -> dict[str, str]:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def phrases(self) -> str:
        """A pattern of all ways to say it, with its preposition."""
        return f"[{'|'.join(self._phrases())}]"

    def _phrases(self) -> Iterator[str]:
        yield from _between(self.start, self.end)
        if _is_month(self):
            month = MONTHS[self.start.month - 1]
            names = f"[{month}|{month}|{month}|{month} {self.start.year}|{month[:3]}]"
            yield from (f"in {names}", f"in {names}", f"in {names}", f"for {names}", f"during {names}", f"over the month of {month}")
        if self.end == self.last:
            yield from (f"since {day(self.start)}", f"from {day(self.start)} on[|wards]")
            yield from self._counted_back()
        if self.days == 7 and self.start.weekday() == 0:
            yield from (
                f"in the week of {day(self.start)}",
                f"in the week starting [on |]{day(self.start)}",
                f"in the week from {day(self.start)}",
            )
        if self.start == self.first and self.end == self.last:
            yield from ("overall", "over the whole period", "over the entire period", "across all the data [we have|you have]", "")

    def _counted_back(self) -> Iterator[str]:
        if self.days in _NUMBERS:
            number = f"[{self.days}|{_NUMBERS[self.days]}]"
            yield from (f"over the [last|past] {number} days", f"in the [last|past] {number} days", f"[last|past] {self.days} days")
        if self.days == 7:
            yield from ("last week", "last week", "last week", "over the [last|past] week", "in the past week")
        if self.days in (14, 28):
            weeks = {14: "two", 28: "four"}[self.days]
            yield from (f"over the [last|past] {weeks} weeks", f"in the [last|past] [{weeks}|{self.days // 7}] weeks")


def _is_month(period: Period) -> bool:
    after = period.end + timedelta(days=1)
    whole = period.start.day == 1 or period.start == period.first
    return whole and after.day == 1 and period.start.month == period.end.month


def day(when: date) -> str:
    """A pattern of the ways to write a day."""
    month, short = MONTHS[when.month - 1], MONTHS[when.month - 1][:3]
    nth = f"{when.day}{_ending(when.day)}"
    return f"[{when.day} {month}|{month} {when.day}|{short} {when.day}|{when.day} {short}|{month} {nth}|the {nth} of {month}|{when}]"


def _ending(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _between(start: date, end: date) -> Iterator[str]:
    if start == end:
        yield from (f"on {day(start)}",)
        return
    first, last = (MONTHS[when.month - 1] for when in (start, end))
    yield f"[from {start.day} {first} [to|until|through]|between {start.day} {first} and] {end.day} {last}"
    yield f"from {start} to {end}"
    yield f"from {first} {start.day} [to|through|until] {last} {end.day}"
    yield f"{start} [to|-] {end}"
    if first == last:
        yield f"between {start.day} and {end.day} {first}"
        yield f"from [the |]{start.day}{_ending(start.day)} to [the |]{end.day}{_ending(end.day)} of {first}"
        yield f"{first[:3]} {start.day}-{end.day}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure is about: filters of the tables, a pattern that names it, its name in an answer."""

    filters: dict[str, str]
    pattern: str
    spelt: str
    slots: dict[str, Slot] = field(default_factory=dict)


def whole_account() -> Scope:
    pattern = "[the account|the whole account|our account|all campaigns|all campaigns together|all campaigns combined|everything together]"
    return Scope({}, pattern, "the account")


CAMPAIGN = '[{name}|{name}|{name}|the {name} campaign|our {name} campaign|campaign {name}|"{name}"]'


def of_campaign(name: str) -> Scope:
    return Scope({"campaign": name}, CAMPAIGN, name, {"name": Name(name)})


def of_channel(name: str) -> Scope:
    return Scope(
        {"channel": name}, f"[{name}|the {name} channel|our {name} campaigns|all {name} campaigns|channel {name}]", f"the {name} channel"
    )


def of_audience(name: str) -> Scope:
    return Scope(
        {"audience": name}, f'[the {name} audience|{name} customers|the audience "{name}"|our {name} audience]', f"the {name} audience"
    )
