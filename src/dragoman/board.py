"""What people are told of a line that many avatars say: when the first begins, and when the last has ended."""

from __future__ import annotations

from collections import OrderedDict

from dragoman.cast import Reporter, Span
from dragoman.events import AvatarState
from dragoman.lag import lag_ms
from dragoman.speech import Entry

_TOLD = 256
"""Lines of which it is remembered what people were told; no listener is further behind."""


class Board:
    """Of one session, by language."""

    def __init__(self, span: Span, report: Reporter) -> None:
        self._span = span
        self._report = report
        self._lines: OrderedDict[tuple[str, int], int] = OrderedDict()
        """how many say it now"""
        self._over: OrderedDict[tuple[str, int], None] = OrderedDict()
        """those whose end, or that they were left out, people have been told: the first end is what counts"""

    def turn(self, language: str, entry: Entry) -> Turn:
        """One avatar's turn at a line."""
        return Turn(self, language, entry)

    def began(self, language: str, entry: Entry) -> None:
        key = (language, entry.segment.id)
        if key not in self._lines:
            self._tell(language, entry, speaking=True)
        self._lines[key] = self._lines.get(key, 0) + 1
        self._forget()

    def ended(self, language: str, entry: Entry) -> None:
        key = (language, entry.segment.id)
        self._lines[key] = self._lines.get(key, 1) - 1
        if not self._lines[key] and key not in self._over:
            self._over[key] = None
            self._tell(language, entry, speaking=False)

    def passed(self, language: str, entry: Entry) -> None:
        """It comes too late for somebody; people are told where nobody has heard it."""
        key = (language, entry.segment.id)
        if key not in self._lines and key not in self._over:
            self._over[key] = None
            self._report.condensed(language, entry.segment.id)
            self._forget()

    def _tell(self, language: str, entry: Entry, *, speaking: bool) -> None:
        lag = lag_ms(entry.segment, self._span.clock.now(), self._span.floor, starting=speaking)
        self._report.avatar(AvatarState(language, entry.segment.id, speaking, lag))

    def _forget(self) -> None:
        for told in (self._lines, self._over):
            while len(told) > _TOLD:
                told.popitem(last=False)


class Turn:
    """One avatar's turn at a line. Begins once, if at all, and ends once."""

    def __init__(self, board: Board, language: str, entry: Entry) -> None:
        self._board, self._language, self._entry = board, language, entry
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._board.began(self._language, self._entry)

    def end(self) -> None:
        if self._begun:
            self._begun = False
            self._board.ended(self._language, self._entry)
