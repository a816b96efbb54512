"""From phonemes in IPA to the 22 shapes of the mouth.

`visemes.json` holds, by viseme id, the phonemes that look like it. The ids and their English and Spanish phonemes are
those of Microsoft's table for SAPI and Azure ("Get facial position with viseme", Azure AI Speech). What it does not
list has the id of the phoneme in it that is nearest on the lips, then in the jaw. Some of espeak's languages give a few
phonemes in its own ASCII notation; those letters stand there too.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib import resources

TABLE = "visemes.json"
"""The table's file, beside this module."""

SILENCE = 0

_NEUTRAL = 1
"""The shape of ə, for letters that nobody foresaw."""

_SHAPELESS = frozenset("ʔ?-|#'\"^~*_;:,.!%[]<>")
"""What has no place in the mouth: the glottal stop, and signs in espeak's notation of lengths, tones and joins."""

_STOPS = frozenset("pbtdkgɡcɟqɢʈɖɓɗɠʄʦʣʧʤʨʥ")
"""With which a phoneme begins that closes the mouth and lets go."""

_SWITCH = re.compile(r"\([a-zA-Z-]*\)?")
"""espeak says thus that it goes on in another language; the name may be cut short."""


def is_switch(name: str) -> bool:
    """Whether this is no phoneme, but the mark of a change of language."""
    return _SWITCH.fullmatch(name) is not None


def is_stop(name: str) -> bool:
    """Whether the mouth closes for this phoneme and then lets go."""
    return next(filter(_is_letter, name), "") in _STOPS


@cache
def shapes(name: str) -> tuple[int, ...]:
    """The viseme ids of a phoneme, one after the other. None where it has no shape of its own: the last one is held."""
    letters = "".join(filter(_is_letter, unicodedata.normalize("NFD", name).replace("r̝", "ʒ")))
    found: list[int] = []
    while letters:
        pair, single = letters[:2], letters[:1]
        known = pair if pair in _table() else single
        found.append(_table()[known] if known in _table() else _guess(known))
        letters = letters[len(known) :]
    return tuple(found)


def is_known(name: str) -> bool:
    """Whether the table has every letter of a phoneme, so that none is guessed."""
    return all(letter in _table() for letter in filter(_is_letter, unicodedata.normalize("NFD", name)))


def _is_letter(character: str) -> bool:
    """Whether it stands for a place in the mouth; marks of stress, length and colour do not."""
    return unicodedata.category(character) not in ("Mn", "Lm", "Sk", "Nd") and character not in _SHAPELESS


def _guess(letter: str) -> int:
    """The shape of the plain letter from which this one was made, such as of d for a d with a tail."""
    made = re.fullmatch(r"LATIN SMALL LETTER (?:\w+ )*?([A-Z])(?: WITH .*)?", unicodedata.name(letter, ""))
    return _table().get(made[1].lower(), _NEUTRAL) if made else _NEUTRAL


@cache
def _table() -> dict[str, int]:
    text = resources.files(__package__).joinpath(TABLE).read_text(encoding="utf-8")
    return {phoneme: int(shape) for shape, phonemes in json.loads(text).items() for phoneme in phonemes.split()}
