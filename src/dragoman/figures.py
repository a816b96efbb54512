"""Numbers, quantities, dates and addresses in a text: found where they are certain, written as a language writes them.

What is not certain (the 3.11 of a version, 3/4/2024, a time of day) is left to the engine. CLDR knows the forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

from babel import Locale
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from babel.units import format_unit

from dragoman import dates
from dragoman.languages import locale_of

UNITS = {
    "km": "length-kilometer",
    "cm": "length-centimeter",
    "mm": "length-millimeter",
    "kg": "mass-kilogram",
    "km/h": "speed-kilometer-per-hour",
    "°C": "temperature-celsius",
    "°F": "temperature-fahrenheit",
    "kB": "digital-kilobyte",
    "MB": "digital-megabyte",
    "GB": "digital-gigabyte",
    "TB": "digital-terabyte",
    "kWh": "energy-kilowatt-hour",
    "kW": "power-kilowatt",
    "MW": "power-megawatt",
    "kHz": "frequency-kilohertz",
    "MHz": "frequency-megahertz",
    "GHz": "frequency-gigahertz",
}
"""Units that are nothing else, by CLDR's names for them: m, g and l may be a million, a gram and a one."""

_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"]{1,500}[\w/]|\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b"
    # Without a scheme it is one where it goes on, or ends as most do: not where a blank is missing after a full stop.
    r"|\b(?:[a-z0-9-]{1,63}\.){1,8}(?:(?:com|org|net|edu|gov|info|io|eu)\b(?:/[^\s<>\"]{0,500}[\w/])?"
    r"|[a-z]{2,12}/[^\s<>\"]{0,500}[\w/])",
    re.IGNORECASE,
)
_BEFORE = r"(?<![\w.,:/$€£%°#@+-])"
_AFTER = r"(?![\w°/@:-]|[.,]\d)"
_CURRENCIES = "$€£"
_VERSION = re.compile(r"(?:[^\W\d_]*[A-Z]\w*|\b(?:version|release|chapter|section|figure|table|page|part))\s$")
"""What stands before a number with a point that is no amount: a name, or a place in a document."""
_HOUR = re.compile(r"[012]?\d[.,][0-5]\d")
_AT = re.compile(r"\b(?:at|by|until|till|from|to|before|after|since|around)\s$", re.IGNORECASE)
"""What stands before a number that may be a time of day."""
_MAGNITUDE = re.compile(r"\s?(?:[kKMB]|bn|(?:thousand|mi|bi|tri)l?\w*)\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """Something found in a text."""

    start: int
    end: int
    counts: bool
    """it stands where a number stands in a sentence"""
    exact: bool
    """its capitals are its own"""
    written: Callable[[str], str]
    """as it is written in the language of a tag"""


def find(text: str, tag: str) -> list[Figure]:
    """All figures in a text in the language of this tag, in order."""
    found: list[Figure] = []
    for finder in (_addresses, _dates, _quantities):
        found += [
            new for new in finder(text, tag) if all(new.end <= old.start or new.start >= old.end for old in found)
        ]
    return sorted(found, key=lambda figure: figure.start)


def _dates(text: str, tag: str) -> Iterator[Figure]:
    for start, end, day in dates.find(text, tag):
        yield Figure(start, end, False, False, day.written)


def _addresses(text: str, _tag: str) -> Iterator[Figure]:
    for hit in _ADDRESS.finditer(text):
        yield Figure(hit.start(), hit.end(), False, True, partial(_unchanged, hit[0]))


# -- quantities


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was written, and what it counts."""

    value: Decimal
    places: int
    """digits after the decimal sign"""
    grouped: bool
    unit: str = ""
    """one of UNITS, a percent sign, a currency's sign, or nothing"""

    def written(self, tag: str) -> str:
        """As the language of this tag writes it."""
        locale = locale_of(tag) or Locale("en")
        number = ("#,##0" if self.grouped else "0") + ("." + "0" * self.places if self.places else "")
        if self.unit in UNITS:
            return format_unit(self.value, UNITS[self.unit], "short", format=number, locale=locale)
        frame = "#,##0"
        if self.unit == "%":
            frame = str(locale.percent_formats[None].pattern)
        elif self.unit:
            frame = str(locale.currency_formats["standard"].pattern).partition(";")[0].replace("¤", f"'{self.unit}'")
        pattern = re.sub(r"[#0,.]*0[#0,.]*", number, frame, count=1)
        value = self.value / 100 if self.unit == "%" else self.value  # babel multiplies it again
        return str(format_decimal(value, format=pattern, locale=locale, group_separator=self.grouped))


@cache
def _amount(tag: str) -> tuple[re.Pattern[str], str, str] | None:
    """A pattern for quantities, the signs between digits and before decimals; None where CLDR does not know them."""
    locale = locale_of(tag)
    if locale is None:
        return None
    point, group = get_decimal_symbol(locale), get_group_symbol(locale)
    between = "[\u00a0\u202f]" if group.isspace() else re.escape(group)
    decimals = rf"(?:{re.escape(point)}\d{{1,6}})?"
    number = rf"\d{{1,3}}(?:{between}\d{{3}}){{1,4}}{decimals}|\d{{1,12}}{decimals}"
    units = "|".join(map(re.escape, sorted([*UNITS, "%"], key=len, reverse=True)))
    pattern = (
        rf"{_BEFORE}(?P<before>[{_CURRENCIES}]\s?)?(?P<number>[-−]?(?:{number}))"
        rf"(?:\s?(?P<unit>{units}|(?(before)(?!)|[{_CURRENCIES}])))?{_AFTER}"
    )
    return re.compile(pattern), group, point


def quantities(text: str, tag: str) -> Iterator[tuple[re.Match[str], Quantity]]:
    """Everything in a text that may be a number, with what it counts."""
    form = _amount(tag)
    if form is None:
        return
    pattern, group, point = form
    for hit in pattern.finditer(text):
        bare = re.sub("[\u00a0\u202f]" if group.isspace() else re.escape(group), "", hit["number"])
        grouped = bare != hit["number"]
        whole, _, decimals = bare.replace("−", "-").partition(point)
        value = Decimal(f"{whole}.{decimals}" if decimals else whole)
        yield hit, Quantity(value, len(decimals), grouped, hit["unit"] or (hit["before"] or "").strip())


def _unchanged(text: str, _tag: str) -> str:
    return text


def _is_no_amount(number: str, before: str) -> bool:
    """Whether a number with a point may be a version's, a chapter's or a time of day."""
    before = before[-40:]
    return bool(_VERSION.search(before) or (_HOUR.fullmatch(number) and _AT.search(before)))


def _quantities(text: str, tag: str) -> Iterator[Figure]:
    for hit, quantity in quantities(text, tag):
        if quantity.unit in _CURRENCIES and quantity.unit and _MAGNITUDE.match(text, hit.end()):
            continue
        if not quantity.unit:
            # A whole number is the same everywhere, and engines know it best themselves.
            plain = not quantity.grouped and not quantity.places
            if plain or (not quantity.grouped and _is_no_amount(hit["number"], text[: hit.start()])):
                continue
        yield Figure(hit.start(), hit.end(), True, True, quantity.written)
