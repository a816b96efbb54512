"""When and how a talk's text is shown: cues of at most two short lines, cut out of segments that know no such bounds.

LINE_WIDTH, LINES and the times follow the Netflix Timed Text Style Guide, General Requirements (42 characters a line,
two lines, an event stays at least 5/6 s and at most 7 s); READING_SPEED is that guide's 17 characters a second for
adults (English template). Full-width characters count double there too: 42 columns are 21 of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

LINE_WIDTH = 42
"""columns"""
LINES = 2
MINIMUM_MS = 833
LONGEST_MS = 7000
"""of clauses that are shown together"""
GAP_MS = 90
"""between clauses that are shown together"""
READING_SPEED = 17
"""characters per second"""

# Not the no-break spaces: French puts one before a colon, and a line must not begin with that colon.
_SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_SENTENCE_END = re.compile(r"""[.?!…。！？।؟۔]["'”’»)\]」』]*\s*$""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and when it was said; `end` may equal `start`, as for what was typed."""

    start: int
    """ms"""
    end: int
    """ms"""
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at one time."""

    start: int
    """ms"""
    end: int
    """ms, > start"""
    lines: tuple[str, ...]
    """1 to LINES of them, none blank"""


def clean(text: str) -> str:
    """One line of text that can be written anywhere: no control characters, no halves of surrogate pairs."""
    whole = text.encode("utf-8", "replace").decode()
    return " ".join(filter(None, (_CONTROL.sub("", word) for word in _SPACE.split(whole))))


def cues(passages: Iterable[Passage]) -> list[Cue]:
    """Cues in order of time, none overlapping another.

    The clauses of a sentence are shown together where that is one cue. A passage that is too long for one becomes
    several, its time shared out in proportion to their characters. One that is too short to be read stays longer, as
    far as the next one lets it.
    """
    made: list[Cue] = []
    shown = _joined(sorted((p for p in passages if clean(p.text).strip()), key=lambda p: p.start))
    free = 0
    for number, passage in enumerate(shown):
        blocks = _blocks(clean(passage.text))
        start = max(passage.start, free)
        following = shown[number + 1].start if number + 1 < len(shown) else None
        end = _end(passage, start, blocks, following)
        made += _share_out(start, end, blocks)
        free = end
    return made


def _joined(passages: Sequence[Passage]) -> list[Passage]:
    """Clauses that go on with what was said just before are one passage with it, as long as that is one cue."""
    joined: list[Passage] = []
    for passage in passages:
        before = joined[-1] if joined else None
        if before is not None and _goes_on(before, passage):
            text, following = clean(before.text), clean(passage.text)
            space = "" if _ideographic(text[-1]) or _ideographic(following[0]) else " "
            whole = Passage(before.start, max(before.end, passage.end), f"{text}{space}{following}")
            if whole.end - whole.start <= LONGEST_MS and len(_blocks(whole.text)) == 1:
                joined[-1] = whole
                continue
        joined.append(passage)
    return joined


def _goes_on(before: Passage, passage: Passage) -> bool:
    return before.start < before.end and passage.start - before.end <= GAP_MS and not _SENTENCE_END.search(before.text)


def _end(passage: Passage, start: int, blocks: Sequence[tuple[str, ...]], following: int | None) -> int:
    """When the passage's last cue ends, ms; at least one ms per cue after `start`."""
    end = max(passage.end, start)
    if end - start < MINIMUM_MS * len(blocks):
        characters = sum(len(line) for block in blocks for line in block)
        wanted = start + max(MINIMUM_MS * len(blocks), characters * 1000 // READING_SPEED)
        end = max(end, wanted if following is None else min(wanted, following))
    return max(end, start + len(blocks))


def _share_out(start: int, end: int, blocks: Sequence[tuple[str, ...]]) -> list[Cue]:
    """One cue per block; every one gets one ms, the rest goes by characters."""
    sizes = [sum(map(len, block)) for block in blocks]
    spare, total = end - start - len(blocks), sum(sizes)
    bounds = [start + number + spare * sum(sizes[:number]) // total for number in range(len(blocks) + 1)]
    return [Cue(bounds[number], bounds[number + 1], block) for number, block in enumerate(blocks)]


def _blocks(text: str) -> list[tuple[str, ...]]:
    """The text in lines of even length, LINES of them at a time."""
    lines = _balanced(_pieces(text))
    return [tuple(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]


def _balanced(pieces: Sequence[str]) -> list[str]:
    """As few lines as LINE_WIDTH allows, broken so that the longest is as short as it can be."""
    best = _fill(pieces, LINE_WIDTH)
    low, high = 1, LINE_WIDTH if len(best) > 1 else 1
    while low < high:
        width = (low + high) // 2
        lines = _fill(pieces, width)
        if len(lines) <= len(best) and all(_columns(line) <= LINE_WIDTH for line in lines):
            best, high = lines, width
        else:
            low = width + 1
    return best


def _fill(pieces: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    line, filled = "", 0
    for piece in pieces:
        size = _columns(piece)
        if line and filled + size - piece.endswith(" ") > width:
            lines.append(line.rstrip(" "))
            line, filled = "", 0
        line += piece
        filled += size
    lines.append(line.rstrip(" "))
    return lines


def _pieces(text: str) -> list[str]:
    """What a line may end after: words with the space behind them, full-width characters, parts of endless words."""
    pieces: list[str] = []
    for word in text.split(" "):
        if word.isascii() and len(word) <= LINE_WIDTH:
            pieces.append(word + " ")
        else:
            pieces += _parts(word + " ")
    return pieces


def _parts(word: str) -> list[str]:
    """A word cut where its script, or its length, allows it."""
    parts: list[str] = []
    part, filled = "", 0
    for character in word:
        columns = _columns(character)
        ends = (filled and _ideographic(character)) or filled + columns > LINE_WIDTH
        # Never before what joins the character in front of it, nor after what joins it to the next.
        if ends and columns and character != " " and not part.endswith("\u200d"):
            parts.append(part)
            part, filled = "", 0
        part += character
        filled += columns
    return [*parts, part]


def _ideographic(character: str) -> bool:
    """Whether a line may begin with this character inside a word: Chinese and Japanese are written without spaces."""
    hangul = "\uac00" <= character <= "\ud7a3"
    return _columns(character) == 2 and not hangul and unicodedata.category(character)[0] != "P"


@lru_cache(maxsize=8192)  # asked for the same words again with every width tried
def _columns(text: str) -> int:
    """Columns that the text takes: none for combining and format characters, two for full-width ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
