"""Names of the glossary that a recogniser almost heard: put right where the sound leaves no doubt.

The thresholds were found by measuring; docs/terms.md has what they find and what they leave alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from jellyfish import metaphone
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from dragoman.glossary import Glossary, Term

LANGUAGES = frozenset({"en"})
"""Whose spelling metaphone reads."""
_MOST_WORDS = 3
"""A recogniser hears a name that it does not know as so many words at most."""

_SAME_CODE, _SAME_LETTERS = 4, 0.67
"""What sounds the same: consonants of the code from which on that means something, and the share of letters that has
to be the same as well."""
_NEAR_CODE, _NEAR_LETTERS = 5, 0.77
"""The same for what differs in one consonant."""
_HARDENED = str.maketrans("BDGVZ", "PTKFS")
"""Voiced consonants are the first thing that is misheard."""

_WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*")
_BETWEEN = re.compile(r"[ -]")


@dataclass(frozen=True, slots=True)
class _Guess:
    start: int
    end: int
    term: Term
    likeness: float


@dataclass(frozen=True, slots=True)
class _Sound:
    term: Term
    code: str


class Ear:
    """What a glossary's terms sound like."""

    def __init__(self, glossary: Glossary, language: str) -> None:
        """language: the tag of the floor's."""
        known = language.partition("-")[0] in LANGUAGES
        self._sounds: dict[str, list[_Sound]] = {}
        for term in glossary.terms if known else ():
            letters = _letters(term.source)
            code = metaphone(letters)
            if len(code) >= _SAME_CODE and len(term.source.split()) <= _MOST_WORDS:
                self._sounds.setdefault(letters, []).append(_Sound(term, code))
        self._spellings = list(self._sounds)

    def corrected(self, text: str) -> str:
        """A finished clause with its near misses put right; nothing else of it changes."""
        if not self._spellings:
            return text
        taken: list[_Guess] = []
        for guess in sorted(self._guesses(text), key=lambda guess: (-guess.likeness, guess.start)):
            if all(guess.end <= other.start or guess.start >= other.end for other in taken):
                taken.append(guess)
        for guess in sorted(taken, key=lambda guess: -guess.start):
            name = guess.term.source
            if text[guess.start].isupper() and not text[: guess.start].strip():
                name = name[:1].upper() + name[1:]
            text = text[: guess.start] + name + text[guess.end :]
        return text

    def _guesses(self, text: str) -> Iterator[_Guess]:
        words = list(_WORD.finditer(text))
        heard = {word.start() for word in words if _letters(word[0]) in self._sounds}
        for first in range(len(words)):
            for last in range(first, min(first + _MOST_WORDS, len(words))):
                if last > first and not _BETWEEN.fullmatch(text, words[last - 1].end(), words[last].start()):
                    break
                # A stretch that has a term in it was heard well enough.
                if heard & {word.start() for word in words[first : last + 1]}:
                    break
                start, end = words[first].start(), words[last].end()
                guess = self._guess(_letters(text[start:end]))
                if guess is not None:
                    yield _Guess(start, end, *guess)

    def _guess(self, letters: str) -> tuple[Term, float] | None:
        """The term that these letters were meant to be, and how like it they are."""
        if letters in self._sounds:
            return None
        likely = process.extract(
            letters,
            self._spellings,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_SAME_LETTERS,
            limit=_MOST_WORDS,
        )
        code = metaphone(letters) if likely else ""
        for spelling, likeness, _ in likely:
            # An inflected form is another word, not one that was misheard.
            if spelling.startswith(letters) or letters.startswith(spelling):
                continue
            for sound in self._sounds[spelling]:
                if code == sound.code or (likeness >= _NEAR_LETTERS and _is_near(code, sound)):
                    return sound.term, likeness
        return None


def _is_near(code: str, sound: _Sound) -> bool:
    """Whether one consonant makes the difference. Only of names: of other words many are that near to each other."""
    if not sound.term.keep or len(sound.code) < _NEAR_CODE:
        return False
    return Levenshtein.distance(code.translate(_HARDENED), sound.code.translate(_HARDENED), score_cutoff=1) <= 1


def _letters(text: str) -> str:
    """A text by its bare letters, in one word."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in plain if character.isalpha())


def correct(text: str, glossary: Glossary, language: str) -> str:
    """A finished clause of the floor, of which the near misses of the glossary's terms are put right."""
    return glossary.prepared(f"heard {language}", lambda: Ear(glossary, language)).corrected(text)
