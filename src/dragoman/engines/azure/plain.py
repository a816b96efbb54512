"""Untrusted text on its way to a service that takes plain text: made harmless, and cut where a request may end."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 5_000
"""Characters in one piece: a request takes 50,000 in all, and is answered sooner with fewer
(https://learn.microsoft.com/azure/ai-services/translator/service-limits)"""
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|(?<=[。！？])")


def tidy(text: str) -> str:
    """One line of text without what is no text: control characters and halves of surrogate pairs; single spaces."""
    kept = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return " ".join(kept.split())


def says_something(text: str) -> bool:
    """Whether there is anything in it to translate."""
    return any(map(str.isalnum, text))


def pieces(line: str, longest: int = LONGEST) -> list[str]:
    """A line in pieces that are not longer: between sentences, else between words, else anywhere."""
    if len(line) <= longest:
        return [line]
    found, rest = [], line
    while len(rest) > longest:
        ends = [match.end() for match in _SENTENCE_END.finditer(rest, 0, longest + 1) if match.end() <= longest]
        end = ends[-1] if ends else rest.rfind(" ", 0, longest) + 1 or longest
        found.append(rest[:end])
        rest = rest[end:]
    return [*found, rest] if rest else found
