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
    held: int
    """words that have to be committed after a mark before it is believed: the model may take it back until then"""
    bound: int
    """ms: a clause whose first sound would be further behind its first word is condensed"""


CONSECUTIVE = Mode("consecutive", sentence=1, comma=None, joint=None, longest=None, held=1, bound=30_000)
BALANCED = Mode("balanced", sentence=1, comma=3, joint=4, longest=7, held=1, bound=8_000)
LOW = Mode("low", sentence=1, comma=2, joint=3, longest=5, held=0, bound=8_000)

MODES: Mapping[str, Mode] = {mode.name: mode for mode in (CONSECUTIVE, BALANCED, LOW)}


def mode_of(options: Mapping[str, Any]) -> Mode:
    """The mode that a session's host chose, as in createSession."""
    return MODES[options.get("latencyMode") or BALANCED.name]
