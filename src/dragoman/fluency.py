"""What people say while they search for words: left out of the talk, in captions and transcripts too.

Only what is nothing else in a language is left out: fillers, and little words said again by stumbling. What is decided
of a word does not depend on what comes after it, so that nothing which was shown is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.function_words import function_words

_CLOSING = ".?!…"
_MARKS = ",;:.?!…-–—\"'“”‘’()"


def fluent(words: Sequence[str], language: str) -> list[bool]:
    """Which of the words stay.

    language: tag of what is spoken; where nothing is known of it, all do.
    """
    known = function_words(language)
    stay: list[bool] = []
    before = ""
    for word in words:
        plain = word.strip(_MARKS).lower()
        again = plain == before and plain in known.stumbled
        stay.append(plain not in known.fillers and not again)
        if stay[-1]:
            # Across a sentence's end it is another sentence that begins with the same word.
            before = "" if word[-1:] in _CLOSING else plain
    return stay


def text_of(words: Sequence[str], stay: Sequence[bool]) -> str:
    """The words that stay, as a text: what a left out word carried, a capital or the end of a sentence, is moved."""
    kept: list[str] = []
    capital = False
    for word, stays in zip(words, stay, strict=True):
        if stays:
            kept.append(word[:1].upper() + word[1:] if capital else word)
            capital = False
        elif not kept or kept[-1][-1:] in _CLOSING:
            capital = capital or word[:1].isupper()
        elif word[-1:] in _CLOSING:
            kept[-1] = kept[-1].rstrip(",;:") + word[-1]
        elif word[-1:] == "," and kept[-1][-1:] == ",":
            kept[-1] = kept[-1][:-1]
    return " ".join(kept)
