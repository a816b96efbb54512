"""Where the talk is cut: committed words become clauses that a booth can interpret while the speaker goes on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from dragoman.fluency import fluent, text_of
from dragoman.modes import Mode
from dragoman.phrases import Joint, joints
from dragoman.speech import Begun, Final, Partial, Span, ms

GAP = 200
"""ms between two words that are a pause: whoever speaks has ended something."""
_SHORTEST = 2
"""Words of a clause that is cut where nothing ends."""
_WEARY = 2
"""So many times its patience a clause waits for the beginning of a phrase; then it ends between any two words."""
_SPARE = 4
"""Words by which the rest of finished speech may be longer than a clause: it is all there, and reads better whole."""

_PARTS = re.compile(r"[\r\n\v\f\u2028\u2029]+|(?<=[。！？])")
"""Where a typed text ends a clause whatever stands there: at a new line, and after a full-width sentence, behind which
nobody writes a space."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a recognition gives to the booths."""

    finals: tuple[Final, ...]
    """clauses that are finished, in order"""
    rest: Partial | None
    """what has been recognised after them; None after the end of the speech"""


class Clauses:
    """The clauses of one recogniser's stream: every committed word is in one, once, in order.

    A clause keeps nothing to itself: until its speech is over, `Final.said` has all that was given of it, and a stream
    that is opened anew begins with that.
    """

    def __init__(self, language: str, *, safe: int, begun: Begun | None = None) -> None:
        """language: tag of the floor. safe: floor position from which the stream hears. begun: see Recognizer.open."""
        self._language = language
        self._safe = safe
        self._expected = begun
        self._taken = 0
        """words of the open speech that are in clauses"""
        self._end = safe
        """floor position up to which clauses reach"""

    def settled(self, safe: int) -> None:
        """Nothing before this floor position will be heard again."""
        self._safe = max(self._safe, safe)

    def hear(self, partial: Partial, mode: Mode, heard: int) -> Cut:
        """Take the words that are certain so far. heard: floor position up to which there is sound."""
        words = partial.committed.split()
        following, _, _ = partial.tail.partition(" ")
        speech = self._speech(words, partial.start, heard, partial.times, following)
        finals = []
        while (number := _next(speech.pending(self._taken), mode, heard)) is not None:
            finals += self._clause(speech, number, end=None)
        stay = speech.stay[self._taken :]
        rest = replace(
            partial,
            start=speech.times[self._taken][0] if self._taken < len(words) else max(partial.start, self._end),
            committed=text_of(words[self._taken :], stay),
            times=(),
        )
        return Cut(tuple(finals), rest)

    def finish(self, final: Final, mode: Mode) -> Cut:
        """The speech is over: its words that are in no clause yet become the last ones."""
        words = final.text.split()
        speech = self._speech(words, final.start, final.end, final.times)
        finals = []
        while (number := _next_finished(speech.pending(self._taken), mode)) is not None:
            finals += self._clause(speech, number, end=None)
        finals += self._clause(speech, max(0, len(words) - self._taken), end=final)
        self._taken = 0
        self.settled(final.safe)
        if finals:
            # A last part of which nothing was left (fillers) has ended with the clause before it.
            finals[-1] = replace(finals[-1], safe=final.safe, said="")
        return Cut(tuple(finals), None)

    def _speech(
        self, words: Sequence[str], start: int, end: int, times: Sequence[Span], following: str = ""
    ) -> _Speech:
        if self._expected is not None:
            # The first speech: what was given of it before this stream was opened is not given again. Speech that
            # begins after that is another one: the host that had the sound of the first is gone.
            if start < self._expected.end:
                self._taken, self._end = len(self._expected.text.split()), self._expected.end
            self._expected = None
        places = tuple(times) if len(times) == len(words) else _spread(words, start, end)
        found = joints(words, self._language, following)
        return _Speech(tuple(words), places, tuple(fluent(words, self._language)), found)

    def _clause(self, speech: _Speech, number: int, *, end: Final | None) -> list[Final]:
        """The next words as a clause; none where nothing of them stays. end: they are the last of this speech."""
        first, last = self._taken, self._taken + number
        self._taken = last
        text = text_of(speech.words[first:last], speech.stay[first:last])
        if not text:
            return []
        start = max(speech.times[first][0], self._end)
        self._end = max(start + 1, end.end if end else speech.times[last - 1][1])
        return [Final(start, self._end, text, self._safe, said=" ".join(speech.words[:last]))]


def written(text: str, language: str, mode: Mode) -> tuple[str, ...]:
    """A text that was typed, as clauses: every word is in one, once, in order. language: tag of the floor."""
    made: list[str] = []
    for part in filter(None, (part.strip() for part in _PARTS.split(text))):
        words = part.split()
        stay = (True,) * len(words)
        speech = _Speech(tuple(words), ((0, 0),) * len(words), stay, joints(words, language))
        taken = 0
        while (number := _next_finished(speech.pending(taken), mode)) is not None:
            made.append(" ".join(words[taken : taken + number]))
            taken += number
        if taken < len(words):
            made.append(" ".join(words[taken:]))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Speech:
    """One utterance so far."""

    words: tuple[str, ...]
    times: tuple[Span, ...]
    stay: tuple[bool, ...]
    joints: tuple[Joint, ...]
    """what stands after each word"""

    def pending(self, taken: int) -> _Speech:
        return _Speech(self.words[taken:], self.times[taken:], self.stay[taken:], self.joints[taken:])

    def counted(self) -> tuple[int, ...]:
        """How many words stay up to each."""
        return tuple(accumulate(map(int, self.stay)))


def _next(speech: _Speech, mode: Mode, heard: int) -> int | None:
    """How many of the pending words are the next clause; None: it has not ended."""
    counted = speech.counted()
    for number in range(1, len(speech.words) + 1):
        if _ends(speech, number, counted[number - 1], mode):
            return number
    if mode.longest is None or not counted:
        return None
    waited = ms(heard - speech.times[0][0])
    patience = mode.patience or waited + 1
    if counted[-1] > mode.longest or waited >= patience:
        return _best(speech, counted, mode, anywhere=counted[-1] > mode.longest or waited >= _WEARY * patience)
    return None


def _next_finished(speech: _Speech, mode: Mode) -> int | None:
    """The same where all words are there: cut is only what would be too long."""
    counted = speech.counted()
    for number in range(1, len(speech.words)):
        if speech.joints[number - 1] == Joint.SENTENCE and counted[number - 1] >= mode.sentence:
            return number
    if mode.longest is None or not counted or counted[-1] <= mode.longest + _SPARE:
        return None
    ending = (number for number in range(1, len(speech.words)) if _ends(speech, number, counted[number - 1], mode))
    return next(ending, None) or _best(speech, counted, mode, anywhere=True)


def _ends(speech: _Speech, number: int, counted: int, mode: Mode) -> bool:
    """Whether so many words are a clause. counted: how many of them stay."""
    joint = speech.joints[number - 1]
    needed = {Joint.SENTENCE: mode.sentence, Joint.MARK: mode.comma, Joint.PHRASE: mode.joint}.get(joint)
    if needed is not None and counted >= needed:
        return True
    if mode.comma is None or counted < mode.comma or joint == Joint.INSIDE or number == len(speech.words):
        return False
    return ms(speech.times[number][0] - speech.times[number - 1][1]) >= GAP


def _best(speech: _Speech, counted: Sequence[int], mode: Mode, *, anywhere: bool) -> int | None:
    """Where to cut what is too long: at the last place that hurts least. anywhere: also where nothing begins."""
    assert mode.longest is not None
    numbers = [number for number, words in enumerate(counted, 1) if _SHORTEST <= words <= mode.longest]
    for joint in (Joint.MARK, Joint.PHRASE, Joint.WEAK, *([Joint.NONE] if anywhere else [])):
        found = [number for number in numbers if speech.joints[number - 1] >= joint]
        if found:
            return found[-1]
    return numbers[-1] if numbers and anywhere else None


def _spread(words: Sequence[str], start: int, end: int) -> tuple[Span, ...]:
    """Where words were said that nobody has placed: by their letters."""
    ends = list(accumulate(len(word) + 1 for word in words))
    places = [start + (end - start) * reached // ends[-1] for reached in ends]
    return tuple(zip([start, *places[:-1]], places, strict=True)) if words else ()
