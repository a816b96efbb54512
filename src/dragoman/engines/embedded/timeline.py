"""Where in a window its words were said, as far as the sound and the lengths of the words tell.

The model gives no times. Its words are laid over the frames with speech, in proportion to their letters: between what
was placed before and the end of what has been heard, a second or two, so that no error adds up.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.engines.embedded.vad import FRAME
from dragoman.speech import Span

SPEECH = 0.5
"""Probability of speech from which a frame counts."""
_MORE = 1.5
"""Letters that a word takes longer than its own: short words are not said in no time."""


class Timeline:
    """The words of one window. Places once given are never changed."""

    def __init__(self, origin: int) -> None:
        """origin: floor position of the first frame, samples."""
        self._origin = origin
        self._voiced: list[int] = []  # numbers of the frames with speech
        self._frames = 0
        self._places: list[Span] = []

    def hear(self, probability: float) -> None:
        """The next frame."""
        if probability >= SPEECH:
            self._voiced.append(self._frames)
        self._frames += 1

    @property
    def places(self) -> tuple[Span, ...]:
        """Of the words that were placed."""
        return tuple(self._places)

    def place(self, words: Sequence[str], following: Sequence[str], end: int) -> tuple[Span, ...]:
        """Where these words were said, those included that were placed before.

        following: words heard after them that may still change. end: floor position up to which all were heard.
        """
        fresh = words[len(self._places) :]
        begin = self._places[-1][1] if self._places else self._origin
        frames = [frame for frame in self._voiced if begin <= self._position(frame) < end]
        lengths = [_length(word) for word in (*fresh, *following)]
        total, passed = sum(lengths), 0.0
        for length in lengths[: len(fresh)]:
            first = passed / total
            passed += length
            self._places.append(self._between(frames, first, passed / total, begin, end))
            begin = self._places[-1][1]
        return self.places

    def _between(self, frames: Sequence[int], first: float, last: float, begin: int, end: int) -> Span:
        """From one share of the frames to another. Without frames: nothing is known but that it was in between."""
        if not frames:
            return begin, begin
        start = self._position(frames[min(int(first * len(frames)), len(frames) - 1)])
        stop = self._position(frames[max(0, min(round(last * len(frames)), len(frames)) - 1)]) + FRAME
        start = max(begin, min(start, end))
        return start, max(start, min(stop, end))

    def _position(self, frame: int) -> int:
        return self._origin + frame * FRAME


def _length(word: str) -> float:
    return _MORE + sum(map(str.isalnum, word))
