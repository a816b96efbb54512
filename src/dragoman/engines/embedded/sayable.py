"""What of a text can be said aloud. Texts are untrusted: recognised, translated, or typed by somebody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from dragoman.engines.embedded.abbreviations import written_out
from dragoman.engines.embedded.numerals import spoken

LONGEST = 240
"""Characters said at once: about 15 seconds. Others get their turn between the pieces of a long text."""

_ADDRESS = re.compile(
    r"\b(?:[a-z]{3,6}://)?(?:www\.)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[/?#][^\s,;]*)?", re.IGNORECASE
)
"""A web address; its host's name is group 1."""

_SIGNS = frozenset("°©®™№+=±×÷−$€£¥₹¢")
"""Symbols that have a name in speech. Others, pictures above all, are left out."""

_MARKUP = frozenset("*_~^`|\\<>[]{}")
"""Signs of mark-up, which nobody wants to hear."""

_LETTERLIKE = frozenset({"FEMININE", "MASCULINE", "MICRO", "MODIFIER"})
"""First words of the Unicode names of letters that belong to no script: ª º µ ʼ."""

_STYLED = ("FULLWIDTH", "HALFWIDTH", "MATHEMATICAL")
"""First words of the names of letters that are others in fancy dress."""

_MOST_MARKS = 4
"""Marks on one letter. Indic scripts need three; heaps of them are no writing."""

_JOINERS = "\u200c\u200d"
"""Part of the spelling of some scripts, on a letter like a mark."""

_REPEATED = re.compile(r"([^\d\s])\1{3,}")
"""Letters and signs in a row of which three say as much. Every figure of a number counts."""
_ENDS = re.compile(r"[.!?…。！？।።](?=\s|$)|[。！？।።]|[,;:،、，；：](?=\s|$)|\s")


def pieces(text: str, language: str, script: str, tag: str = "") -> Iterator[str]:
    """The sayable parts of a text, each short enough to be said at once; none where nothing in it has a sound.

    language: the voice's, without a region. script: that of its letters, by the first word of their Unicode names.
    Letters of others than this and Latin are left out: espeak would read each out by its name, half a minute for a
    word.
    tag: the language with its region, to put numbers in words; without one they stay in figures.
    """
    rest = _tidy(text, language, script, tag)
    while rest:
        end = len(rest) if len(rest) <= LONGEST else _cut(rest[:LONGEST])
        piece, rest = rest[:end].strip(), rest[end:].strip()
        if any(map(str.isalnum, piece)) or not _SIGNS.isdisjoint(piece):
            yield piece


def _cut(text: str) -> int:
    """Where to cut: after the last end of a sentence in the second half, else after a comma, else at a space."""
    best, rank = len(text), 0
    for match in _ENDS.finditer(text, len(text) // 2):
        found = 1 if match[0].isspace() else 2 if match[0] in ",;:،、，；：" else 3
        if found >= rank:
            best, rank = match.end(), found
    return best


def _tidy(text: str, language: str, script: str, tag: str) -> str:
    """The text without what has no sound, numbers and abbreviations written out."""
    plain = written_out(spoken(unicodedata.normalize("NFC", _ADDRESS.sub(r"\1", text)), tag), language)
    said = "".join(_sounding(plain, frozenset({script, "LATIN"}) | _LETTERLIKE))
    return " ".join(_REPEATED.sub(r"\1\1\1", said).split())


def _sounding(text: str, scripts: frozenset[str]) -> Iterator[str]:
    """What to say for each character, in order."""
    marks = _MOST_MARKS  # of the last letter: a mark without one is not said
    for character in text:
        kind = unicodedata.category(character)
        if kind in ("Mn", "Mc") or character in _JOINERS:
            marks += 1
            if marks <= _MOST_MARKS and character != "\ufe0f":
                yield character
            continue
        said = _said(character, kind, scripts)
        marks = 0 if said.strip() else _MOST_MARKS
        yield said


def _said(character: str, kind: str, scripts: frozenset[str]) -> str:
    """The character, another for it, a space where it only parted others, or nothing."""
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind[0] == "L":
        return _letter(character, scripts)
    if kind == "Cf":  # steers the layout within words
        return ""
    if kind in ("Cc", "Zs", "Zl", "Zp") or character in _MARKUP:
        return " "
    if kind[0] in "CMS" and character not in _SIGNS:
        return " "
    return character


def _letter(character: str, scripts: frozenset[str]) -> str:
    script = unicodedata.name(character, "").partition(" ")[0]
    if script in _STYLED:
        character = unicodedata.normalize("NFKC", character)
        script = unicodedata.name(character[0], "").partition(" ")[0]
    return character if script in scripts else " "
