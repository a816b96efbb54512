"""SSML as a voice is given it: what is said, by whom, how fast, and where it pauses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn
from xml.etree import ElementTree

_SPEAK = "{http://www.w3.org/2001/10/synthesis}"
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_BREAKS = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
_FASTEST, _SLOWEST = 3.0, 0.33


class Refused(ValueError):
    """The text is the reason that the service closes with."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text, or a pause where there is none."""

    text: str
    rate: float = 1.0
    pause: float = 0.0
    """seconds"""


@dataclass(frozen=True, slots=True)
class Speech:
    voice: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return " ".join(" ".join(piece.text for piece in self.pieces).split())

    @property
    def rate(self) -> float:
        """Of its first text."""
        return next((piece.rate for piece in self.pieces if piece.text.strip()), 1.0)


def parsed(ssml: str) -> Speech:
    """Raises Refused."""
    if "<!DOCTYPE" in ssml or "<!ENTITY" in ssml:
        raise Refused("Ssml parsing error: a document type is not allowed")
    try:
        root = ElementTree.fromstring(ssml)
    except ElementTree.ParseError as e:
        raise Refused(f"Ssml parsing error: {e}") from None
    if root.tag != f"{_SPEAK}speak":
        raise Refused("Ssml parsing error: the root element must be [speak] of the synthesis namespace")
    if root.get("version") != "1.0":
        raise Refused("Ssml parsing error: [speak] needs version 1.0")
    if not root.get("{http://www.w3.org/XML/1998/namespace}lang"):
        raise Refused("Ssml parsing error: [speak] needs xml:lang")
    voices = [one for one in root if one.tag == f"{_SPEAK}voice"]
    if not voices:
        raise Refused("Ssml should contain at least one [voice] tag.")
    if (root.text or "").strip() or any((one.tail or "").strip() for one in voices):
        raise Refused("Ssml parsing error: text outside of [voice]")
    names = [one.get("name", "") for one in voices]
    if not names[0]:
        raise Refused("Ssml parsing error: [voice] needs a name")
    pieces: list[Piece] = []
    for voice in voices:
        _walk(voice, 1.0, pieces)
    return Speech(names[0], tuple(pieces))


def _walk(element: ElementTree.Element, rate: float, pieces: list[Piece]) -> None:
    if element.text:
        pieces.append(Piece(element.text, rate))
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name == "break":
            pieces.append(Piece("", pause=_break(child)))
        elif name == "prosody":
            _walk(child, _rate(child.get("rate"), rate), pieces)
        elif name == "sub":
            pieces.append(Piece(child.get("alias", child.text or ""), rate))
        else:
            _walk(child, rate, pieces)
        if child.tail:
            pieces.append(Piece(child.tail, rate))


def _rate(asked: str | None, around: float) -> float:
    """`+20%`, `-10%`, `1.2` or a word; held within what the service does."""
    if asked is None:
        return around
    if asked in _RATES:
        rate = around * _RATES[asked]
    elif match := re.fullmatch(r"([+-]?\d+(?:\.\d+)?)%", asked):
        rate = around * (1 + float(match[1]) / 100)
    elif re.fullmatch(r"\d+(?:\.\d+)?", asked):
        rate = around * float(asked)
    else:
        _refuse("rate", asked)
    return min(max(rate, _SLOWEST), _FASTEST)


def _break(element: ElementTree.Element) -> float:
    time = element.get("time")
    if time is None:
        return _BREAKS.get(element.get("strength", "medium"), 0.75)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", time)
    if match is None:
        _refuse("time", time)
    return min(float(match[1]) / (1000 if match[2] == "ms" else 1), 20.0)


def _refuse(attribute: str, value: str) -> NoReturn:
    raise Refused(f"Ssml parsing error: the value {value!r} of {attribute} is not one")
