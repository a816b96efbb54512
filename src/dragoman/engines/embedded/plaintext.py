"""Plain text in Apertium's stream and out of it again.

In the stream some characters mean something and are escaped by a backslash; what stands in unescaped brackets is
carried along without being read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 1000
"""Characters sent at once; a longer text is cut. Two minutes of speech are shorter than two of these."""

_MEANINGFUL = re.compile(r"[\[\]{}^$/\\@<>]")
_END = ".[][\n]"
"""What Apertium's own deformatter puts after a text: a full stop, so that the last words are seen as a sentence's
end, which the empty brackets mark as not the text's own, and its newline."""

_ESCAPED_OR_BRACKET = re.compile(r"\\(.)|[\[\]]", re.DOTALL)
_LETTER_APOSTROPHE = re.compile(r"(?<=\w)\N{RIGHT SINGLE QUOTATION MARK}(?=\w)")
_HYPHENS = str.maketrans(dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}", "-"))

_LOOSE_MARK = re.compile(r"(?<=\w) +(?=[.,;:!?…]+(?:[\s\"'”’»)]|$))")

_SENTENCE_END = re.compile(r"[.!?;:…][\"'”’»)]*\s+")


def tidy(text: str) -> str:
    """One line of text as dictionaries expect it: composed letters, typewriter apostrophes and hyphens within words,
    single spaces, nothing that is not a character."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text if _is_character(c))
    text = _LETTER_APOSTROPHE.sub("'", text).translate(_HYPHENS)
    return " ".join(text.split())


def _is_character(c: str) -> bool:
    """Not half of a pair, and none of the code points that are no characters: lttoolbox takes U+FFFF for the end."""
    code = ord(c)
    return not (0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF)


def cut(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Pieces of at most `longest` characters which together are the text: cut after the last sentence in reach, else
    after the last space, else where they must be."""
    while len(text) > longest:
        reach = text[: longest + 1]
        ends = [match.end() for match in _SENTENCE_END.finditer(reach) if match.end() <= longest]
        here = ends[-1] if ends else reach.rfind(" ", 0, longest) + 1 or longest
        yield text[:here]
        text = text[here:]
    if text:
        yield text


def deformat(text: str) -> bytes:
    """A tidy text as a request, NUL at its end."""
    # The tilde wakes the post-generator, escaped or not: it has to go round the programs.
    return (_MEANINGFUL.sub(r"\\\g<0>", text).replace("~", "[~]") + _END + "\0").encode()


def is_whole(answer: bytes) -> bool:
    """Whether an answer has the end that every request has; one that has not may come from programs that died."""
    return answer.endswith(_END[1:].encode())


def reformat(answer: bytes) -> str:
    """The text in an answer. Words that were left out have left their spaces; those go too."""
    text = answer.decode(errors="replace").removesuffix(_END[1:]).removesuffix(".")
    return " ".join(_ESCAPED_OR_BRACKET.sub(lambda found: found[1] or "", text).split())


def close_up(text: str, translation: str) -> str:
    """The translation with its marks at their words: a word that was left out before a full stop leaves its space.

    Where the text itself has spaces before marks, as French writes, nothing is changed.
    """
    return translation if _LOOSE_MARK.search(text) else _LOOSE_MARK.sub("", translation)
