"""Language tags (BCP-47): reading, matching, naming."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")


# fmt: off
_ISO_639_2 = {
    "af": "afr", "an": "arg", "ar": "ara", "as": "asm", "ast": "ast", "az": "aze", "be": "bel", "bg": "bul",
    "bn": "ben", "bs": "bos", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell",
    "en": "eng", "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fil": "fil",
    "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun",
    "hy": "hye", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm",
    "kn": "kan", "ko": "kor", "lo": "lao", "lt": "lit", "lv": "lav", "mk": "mkd", "ml": "mal", "mn": "mon",
    "mr": "mar", "ms": "msa", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep", "nl": "nld", "no": "nor",
    "oc": "oci", "or": "ori", "pa": "pan", "pl": "pol", "ps": "pus", "pt": "por", "ro": "ron", "ru": "rus",
    "si": "sin", "sk": "slk", "sl": "slv", "so": "som", "sq": "sqi", "sr": "srp", "sv": "swe", "sw": "swa",
    "ta": "tam", "te": "tel", "th": "tha", "tr": "tur", "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie",
    "yue": "yue", "zh": "zho", "zu": "zul",
}
# fmt: on
"""The language of a tag as media files name it."""


def iso_639_2(tag: str) -> str:
    """The three letters by which media files name a tag's language; `und`, undetermined, where they are not known."""
    language = tag.lower().split("-")[0]
    return _ISO_639_2.get(language, language if len(language) == 3 else "und")


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
