"""What a host saw and heard of a talk, and when: what every figure is made of, on virtual time or real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shown:
    """A caption."""

    at: float
    """seconds since the talk's first sample was spoken"""
    segment: int
    language: str
    source: str
    text: str
    start: int
    """floor position, samples"""
    end: int
    """floor position, samples"""
    final: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """An avatar begins or ends to say a segment."""

    at: float
    """seconds since the talk's first sample was spoken"""
    segment: int
    language: str
    begins: bool
    lag: float | None
    """seconds, as the server says it"""


@dataclass(slots=True)
class Course:
    """One talk."""

    floor: str
    """the source language"""
    languages: Sequence[str]
    shown: list[Shown] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    condensed: dict[str, int] = field(default_factory=dict)
    """lines that were shown and not spoken, by language"""
    rates: dict[str, list[float]] = field(default_factory=dict)
    """paces that the voice was asked for, by language; empty where that is not known"""
    costs: Mapping[str, float] = field(default_factory=dict)
    """CPU seconds per second of talk, by kind of work"""
    notes: Mapping[str, float] = field(default_factory=dict)
    """what else is worth knowing of how it was measured"""

    def finals(self, language: str) -> list[Shown]:
        """The final captions in a language, in order of segment."""
        found = {shown.segment: shown for shown in reversed(self.shown) if shown.final and shown.language == language}
        return [found[segment] for segment in sorted(found)]
