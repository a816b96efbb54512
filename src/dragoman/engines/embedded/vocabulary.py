"""Moonshine's vocabulary: tokens to text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

BEGIN = 1
"""begins every sequence that the decoder is given"""
END = 2
"""ends what it gives"""

_SPACE = "\u2581"  # SentencePiece's sign for a space: a piece that begins with it begins a word
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SPECIAL = 3  # <unk>, <s>, </s>


class Vocabulary:
    """The pieces of text that tokens stand for: the first 32,000 are LLaMA's; the model's other 768 are never text."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._bytes = [_content(token, piece) for token, piece in enumerate(pieces)]
        self._starts = [piece.startswith(_SPACE) for piece in pieces]

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Read a JSON list of pieces, a piece's place being its token."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens say, with single spaces; bytes that are not UTF-8 are left out."""
        content = b"".join(self._bytes[token] for token in tokens if token < len(self._bytes))
        return " ".join(content.decode("utf-8", "ignore").split())

    def starts_word(self, token: int) -> bool:
        """Whether a new word begins with this token."""
        return token < len(self._starts) and self._starts[token]


def _content(token: int, piece: str) -> bytes:
    if token < _SPECIAL:
        return b""
    if byte := _BYTE.fullmatch(piece):
        return bytes([int(byte[1], 16)])
    return piece.replace(_SPACE, " ").encode()
