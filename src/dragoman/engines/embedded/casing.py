"""Capital letters: what Apertium is given, and what of its answer's is put right."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def is_shouted(text: str) -> bool:
    """Whether several words and all of them are in capitals."""
    return text.isupper() and sum(len(word) > 1 for word in _WORD.findall(text)) > 1


def unshout(text: str) -> str:
    """A shouted text as it would be written otherwise. Apertium takes most words in capitals for names."""
    return re.sub(r"[^\W\d_]", lambda first: first[0].upper(), text.lower(), count=1)


def follow(source: str, translation: str) -> str:
    """The translation with its first letter as large or small as the source's.

    A name that comes first stays as it is: then the translation has no more capitals than the source.
    """
    first = _WORD.search(translation)
    leading = _WORD.search(source)
    if first is None or leading is None:
        return translation
    if first[0] == leading[0]:
        return _after_name(source, translation, leading.end(), first.end())
    if leading[0][0].isupper() == first[0][0].isupper():
        return translation
    if leading[0][0].isupper():
        return _replace(translation, first.start(), first[0][0].upper())
    if first[0] in source or _capitals(translation) <= _capitals(source):
        return translation
    return _replace(translation, first.start(), first[0][0].lower())


def _after_name(source: str, translation: str, read: int, written: int) -> str:
    """The translation with its second word as small as the source's: Galician puts a capital after a first name."""
    before, after = _WORD.search(source, read), _WORD.search(translation, written)
    if before is None or after is None or translation[written : after.start()] != " ":
        return translation
    if before[0][0].isupper() or after[0] in source or not after[0].istitle():
        return translation
    return _replace(translation, after.start(), after[0][0].lower())


def _capitals(text: str) -> int:
    """Words with a capital, the English I aside."""
    return sum(word[0].isupper() and word.split("'")[0] != "I" for word in _WORD.findall(text))


def _replace(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]
