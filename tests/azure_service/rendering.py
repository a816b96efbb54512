"""A made-up translation: word by word, the same every time, never the text itself."""

from __future__ import annotations

import re
from zlib import crc32

_VOWELS = "aeiou"
# What a translation service mostly leaves alone: tags, entities, placeholders in brackets of any kind, addresses,
# everything with a digit in it.
_KEPT = re.compile(
    r"<[^<>]*>|&\w+;|\{[^{}]*\}|\[[^\[\]]*\]|⟦[^⟦⟧]*⟧|https?://\S+|\S+@\S+|\b\w*\d\w*\b|%\w",
)
_WORD = re.compile(r"[^\W\d_]+")


def rendered(text: str, language: str) -> str:
    """The text in a language of no country: other vowels and an ending in each word, everything else as it was.

    Markup, placeholders, numbers, addresses and punctuation stay. Different languages give different words.
    """
    shift = 1 + crc32(language.lower().encode()) % 4
    ending = language.partition("-")[0].lower()
    out: list[str] = []
    at = 0
    for kept in _KEPT.finditer(text):
        out += [_WORD.sub(lambda m: _word(m[0], shift, ending), text[at : kept.start()]), kept[0]]
        at = kept.end()
    out.append(_WORD.sub(lambda m: _word(m[0], shift, ending), text[at:]))
    return "".join(out)


def _word(word: str, shift: int, ending: str) -> str:
    turned = "".join(_vowel(letter, shift) for letter in word)
    return turned + (ending.upper() if len(word) > 1 and word.isupper() else ending)


def _vowel(letter: str, shift: int) -> str:
    place = _VOWELS.find(letter.lower())
    if place < 0:
        return letter
    other = _VOWELS[(place + shift) % len(_VOWELS)]
    return other.upper() if letter.isupper() else other
