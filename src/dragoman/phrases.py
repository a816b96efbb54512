"""What stands between the words of a text: the end of a sentence, a mark, the beginning of a phrase, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise

from dragoman.function_words import FunctionWords, function_words


class Joint(IntEnum):
    """What is between two words: the greater, the less is lost by cutting there."""

    INSIDE = 0
    """a phrase goes on: nobody cuts here who can help it"""
    NONE = 1
    """nothing is known"""
    WEAK = 2
    """a part of a phrase begins: of, to, with"""
    PHRASE = 3
    """a phrase begins: and, because, which"""
    MARK = 4
    """comma, colon, semicolon or dash"""
    SENTENCE = 5
    """a sentence ends"""


_SENTENCE_END = re.compile(r"""[.?!…]["'”’)\]]*$""")
_FULL_WIDTH_END = re.compile(r"[。！？।።]$")
_MARK = re.compile(r"""[,;:،；，、–—-]["'”’)\]]*$""")
_INITIAL = re.compile(r"^[A-Z]\.$")


def joints(words: Sequence[str], language: str, following: str = "") -> tuple[Joint, ...]:
    """What stands after each of the words.

    language: their tag. following: what probably comes after the last one.
    """
    known = function_words(language)
    return tuple(_joint(word, after, known) for word, after in pairwise([*words, following]))


def _joint(before: str, word: str, known: FunctionWords) -> Joint:
    last, following = _plain(before), _plain(word)
    if _ends_sentence(before, last, known):
        return Joint.SENTENCE
    if _MARK.search(before):
        return Joint.MARK
    if last in known.binders:
        return Joint.INSIDE
    if following in known.openers:
        return Joint.PHRASE
    return Joint.WEAK if following in known.links else Joint.NONE


def _ends_sentence(word: str, plain: str, known: FunctionWords) -> bool:
    if _FULL_WIDTH_END.search(word):
        return True
    if not _SENTENCE_END.search(word):
        return False
    stopped = word.rstrip("\"'”’)]")
    return not (stopped.endswith(".") and (plain in known.titles or _INITIAL.match(stopped)))


def _plain(word: str) -> str:
    return word.strip(".,;:?!…-–—\"'“”‘’()[]").lower()
