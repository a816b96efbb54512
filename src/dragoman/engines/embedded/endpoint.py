"""Where speech begins and ends: decided frame by frame from the probability of speech and the loudness alone.

Nothing here depends on what is recognised or on when frames come, so the same sound gives the same windows, live or
not, in one run or resumed. All positions are the floor's, in samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.engines.embedded.vad import FRAME
from dragoman.speech import samples

PRE_ROLL = samples(300)
"""decoded before the first frame of speech: soft beginnings are found late"""
TAIL = samples(300)
"""decoded after the last frame of speech: soft endings, and the quiet by which the model knows an ending"""
LONGEST = samples(14_000)
"""Moonshine invents words at the end of longer windows"""
CUT_FROM = samples(12_000)
"""a window without a pause is cut at its quietest place between here and LONGEST, counted from its beginning"""

_SPEECH, _STILL_SPEECH = 0.5, 0.35  # thresholds of the VAD's authors: to begin, and to go on
_SHORTEST = 3  # frames of speech, 0.1 s: less is a click
_QUIET = 5  # frames that are compared where speech has to be cut: the closure of a plosive is shorter
_PAUSES = ((samples(12_000), samples(200)), (samples(8_000), samples(400)), (0, samples(544)))
"""(window length from which it holds, silence that ends the window): the longer it is, the less it waits"""


@dataclass(frozen=True, slots=True)
class Span:
    """A finished stretch of speech."""

    listen: int
    """where decoding begins: the pre-roll before `start`"""
    start: int
    """first sample of speech"""
    end: int
    """one past the last sample of speech"""
    safe: int
    """where decoding ends, and where listening goes on"""
    certainty: float
    """mean probability of speech between `start` and `end`, 0 to 1"""
    cut: bool
    """the speech goes on after it"""


class Endpointer:
    """Finds one Span; after it, the sound from `span.safe` on belongs to a new Endpointer.

    A stream that is resumed at a Span's `safe` thereby decides exactly as the one that went on.
    """

    def __init__(self, origin: int, *, speaking: bool = False) -> None:
        """`origin`: position of the first frame. `speaking`: it is in the middle of speech, after a cut."""
        self._origin = origin
        self.position = origin
        """one past the last frame heard"""
        self.start = origin if speaking else None
        """first sample of the speech that is open, or may prove to be a click"""
        self._end = origin
        self._voiced = 0
        self._probability = 0.0  # sum over the frames since `start`
        self._spoken_probability = 0.0  # the same up to the last frame of speech
        self._loudness: list[float] = []  # of the frames from CUT_FROM of the window on

    @property
    def listen(self) -> int:
        """Nothing before this will be decoded: where the open window begins, or the next one at the earliest."""
        start = self.position if self.start is None else self.start
        return max(self._origin, start - PRE_ROLL)

    @property
    def open(self) -> bool:
        """Whether there is speech that has not ended."""
        return self.start is not None and self._voiced >= _SHORTEST

    @property
    def silence(self) -> int:
        """Samples since the last speech of the open window."""
        return self.position - self._end

    @property
    def spoken(self) -> int:
        """Where decoding would end if the speech were over: at most TAIL after it."""
        return min(self._end + TAIL, self.position)

    @property
    def certainty(self) -> float:
        """Mean probability of speech from `start` to the last frame of speech; 0 where there is none."""
        if self.start is None or self._end == self.start:
            return 0.0
        return self._spoken_probability * FRAME / (self._end - self.start)

    def hear(self, probability: float, loudness: float) -> Span | None:
        """Take one frame; the Span that it finishes, if it does.

        `probability`: of speech, 0 to 1. `loudness`: any measure that grows with it.
        """
        in_speech = self.start is not None and self.silence == 0
        self.position += FRAME
        if probability >= (_STILL_SPEECH if in_speech else _SPEECH):
            if self.start is None:
                self.start = self.position - FRAME
            self._end = self.position
            self._voiced += 1
            self._spoken_probability = self._probability + probability
        if self.start is None:
            return None
        self._probability += probability
        length = self.position - self.listen
        if length > CUT_FROM:
            self._loudness.append(loudness)
        if self.silence >= (pause := _pause(length)):
            # half of a short pause is left for the next window's pre-roll
            return self._finish(self._end + min(TAIL, pause * 2 // 3), cut=False)
        if length + FRAME > LONGEST:
            return self._finish(self._quietest(), cut=True)
        return None

    def flush(self, end: int) -> Span | None:
        """The speech that is open when the sound ends at `end`."""
        if self.start is None:
            return None
        self._end = min(self._end, end)
        return self._finish(min(self._end + TAIL, end), cut=False)

    def _finish(self, safe: int, *, cut: bool) -> Span | None:
        if not self.open:
            self.start, self._voiced, self._probability, self._loudness = None, 0, 0.0, []
            return None
        assert self.start is not None
        return Span(self.listen, self.start, safe if cut else self._end, safe, self.certainty, cut)

    def _quietest(self) -> int:
        """The middle of the quietest place heard since CUT_FROM."""
        sums = [sum(self._loudness[i : i + _QUIET]) for i in range(len(self._loudness) - _QUIET + 1)]
        middle = sums.index(min(sums)) + _QUIET // 2
        return self.position - (len(self._loudness) - middle) * FRAME + FRAME // 2


def _pause(length: int) -> int:
    """Samples of silence that end a window of this length."""
    return next(pause for longer_than, pause in _PAUSES if length >= longer_than)
