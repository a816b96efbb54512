"""Language tags (BCP-47): reading, matching, naming."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")


def is_tag(text: str) -> bool:
    """Whether `text` has the form of a language tag: language, then script, region and variants if any."""
    return _TAG.fullmatch(text) is not None


def match(tag: str, offered: Iterable[str]) -> str | None:
    """The offered tag that `tag` means, or None.

    An equal tag, else the first of which one is a prefix of the other, subtag by subtag:
    es-MX finds es, es finds es-ES; pt-PT never finds pt-BR. Case does not matter.
    """
    wanted = tag.lower().split("-")
    related = None
    for candidate in offered:
        parts = candidate.lower().split("-")
        if parts == wanted:
            return candidate
        shorter = min(len(parts), len(wanted))
        if related is None and parts[:shorter] == wanted[:shorter]:
            related = candidate
    return related


def locale_of(tag: str) -> Locale | None:
    """What CLDR knows of a language, if anything."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def name(tag: str) -> str:
    """The language's English name, from CLDR; the tag itself where CLDR has none."""
    locale = locale_of(tag)
    return (locale.get_display_name("en") if locale else None) or tag
