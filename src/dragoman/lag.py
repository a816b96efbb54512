"""The lag of a booth: the ear-voice span, from the speaker's words to the avatar's; and when to ask for patience."""

from __future__ import annotations

from dragoman.clock import FloorMap
from dragoman.speech import MEDIA_RATE, Segment

ASK, ENOUGH = 0.75, 0.5
"""Of a mode's bound: the speaker is asked to slow down above the first, and not any more below the second."""
HOLD = 5 * MEDIA_RATE
"""Media samples for which the speaker is asked at least: a sign that only flickers is not read."""
APART = 3 * MEDIA_RATE
"""Media samples from one change of the sign to the next at least."""


def said_at(segment: Segment, floor: FloorMap, *, starting: bool) -> int | None:
    """The media time at which the speaker began or ended to say a segment; None where that is not known."""
    if segment.typed:
        return segment.due if starting else None
    return floor.media(segment.start if starting else segment.end - 1)


def lag_ms(segment: Segment, at: int, floor: FloorMap, *, starting: bool) -> int | None:
    """How far the avatar is behind the floor in a segment, ms; None where it is not known when it was said.

    at: media time of the avatar's first sound of it, or of its last. starting: from start to start, else from end to
    end. Never negative: a voice that finishes a clause faster than the speaker did is not behind.
    """
    said = said_at(segment, floor, starting=starting)
    return None if said is None else max(0, (at - said) * 1000 // MEDIA_RATE)


class SlowDown:
    """Whether the speaker is to be asked to slow down for one language. All times are media times."""

    def __init__(self) -> None:
        self.asked = False
        """what the speaker has been told"""
        self._wanted = False
        self._cause: int | None = None
        self._told: int | None = None

    def see(self, lag: int, bound: int, now: int, *, condensed: bool = False) -> None:
        """The newest clause will be this far behind, or something had to be condensed. lag, bound: ms."""
        if condensed or lag > ASK * bound:
            self._wanted, self._cause = True, now
        elif lag < ENOUGH * bound and (self._cause is None or now - self._cause >= HOLD):
            self._wanted = False

    def change(self, now: int) -> bool:
        """Whether the speaker is to be told now that `asked` has changed."""
        if self._wanted == self.asked or (self._told is not None and now - self._told < APART):
            return False
        self.asked, self._told = self._wanted, now
        return True
