"""Which languages Azure hears and translates into, and what it calls them.

The tables are in tags.json, which names the pages of Microsoft's documentation from which they were taken:

`heard`: the tags offered to a speaker, each with the locale of the Speech service. A language's own tag (`en`) means
the locale that is meant where nobody says more (`en-US`), so that a session can move between engines; further locales
have tags of their own (`en-GB`). Chinese and Portuguese have no tag for both of their kinds: neither is the other.
`targets`: the offered tags, each with its code in speech translation (null: it has none) and in Translator.
`written`: the Translator's code for a tag that is heard, where it is not that of the target which matches the tag.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from dragoman.languages import match


@cache
def _tables() -> Mapping[str, Any]:
    text = files("dragoman.engines.azure").joinpath("tags.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return MappingProxyType(found)


@cache
def heard() -> tuple[str, ...]:
    """The source tags."""
    return tuple(_tables()["heard"])


@cache
def spoken_targets() -> tuple[str, ...]:
    """The tags into which speech is translated while it is recognised."""
    return tuple(tag for tag, (speech, _) in _tables()["targets"].items() if speech)


@cache
def text_targets() -> tuple[str, ...]:
    """The tags into which Translator translates."""
    return tuple(_tables()["targets"])


def locale(tag: str) -> str | None:
    """The locale to be recognised for a source tag, which is matched; None where Azure does not hear it."""
    found = match(tag, heard())
    return None if found is None else str(_tables()["heard"][found])


def tag_of(identified: str, candidates: Iterable[str]) -> str:
    """The candidate whose locale the service has identified; empty where it is none of them."""
    return next((tag for tag in candidates if (locale(tag) or "").lower() == identified.lower()), "")


def speech_code(target: str) -> str | None:
    """What speech translation calls an offered target; None where it does not translate into it."""
    row = _tables()["targets"].get(target)
    return row[0] if row else None


def text_code(target: str) -> str | None:
    """What Translator calls an offered target; None where it does not translate into it."""
    row = _tables()["targets"].get(target)
    return row[1] if row else None


def text_source(source: str) -> str | None:
    """What Translator calls the language of a source tag; None where it does not translate out of it."""
    written: Mapping[str, str] = _tables()["written"]
    if source in written:
        return written[source]
    found = match(source, text_targets())
    return None if found is None else text_code(found)
