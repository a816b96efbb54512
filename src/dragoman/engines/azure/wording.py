"""Texts as words that can be compared: what two wordings of the same speech share, and where one goes on.

A word is what stands between spaces; in scripts that write none (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each
character with its marks is one. Case and punctuation do not count: an intermediate result has neither.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

UNSPACED = frozenset(("zh", "yue", "wuu", "ja", "th", "lo", "km", "my"))
"""Languages that are written without spaces between words."""
_UNSPACED = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),  # Thai and Lao, Burmese, Khmer
    *((0x2E80, 0x2FFF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)
_SENTENCE = frozenset(".!?…。!?।॥؟։።၊။៕")  # also where a quotation mark or bracket follows
_MARK = frozenset(",;:–—,、;:،؛·፣၊") | _SENTENCE
_CLOSING = frozenset("\"'»”’)]}」』)›“")
_FURTHER = 8
"""Words by which a wording may have grown where it is looked for: more would only find a word that is said again."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text."""

    text: str
    """with the punctuation around it"""
    key: str
    """what counts when it is compared; empty for punctuation on its own"""
    glued: bool
    """no space before it"""

    @property
    def ends_sentence(self) -> bool:
        """Whether a sentence ends with it."""
        return self.text.rstrip("".join(_CLOSING))[-1:] in _SENTENCE

    @property
    def ends_part(self) -> bool:
        """Whether a part of a sentence, or a sentence, ends with it."""
        return self.text.rstrip("".join(_CLOSING))[-1:] in _MARK

    @property
    def weight(self) -> float:
        """How much of a word it is: two characters of an unspaced script are one."""
        return 0.5 if self.key and _unspaced(self.key[0]) else 1.0


def words(text: str) -> tuple[Word, ...]:
    """The words of a text. Space of any kind becomes single; punctuation on its own belongs to the word before it."""
    found: list[Word] = []
    for run in text.split():
        glued = False
        for piece in _pieces(run):
            key = _key(piece)
            if not key and found:
                before = found[-1]
                found[-1] = Word(before.text + ("" if glued else " ") + piece, before.key, before.glued)
            else:
                found.append(Word(piece, key, glued))
            glued = True
    return tuple(found)


def text_of(these: Sequence[Word]) -> str:
    """Words as a text."""
    return "".join(("" if word.glued or not place else " ") + word.text for place, word in enumerate(these))


def weight(these: Sequence[Word]) -> float:
    """How many words they are."""
    return sum(word.weight for word in these)


def shared(one: Sequence[Word], other: Sequence[Word]) -> int:
    """With how many of the same words both begin."""
    number = 0
    for left, right in zip(one, other, strict=False):
        if left.key != right.key:
            break
        number += 1
    return number


def after(given: Sequence[Word], now: Sequence[Word]) -> int:
    """How many words of the wording `now` are what was given before; what follows them is new.

    Where `now` words it differently, as many as make the fewest differences: a word that is said again later does not
    take those between with it.
    """
    return (_aligned(given, now) or [0])[-1]


def rewritten(given: Sequence[Word], now: Sequence[Word]) -> tuple[Word, ...]:
    """`now`, with the words that were given in its first place: as `now` writes them where they are the same words."""
    kept, begin = [], 0
    for word, end in zip(given, _aligned(given, now), strict=True):
        same = end == begin + 1 and now[begin].key == word.key
        kept.append(now[begin] if same else word)
        begin = end
    return (*kept, *now[begin:])


def covered(given: Sequence[Word], now: Sequence[Word]) -> int:
    """How many of the words given before a finished wording `now` accounts for; the rest belongs to later speech."""
    same = shared(given, now)
    if same == len(now):
        return same
    if same == len(given):
        return same
    return same + _aligned(now[same:], given[same:])[-1]


def _aligned(given: Sequence[Word], now: Sequence[Word]) -> list[int]:
    """For each given word, how many words of `now` go up to its end, by the fewest differences (Levenshtein)."""
    same = shared(given, now)
    if same == len(given):
        return list(range(1, same + 1))
    left, right = given[same:], now[same : len(given) + _FURTHER]
    table = [list(range(len(right) + 1))]
    for i, word in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            change = table[-1][j - 1] + (word.key != other.key)
            row.append(min(change, table[-1][j] + 1, row[-1] + 1))
        table.append(row)
    # Of equally good ends, the one after as many words as were given.
    end = min(range(len(right) + 1), key=lambda j: (table[-1][j], abs(j - len(left)), j))
    return [*range(1, same + 1), *(same + reached for reached in _traced(table, left, right, end))]


def _traced(table: list[list[int]], left: Sequence[Word], right: Sequence[Word], end: int) -> list[int]:
    ends = [0] * len(left)
    i, j = len(left), end
    while i:
        ends[i - 1] = max(ends[i - 1], j)
        if j and table[i][j] == table[i - 1][j - 1] + (left[i - 1].key != right[j - 1].key):
            i, j = i - 1, j - 1
        elif table[i][j] == table[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return ends


def _pieces(run: str) -> list[str]:
    """What stands between two spaces, with each character of an unspaced script on its own."""
    pieces: list[str] = []
    open_word = False
    for character in run:
        joins = unicodedata.category(character)[0] == "M" or character == "\u200d"
        if _unspaced(character) and not joins:
            pieces.append(character)
            open_word = False
        elif pieces and (open_word or joins):
            pieces[-1] += character
        else:
            pieces.append(character)
            open_word = True
    return pieces


def _unspaced(character: str) -> bool:
    code = ord(character)
    return code >= 0x0E00 and any(first <= code <= last for first, last in _UNSPACED)


def _key(piece: str) -> str:
    return "".join(c for c in piece.casefold() if c.isalnum() or unicodedata.category(c)[0] == "M")
