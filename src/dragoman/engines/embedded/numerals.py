"""Numbers in words, where num2words knows the language better than espeak does: ordinals, years, units, money.

What it does not know, and what needs the gender of the word behind it, stays in figures, which espeak reads itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel.numbers import format_decimal
from babel.units import format_unit
from num2words import num2words

from dragoman import dates, figures
from dragoman.figures import UNITS, Quantity
from dragoman.languages import locale_of

_LANGUAGES = frozenset({"ca", "en", "eo", "es", "fr", "it", "pt"})
"""Languages whose words were read and found right. num2words has more, some with mistakes."""
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP"}
_MOST = 10**9
"""From here on a number without signs between its digits is a telephone's or a customer's, said figure by figure."""

_ORDINALS: Mapping[str, str] = {
    "ca": r"(?P<number>\d{1,4})(?:r|n|t|è)",
    "en": r"(?P<number>\d{1,4})(?:st|nd|rd|th)",
    "eo": r"(?P<number>\d{1,4})-?a(?P<more>j?n?)",
    "es": r"(?P<number>\d{1,4})\.?(?:º|(?P<feminine>ª))",
    "fr": r"(?P<number>\d{1,4})(?:er|ère|re|ème|ième|nde?|e)",
    "it": r"(?P<number>\d{1,4})(?:º|°(?!\s?[CF])|(?P<feminine>ª))",
    "pt": r"(?P<number>\d{1,4})\.?(?:º|(?P<feminine>ª))",
}
"""How ordinals are written in figures."""
_FIRST = {"it": "primo", "pt-BR": "primeiro", "ca": "primer"}
"""The day of a month that alone is an ordinal, where it is."""
_YEAR = re.compile(r"\b(?:in|since|until|year|(?P<perhaps>by|of|from|before|after|during|to|and)|[A-Z][a-z]{2,8},?)\s$")
"""What stands before a year in English, and what may stand before a number of things just as well."""
_MAGNITUDE = re.compile(r"\s(?:mi|bi|tri)l\w+", re.IGNORECASE)


def spoken(text: str, tag: str) -> str:
    """A text in the language of this tag, its numbers in words."""
    if tag.partition("-")[0] not in _LANGUAGES:
        return text
    return _quantities(_ordinals(_dates(text, tag), tag), tag)


def words(number: int, tag: str, kind: str = "cardinal") -> str | None:
    """A whole number in words; None where num2words has none."""
    try:
        said = str(num2words(number, lang=tag.replace("-", "_"), to=kind))
    # Those that it documents, and those that a number beyond its tables leads to.
    except (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return said.replace(",", "")


def _dates(text: str, tag: str) -> str:
    """Days as they are said: March third, il primo maggio."""
    language = tag.partition("-")[0]
    for start, end, day in reversed(list(dates.find(text, tag))):
        said = text[start:end]
        if language == "en":
            said = re.sub(
                r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?!\d)", str(words(day.day.day, tag, "ordinal")), said, count=1
            )
            said = said.replace(f"{day.day.year}", words(day.day.year, tag, "year") or "") if day.year else said
        elif day.day.day == 1 and (first := _FIRST.get(tag) or _FIRST.get(language)):
            said = re.sub(r"(?<!\d)1º?(?!\d)", first, said, count=1)
        text = text[:start] + said + text[end:]
    return text


def _ordinals(text: str, tag: str) -> str:
    language = tag.partition("-")[0]

    def said(found: re.Match[str]) -> str:
        parts = found.groupdict()
        ordinal = words(int(parts["number"]), tag, "ordinal")
        if not ordinal:
            return found[0]
        if parts.get("feminine"):
            ordinal = re.sub(r"o\b", "a", ordinal)
        return ordinal + (parts.get("more") or "")

    return re.sub(rf"(?<![\w.,/-]){_ORDINALS[language]}(?![\w/])", said, text)


def _quantities(text: str, tag: str) -> str:
    for found, quantity in reversed(list(figures.quantities(text, tag))):
        before, after = text[: found.start()], text[found.end() :]
        if quantity.unit in _CURRENCIES:
            said = None if _MAGNITUDE.match(after) else _money(quantity, tag)
        elif quantity.unit in UNITS:
            said = _measured(quantity, tag)
        elif quantity.unit:
            said = f"{_number(quantity, tag)} {quantity.unit}"
        else:
            said = None if _is_a_code(found["number"]) else _plain(quantity, tag, before, after)
        text = before + (found[0] if said is None else said) + after
    return text


def _is_a_code(number: str) -> bool:
    """Whether it begins as no number does: 007."""
    return number.lstrip("-−").startswith("0") and number.lstrip("-−")[1:2].isdigit()


def _plain(quantity: Quantity, tag: str, before: str, after: str) -> str | None:
    whole = abs(int(quantity.value))
    if not quantity.places and not quantity.grouped:
        if whole >= _MOST:
            return None
        if tag.startswith("en") and _is_year(whole, before):
            return words(whole, tag, "year")
    # One house is not one man: what a one is called depends on the word behind it.
    one = whole % 10 == 1 and whole % 100 != 11 and not quantity.places
    if one and re.match(r"\s+\w", after) and not tag.startswith(("en", "eo")):
        return _figures(quantity, tag) if quantity.grouped else None
    return _number(quantity, tag)


def _is_year(number: int, before: str) -> bool:
    found = _YEAR.search(before[-16:])
    return found is not None and (1900 if found["perhaps"] else 1100) <= number < 2100


def _number(quantity: Quantity, tag: str) -> str:
    """In words where it is whole, else in figures without signs between them."""
    said = None if quantity.places else words(int(quantity.value), tag)
    return said or _figures(quantity, tag)


def _figures(quantity: Quantity, tag: str) -> str:
    form = "0" + ("." + "0" * quantity.places if quantity.places else "")
    return str(format_decimal(quantity.value, format=form, locale=locale_of(tag)))


def _measured(quantity: Quantity, tag: str) -> str | None:
    """With the unit's name, in the singular where it is one."""
    name, form = UNITS[quantity.unit], "0" + ("." + "0" * quantity.places if quantity.places else "")
    said = format_unit(quantity.value, name, "long", format=form, locale=locale_of(tag))
    number = _figures(quantity, tag)
    # Where CLDR has no name in a language, babel gives its own.
    if name in said or number not in said:
        return None
    return said.replace(number, _before_noun(_number(quantity, tag), tag), 1).replace("\u00a0", " ")


def _before_noun(number: str, tag: str) -> str:
    """All units that have names are masculine."""
    if tag.startswith("es"):
        return re.sub(r"veintiuno$", "veintiún", re.sub(r"\buno$", "un", number))
    return re.sub(r"uno$", "un", number) if tag.startswith("it") else number


def _money(quantity: Quantity, tag: str) -> str | None:
    """An amount with cents; what has none is set in order by `abbreviations`."""
    currency = _CURRENCIES[quantity.unit]
    if quantity.places != 2 or quantity.value % 1 == 0 or not 1 <= quantity.value < _MOST:
        return None
    try:
        said = str(num2words(quantity.value, lang=tag.replace("-", "_"), to="currency", currency=currency))
    except (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return said.replace(",", "")
