"""The little words of a language, by what the floor makes of them. The table is data: function_words.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class FunctionWords:
    """In lower case. A language that is not in the table has none."""

    fillers: frozenset[str] = frozenset()
    """sounds of somebody who searches for a word, and nothing else"""
    stumbled: frozenset[str] = frozenset()
    """words that nobody says twice in a row on purpose, unlike `that that`, `her her`, `come in in time`"""
    openers: frozenset[str] = frozenset()
    """begin a clause: and, because, which"""
    links: frozenset[str] = frozenset()
    """begin a part of one: of, to, is"""
    binders: frozenset[str] = frozenset()
    """belong to what comes after them, so that nobody pauses there: the, of, and"""
    titles: frozenset[str] = frozenset()
    """end with a full stop that ends no sentence: mr, e.g"""


def function_words(tag: str) -> FunctionWords:
    """Of the language of a tag, whatever its region."""
    return _table().get(tag.partition("-")[0].lower(), FunctionWords())


@cache
def _table() -> dict[str, FunctionWords]:
    table = json.loads(resources.files(__package__).joinpath("function_words.json").read_text(encoding="utf-8"))
    kinds = [field.name for field in fields(FunctionWords)]
    return {
        language: FunctionWords(**{kind: frozenset(row.get(kind, "").split()) for kind in kinds})
        for language, row in table.items()
    }
