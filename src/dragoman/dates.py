"""Dates that are written with the month's name: found where nothing else can be meant, written in full."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton, get_month_names

from dragoman.languages import locale_of

_ON = {"en": "on", "es": "el", "ca": "el", "gl": "o", "fr": "le", "it": "il", "pt": "em", "eo": "la"}
"""What makes a date say when something happens, by language. CLDR has nothing like it."""
_ENGLISH = (
    r"(?:\b(?P<on>[Oo]n)\s(?:the\s)?)?\b(?:{month}\s{day}(?P<nth>st|nd|rd|th)?(?:,?\s{year})?"
    r"|{day2}(?P<nth2>st|nd|rd|th)?\s(?:of\s)?{month2}(?:,?\s{year2})?)"
)
_OTHERS = r"(?:\b(?P<on>el|il|le|o|em|la)\s)?\b{day}(?P<nth>er|º|-an?)?\s(?:de\s|d['’])?{month},?\s(?:del?\s)?{year}"


@dataclass(frozen=True, slots=True)
class Day:
    """A date as it was written."""

    day: date
    year: bool
    """with its year"""
    when: bool
    """to say when something happens"""

    def written(self, tag: str) -> str:
        """In full, as the language of this tag writes it."""
        locale = locale_of(tag) or Locale("en")
        on = _ON.get(locale.language, "") if self.when else ""
        if locale.language == "eo":  # CLDR's forms are those of a calendar
            month = get_month_names("wide", locale=locale)[self.day.month].lower()
            text = f"{self.day.day}-a{'n' if on else ''} de {month}" + (f" {self.day.year}" if self.year else "")
            return f"la {text}"
        if self.year:
            text = str(format_date(self.day, "long", locale))
        else:
            text = str(format_skeleton("MMMMd", self.day, locale=locale))
        if locale.language == "fr" and self.day.day == 1:
            text = text.replace("1", "1er", 1)
        return f"{on} {text}" if on else text


def find(text: str, tag: str) -> Iterator[tuple[int, int, Day]]:
    """Where in a text in the language of this tag which dates stand."""
    form = _form(tag)
    if form is None:
        return
    pattern, months = form
    for hit in pattern.finditer(text):
        parts = {name.rstrip("2"): value for name, value in hit.groupdict().items() if value is not None}
        # Without a year it has to say itself that it is one: in May 3 people came.
        if not {"year", "nth", "on"} & parts.keys():
            continue
        try:
            day = date(int(parts.get("year", 2000)), months[parts["month"]], int(parts["day"]))
        except ValueError:
            continue
        yield hit.start(), hit.end(), Day(day, "year" in parts, "on" in parts)


@cache
def _form(tag: str) -> tuple[re.Pattern[str], dict[str, int]] | None:
    """A pattern for dates in a language, and its months; None where their forms are not known here."""
    locale = locale_of(tag)
    if locale is None or locale.language not in _ON:
        return None
    months = {str(name): number for number, name in get_month_names("wide", "stand-alone", locale).items()}
    if locale.language == "eo":
        months = {name.lower(): number for name, number in months.items()}
    either = "|".join(map(re.escape, months))
    form = _ENGLISH if locale.language == "en" else _OTHERS
    parts = {"month": either, "day": r"\d{1,2}", "year": r"\d{4}"}
    groups = {f"{name}{end}": f"(?P<{name}{end}>{part})" for name, part in parts.items() for end in ("", "2")}
    return re.compile(rf"(?<![\w.,/-]){form.format_map(groups)}(?![\w/-])"), months
