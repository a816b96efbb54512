"""Abbreviations and units written out, where espeak would spell them, stop at their full stops, or lose a minus.

`abbreviations.json` holds, by language, what stands for what; `minus` is the word for the sign before a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

TABLE = "abbreviations.json"
"""The table's file, beside this module."""

_AMOUNT = r"\d+(?:[.,]\d+)*"
_MAGNITUDE = r"(?:\s(?:mi|bi|tri)l\w+)?"
"""Million, milliard, billion, trillion, as most languages that count by them begin them."""
_MONEY = re.compile(
    rf"(?P<before>R\$|[$£€¥₹])\s?(?P<amount>{_AMOUNT}{_MAGNITUDE})"
    rf"|(?<![\d.,])(?P<number>{_AMOUNT})\s?(?P<after>[$£€¥₹])(?P<magnitude>{_MAGNITUDE})",
    re.IGNORECASE,
)
"""A currency and its amount, which is said first, with all that belongs to it."""

_MINUS = re.compile(r"(?<![\w.,])[-−–](?=\d)")


def written_out(text: str, language: str) -> str:
    """The text with words for its abbreviations; only its money is set in order for a language that is not known."""
    text = _MONEY.sub(_in_order, text)
    if language not in _table():
        return text
    words = _table()[language]
    text = _MINUS.sub(f"{words['minus']} ", text)
    return _pattern(language).sub(lambda match: words[match[0]], text)


def _in_order(money: re.Match[str]) -> str:
    if money["before"]:
        return f"{money['amount']} {money['before']}"
    return f"{money['number']}{money['magnitude']} {money['after']}"


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Any of a language's abbreviations that stands alone, the longest first."""
    found = sorted((key for key in _table()[language] if key != "minus"), key=len, reverse=True)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, found))})(?![\w/])")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = resources.files(__package__).joinpath(TABLE).read_text(encoding="utf-8")
    table: Mapping[str, Mapping[str, str]] = json.loads(text)
    return table
