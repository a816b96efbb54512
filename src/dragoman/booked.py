"""A line's turn at a channel: its utterance is booked there, grows, or is taken back before anybody heard of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from dragoman.channel import Channel
from dragoman.prompter import Cue
from dragoman.speech import Segment, Utterance


@dataclass(slots=True)
class Booked:
    """An utterance that the channel has, or the first of it, and has not said to its end."""

    segment: Segment
    length: int
    """media samples; as many as are expected while it is still being made"""
    latest: int | None
    """media time after which it must not begin"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a broadcast decides of a line whose sound comes in; asked whenever it matters."""

    still: Callable[[], bool]
    """whether the line still has these words, and no other line comes first"""
    latest: Callable[[], int | None]
    """media time after which it must not begin"""
    late: Callable[[Cue], bool]
    """whether it is too late for it to begin"""


class ChannelTurn:
    """A line's turn at a channel; see `speaking.Turn`."""

    def __init__(
        self, channel: Channel, segment: Segment, cue: Cue, *, expected: int, booked: deque[Booked], rules: Rules
    ) -> None:
        """expected: media samples that the line is likely to last. booked: takes what the channel is given."""
        self._channel = channel
        self._segment = segment
        self._cue = cue
        self._expected = expected
        self._booked = booked
        self._rules = rules
        self._own: Booked | None = None
        self.whole: Utterance | None = None
        """all of it, once it is made"""
        self.stale = False
        """before the channel was given anything the line was taken back or corrected, or others came to be before it"""

    @property
    def given(self) -> bool:
        """Whether the channel was given anything of it."""
        return self._own is not None

    def begin(self, utterance: Utterance, *, whole: bool) -> bool:
        if not self._rules.still():
            self.stale = True
            return False
        # The floor may have turned out to be earlier while the voice was at work.
        cue = replace(self._cue, latest=self._rules.latest())
        if self._rules.late(cue):
            return False
        expected = None if whole else self._expected
        self._channel.say(self._segment.id, utterance, pause=cue.pause, latest=cue.latest, expected=expected)
        self._own = Booked(self._segment, self._length(utterance, whole=whole), cue.latest)
        self._booked.append(self._own)
        self.whole = utterance if whole else None
        return True

    def grow(self, utterance: Utterance, *, whole: bool) -> bool:
        if self._own is None or not self._channel.grow(self._segment.id, utterance, whole=whole):
            return False
        self._own.length = self._length(utterance, whole=whole)
        self.whole = utterance if whole else None
        return True

    def withdraw(self) -> bool:
        if self._own is None or not self._channel.withdraw(self._segment.id):
            return False
        self._booked.remove(self._own)
        self._own = None
        return True

    def _length(self, utterance: Utterance, *, whole: bool) -> int:
        return len(utterance.pcm) if whole else max(len(utterance.pcm), self._expected)
