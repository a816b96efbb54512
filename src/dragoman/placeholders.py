"""What a translation must not touch is put out of its way: it sees placeholders, and what they stand for comes back.

A term of the glossary, an address or a date is given to the engine as a name that its dictionaries know and that is the
same in all languages, so that the grammar around it works; a quantity as a number. docs/translation.md has the figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from dragoman import figures
from dragoman.errors import EngineFailed
from dragoman.glossary import Glossary

Translate = Callable[[str, str], Awaitable[str]]
"""(text, target tag) -> text; raises EngineFailed."""

CONSONANTS = (
    "Mozart",
    "Beethoven",
    "Darwin",
    "Kennedy",
    "Nixon",
    "Churchill",
    "Thatcher",
    "Chaplin",
    "Picasso",
    "Kevin",
)
VOWELS = ("Einstein", "Obama", "Edward", "Eisenhower")
"""Placeholders for what begins with a vowel: French, Italian and Catalan words before them lose theirs."""
NUMBERS = tuple(str(number) for number in range(7001, 7032, 3))
_LETTER = re.compile(r"[^\W\d_]")
_OPENING = re.compile(r"(?:^|[.!?…]\s+)[\s\"'“‘«¿¡(]*$")
"""What stands before the first word of a sentence."""


class Kind(Enum):
    """What a stretch is to the grammar around it."""

    TERM = auto()
    NUMBER = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Kept:
    """A stretch of a text that is kept out of the engine's way."""

    start: int
    end: int
    wording: str
    """what it is in the target language"""
    placeholder: str
    exact: bool
    """its capitals are never changed"""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text of which some stretches are kept out of the way."""

    text: str
    """the source text"""
    kept: tuple[Kept, ...]
    """in order"""

    @property
    def given(self) -> str:
        """What the engine is given."""
        parts, done = [], 0
        for kept in self.kept:
            name = kept.placeholder.upper() if self._shouted else kept.placeholder
            parts += [self.text[done : kept.start], name]
            done = kept.end
        return "".join([*parts, self.text[done:]])

    def restored(self, translation: str) -> str | None:
        """The translation with what the placeholders stand for; None where not each of them is there exactly once."""
        places = []
        for kept in self.kept:
            hits = list(_standing(kept.placeholder, translation))
            if len(hits) != 1:
                return None
            places.append((hits[0], kept))
        for hit, kept in sorted(places, key=lambda place: -place[0].start()):
            before, after = translation[: hit.start()], translation[hit.end() :]
            translation = before + self.worded(kept, before) + after
        return self._begun(translation)

    def pieces(self) -> Iterator[str | Kept]:
        """The text in order: what is translated, and what is not."""
        done = 0
        for kept in self.kept:
            yield self.text[done : kept.start]
            yield kept
            done = kept.end
        yield self.text[done:]

    @property
    def _shouted(self) -> bool:
        return self.text.isupper()

    def worded(self, kept: Kept, before: str) -> str:
        """The wording as it is written after `before`."""
        if kept.exact:
            return kept.wording
        if self._shouted:
            return kept.wording.upper()
        capital = self.text[kept.start].isupper() or not _OPENING.search(self.text[: kept.start])
        return kept.wording[:1].upper() + kept.wording[1:] if capital and _OPENING.search(before) else kept.wording

    def _begun(self, translation: str) -> str:
        """A placeholder at the beginning has a capital, which the engine follows though the text may have none."""
        first, given = _LETTER.search(self.text), _LETTER.search(translation)
        if first is None or given is None or not self.kept or first.start() != self.kept[0].start:
            return translation
        wordings = tuple(kept.wording for kept in self.kept)
        if not first[0].islower() or translation.startswith(wordings, given.start()):
            return translation
        return translation[: given.start()] + given[0].lower() + translation[given.end() :]


def masked(text: str, source: str, target: str, glossary: Glossary) -> Masked:
    """A text on its way from one language into another, with what must not be translated out of the way."""
    text = unicodedata.normalize("NFC", text)
    spans: list[tuple[int, int, str, bool, Kind]] = [
        (found.start, found.end, str(found.term.wording(target)), found.term.named(target), Kind.TERM)
        for found in glossary.fixed(text, target, plural="(?:e?s)?" if source.partition("-")[0] == "en" else "")
    ]
    for figure in figures.find(text, source):
        if all(figure.end <= start or figure.start >= end for start, end, *_ in spans):
            kind = Kind.NUMBER if figure.counts else Kind.OTHER
            spans.append((figure.start, figure.end, figure.written(target), figure.exact, kind))
    free = _Free(text)
    kept = []
    for start, end, wording, exact, kind in sorted(spans, key=lambda span: span[0]):
        placeholder = free.take(wording, kind)
        if placeholder is not None:
            kept.append(Kept(start, end, wording, placeholder, exact))
    return Masked(text, tuple(kept))


async def translated(text: str, source: str, target: str, glossary: Glossary, translate: Translate) -> str:
    """The text in the target language. Raises EngineFailed.

    Where a placeholder does not come back, what stands between the placeholders is translated by itself; where the
    engine fails at that, the text is translated as it is.
    """
    found = masked(text, source, target, glossary)
    if not found.kept:
        return await translate(text, target)
    whole = found.restored(await translate(found.given, target))
    if whole is not None:
        return whole
    try:
        return await _in_pieces(found, target, translate)
    except EngineFailed:
        return await translate(text, target)


async def _in_pieces(found: Masked, target: str, translate: Translate) -> str:
    text = ""
    for piece in found.pieces():
        if isinstance(piece, Kept):
            text += found.worded(piece, text)
        elif any(map(str.isalnum, piece)):
            words = piece.strip()
            before, _, after = piece.partition(words)
            text += before + await translate(words, target) + after
        else:
            text += piece
    return text


class _Free:
    """The placeholders that a text leaves free: those that do not stand in it themselves."""

    def __init__(self, text: str) -> None:
        folded = text.casefold()

        def free(names: tuple[str, ...]) -> list[str]:
            return [name for name in names if name.casefold() not in folded]

        self._consonants, self._vowels, self._numbers = free(CONSONANTS), free(VOWELS), free(NUMBERS)

    def take(self, wording: str, kind: Kind) -> str | None:
        """A placeholder for this wording, each once; None where there is none left."""
        if kind is Kind.NUMBER:
            lists = [self._numbers]
        elif kind is Kind.TERM and unicodedata.normalize("NFD", wording)[:1].lower() in "aeiou":
            lists = [self._vowels, self._consonants]
        else:
            lists = [self._consonants, self._vowels]
        return next((names.pop(0) for names in lists if names), None)


def _standing(placeholder: str, text: str) -> Iterator[re.Match[str]]:
    """Where it stands as a word of its own, in capitals or not."""
    return re.finditer(rf"(?<!\w)(?<!\d[.,]){placeholder}(?!\w|[.,]\d)", text, re.IGNORECASE)
