"""The latency modes: how much a booth waits for, how far its avatar may fall behind. See docs/latency.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mode:
    """One row of thresholds."""

    name: str
    sentence: int
    """words of a clause from which on it ends at the end of a sentence"""
    comma: int | None
    """words from which on it ends at another mark (comma, colon, semicolon, dash); None: never"""
    joint: int | None
    """words from which on it ends before a word that begins a phrase (and, because, which); None: never"""
    longest: int | None
    """words after which it ends wherever it is; None: never"""
    patience: int | None
    """ms from a clause's first word until it ends at the best place there is; None: it waits for a better one"""
    calm: float
    """seconds of queue that only shorten the avatar's pauses"""
    hurried: float
    """seconds of queue at which the avatar speaks as fast as it may"""
    bound: int
    """ms: a clause whose first sound would be further behind its first word is condensed"""


CONSECUTIVE = Mode(
    "consecutive", sentence=1, comma=None, joint=None, longest=None, patience=None, calm=0.5, hurried=2.0, bound=30_000
)
BALANCED = Mode(
    "balanced", sentence=1, comma=3, joint=4, longest=10, patience=2_200, calm=0.3, hurried=1.2, bound=8_000
)
LOW = Mode("low", sentence=1, comma=2, joint=2, longest=6, patience=800, calm=0.1, hurried=0.4, bound=8_000)

MODES: Mapping[str, Mode] = {mode.name: mode for mode in (CONSECUTIVE, BALANCED, LOW)}


def mode_of(options: Mapping[str, Any]) -> Mode:
    """The mode that a session's host chose, as in createSession."""
    return MODES[options.get("latencyMode") or BALANCED.name]
