"""Moonshine's vocabulary: tokens to text, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
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
        self._tokens = {piece: token for token, piece in enumerate(pieces) if token >= _SPECIAL}

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Read a JSON list of pieces, a piece's place being its token."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens say, with single spaces; bytes that are not UTF-8 are left out."""
        content = b"".join(self._bytes[token] for token in tokens if token < len(self._bytes))
        return " ".join(content.decode("utf-8", "ignore").split())

    def tokens(self, text: str) -> list[int]:
        """The text as SentencePiece cuts it: of all neighbours that make a piece together, those of the piece that was
        learned first become one, until none do."""
        pieces = [*(_SPACE + text.replace(" ", _SPACE))] if text else []
        unknown = len(self._starts)
        while True:
            joined = [self._tokens.get(a + b, unknown) for a, b in pairwise(pieces)]
            if (first := min(joined, default=unknown)) == unknown:
                return [token for piece in pieces for token in self._spelled(piece)]
            place = joined.index(first)
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]

    def _spelled(self, piece: str) -> list[int]:
        """A piece's token; those of its bytes where it has none."""
        if piece in self._tokens:
            return [self._tokens[piece]]
        return [self._tokens[f"<0x{byte:02X}>"] for byte in piece.replace(_SPACE, " ").encode("utf-8", "ignore")]

    def starts_word(self, token: int) -> bool:
        """Whether a new word begins with this token."""
        return token < len(self._starts) and self._starts[token]


def _content(token: int, piece: str) -> bytes:
    if token < _SPECIAL:
        return b""
    if byte := _BYTE.fullmatch(piece):
        return bytes([int(byte[1], 16)])
    return piece.replace(_SPACE, " ").encode()
