"""Reading the numbers that a text states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

_PATTERN = r"""
    (?<!\w)(?<!{point})(?<![^\W\d_]-)              # not inside a word, a version, a name such as gpt-4
    (?P<sign>[-+\u2212\u2010\u2011\uFE63\uFF0D])?
    (?:[A-Z]{{3}}\ ?|[A-Z]{{0,2}}\p\ ?)?          # USD 5, $5, US$5, € 5
    (?P<sign2>[-\u2212])?
    (?P<number>
        (?:\d{{1,3}}(?:[{group}'’\u00A0\u202F\u2009]\d{{3}}){{1,9}}+(?!\d)|\d++)(?:{point}\d++)?
      | {point}\d++
    )
    (?:[eE](?P<exponent>[-+\u2212]?\d{{1,4}})(?!\w)
      |\ ?[x×·*]\ ?10(?:\^|\*\*)?(?P<power>[-+\u2212⁻⁺]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}})(?!\w)
    )?
    (?!{point}\d)                                 # 1.2.3 is a version, not a number
    (?:\ ?(?P<percent>%|％|percent\b|per\ cent\b)
      |(?:\ |-)?(?P<word>thousand|million|billion|trillion)\b
      |(?P<suffix>k|K|M|bn|B|T)\b
    )?
"""
_CURRENCY = "[$€£¥₹₽₩₺₫₴₦฿¢]"
_ENGLISH = re.compile(_PATTERN.format(group=",", point=r"\.").replace(r"\p", _CURRENCY), re.VERBOSE)
_CONTINENTAL = re.compile(_PATTERN.format(group=r"\.", point=",").replace(r"\p", _CURRENCY), re.VERBOSE)
_GROUPS = dict.fromkeys(map(ord, ",.'’\u00a0\u202f\u2009"))
_ASCII = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺\u2212", "0123456789-+-")
_MAGNITUDES = {"k": 1e3, "K": 1e3, "M": 1e6, "bn": 1e9, "B": 1e9, "T": 1e12}
_MAGNITUDES |= {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


@dataclass(frozen=True, slots=True)
class StatedNumber:
    """A number as a text states it. `is_percent`: `value` is in percent, and `value / 100` as a fraction means the same."""

    value: float
    is_percent: bool = False

    def readings(self) -> tuple[float, ...]:
        return (self.value, self.value / 100) if self.is_percent else (self.value,)


def numbers_in(text: str, *, decimal_comma: bool = False) -> Iterator[StatedNumber]:
    """Every number of `text`, in order: signs, currencies, thousands separators, exponents, percentages and `million` are understood.

    Digits inside words (`h2o`), versions (`1.2.3`) and what overflows a float are left out. A hyphen after a digit or a letter is not a
    minus (`10-20` is 10 and 20, `gpt-4` none). `decimal_comma` reads `1.234,5` as 1234.5. Linear in the length of `text`.
    """
    point = "," if decimal_comma else "."
    for match in (_CONTINENTAL if decimal_comma else _ENGLISH).finditer(text):
        value = _value(match, point)
        if isfinite(value):
            yield StatedNumber(value, match["percent"] is not None)


def _value(match: re.Match[str], point: str) -> float:
    whole, _, fraction = match["number"].partition(point)
    exponent = (match["exponent"] or match["power"] or "0").translate(_ASCII)
    size = float(f"{whole.translate(_GROUPS) or '0'}.{fraction or '0'}e{exponent}")
    negative = any(sign is not None and sign != "+" for sign in (match["sign"], match["sign2"]))
    return (-size if negative else size) * _MAGNITUDES.get(match["word"] or match["suffix"] or "", 1.0)


def spelt(value: float) -> str:
    """A key that is the same for numbers that differ by rounding alone (12 significant digits); for looking many numbers up."""
    return f"{value + 0.0:.12g}"
