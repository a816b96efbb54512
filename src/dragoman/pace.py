"""How fast an avatar speaks, and how long it pauses: as a calm interpreter does, and a little faster while more waits.

The queue decides, in seconds: what is made and cannot be said yet, and what is translated already and comes after it.
How fast the speaker is does not: one whose clauses are short in the other language is followed at the natural pace.
"""

from __future__ import annotations

from dragoman.modes import Mode

FASTEST = 1.3
"""Of the voice's natural pace, 175 words a minute. Above it listeners begin to miss words."""
SLEW = 0.15
"""How much the pace changes from one clause to the next at most, so that nobody hears a jump."""

SENTENCE_PAUSE, MARK_PAUSE, PHRASE_PAUSE = 0.35, 0.15, 0.03
"""Seconds of silence after a sentence, after another mark, and where a sentence merely goes on in the next clause."""
HURRIED = 0.25
"""What is left of a pause before the words are said faster."""
LEAST_PAUSE = 0.02
"""Seconds; two clauses are never run into each other."""

_TYPICAL = 0.068
"""Seconds a character takes in Latin script at 175 words a minute, until this voice has been heard."""
_NEW = 0.3
"""Weight of the newest clause in what a character takes."""
_CLOSING = "\"'”’»›)]}」』】）"
_SENTENCE_ENDS = frozenset(".!?…。！？｡؟۔।॥።")
_MARKS = frozenset(",;:–—-،؛、，；：")


def pause(before: str, queue: float, mode: Mode) -> float:
    """Seconds of silence between a clause and the one before it.

    before: that clause's text, empty where nothing was said. queue: seconds.
    """
    last = before.rstrip().rstrip(_CLOSING).rstrip()[-1:]
    calm = SENTENCE_PAUSE if last in _SENTENCE_ENDS else MARK_PAUSE if last in _MARKS else PHRASE_PAUSE
    hurry = min(max(queue, 0.0) / mode.calm, 1.0)
    return max(LEAST_PAUSE, calm * (1 - (1 - HURRIED) * hurry))


class Pace:
    """The pace of one language's voice; 1 is natural. Decides by what it is told."""

    def __init__(self) -> None:
        self._character = _TYPICAL
        self.last = 1.0
        """of the newest clause that was said"""

    def rate(self, queue: float, mode: Mode) -> float:
        """The pace for the next clause while so many seconds wait. It counts once the clause is said; see `heard`."""
        hurry = (queue - mode.calm) / (mode.hurried - mode.calm)
        wanted = 1 + (FASTEST - 1) * min(max(hurry, 0.0), 1.0)
        return min(max(wanted, self.last - SLEW), self.last + SLEW)

    def natural(self, characters: int) -> float:
        """Seconds that so many characters take at the natural pace."""
        return characters * self._character

    def heard(self, characters: int, seconds: float, rate: float) -> None:
        """A clause took so long at this pace."""
        self.last = rate
        if characters:
            self._character += _NEW * (seconds * rate / characters - self._character)
