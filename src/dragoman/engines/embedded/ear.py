"""One speaker's sound becoming text, step by step, on whatever thread calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.engines.embedded.agreement import Agreement
from dragoman.engines.embedded.buffer import Buffer
from dragoman.engines.embedded.endpoint import CUT_FROM, TAIL, Endpointer, Span
from dragoman.engines.embedded.models import Models
from dragoman.engines.embedded.moonshine import Hypothesis
from dragoman.engines.embedded.timeline import Timeline
from dragoman.engines.embedded.vad import FRAME, Memory
from dragoman.speech import Begun, Final, Partial, Pcm, Safe, samples

STEP = samples(300)
"""how much a window grows before it is decoded again"""
_CERTAIN = 0.5
"""mean probability of speech below which a stretch of sound is none: speech has 0.85 even in noise as loud as itself,
hums and chords 0.05 to 0.45"""
_BATCH = 32  # frames that the VAD takes at once, 1 s: what follows a Span in the batch is heard twice


@dataclass(frozen=True, slots=True)
class Utterance:
    """A finished stretch of speech that waits to become text."""

    span: Span
    sound: npt.NDArray[np.float32]
    """from span.listen to span.safe"""
    committed: tuple[int, ...]
    """tokens that its text has to begin with"""
    draft: tuple[int, ...]
    """tokens that probably follow them"""
    decoded: Hypothesis | None
    """of just this sound, where it was decoded while the silence lasted"""
    timeline: Timeline
    """where its words were said"""


class Ear:
    """Takes sound, gives Utterances when they are over and, when asked, a Partial of the one that is not.

    Not thread-safe: the stream that owns it calls it from one thread.
    """

    def __init__(self, models: Models, start: int, begun: Begun | None = None) -> None:
        """start: floor position of the first sample. begun: what was given already of the speech that comes first."""
        self._models = models
        self._begun = begun
        self._buffer = Buffer(start)
        self._memory: Memory
        self._agreement: Agreement
        self._timeline: Timeline
        self._heard: int  # position to which the window was decoded last
        self._decoded: Hypothesis | None
        self._begin(start)

    @property
    def safe(self) -> int:
        """Nothing before this floor position will be decoded, apart from Utterances that were given."""
        return self._endpointer.listen

    @property
    def end(self) -> int:
        """Floor position one past the last sample taken."""
        return self._buffer.end

    def take(self, pcm: Pcm) -> None:
        """Add sound. A gap before it becomes silence: one longer than a pause is the caller's to `skip`."""
        self._buffer.append(pcm)

    def skip(self, start: int) -> None:
        """Go on at a later position: what lies before was silence. Only after `flush`."""
        self._buffer = Buffer(start)
        self._begin(start)
        self._expect(start)

    def advance(self) -> Utterance | None:
        """Listen to what was taken, up to the end of an utterance. None: all has been heard."""
        while frames := min((self._buffer.end - self._endpointer.position) // FRAME, _BATCH):
            start = self._endpointer.position
            sound = self._buffer.cut(start, start + frames * FRAME)
            probabilities, self._memory = self._models.vad.speech(sound, self._memory)
            loudness = np.square(sound.reshape(-1, FRAME)).mean(axis=1)
            for probability, power in zip(probabilities.tolist(), loudness.tolist(), strict=True):
                self._timeline.hear(probability)
                if span := self._endpointer.hear(probability, power):
                    utterance = self._utterance(span)
                    self._begin(span.safe, speaking=span.cut)
                    return utterance
            if self._endpointer.open:
                self._expect(self._endpointer.start)
            self._buffer.drop(self._endpointer.listen)
        return None

    def flush(self) -> Utterance | None:
        """The speech that is open, where nothing follows what was taken. Only after `advance` gave None."""
        span = self._endpointer.flush(self._buffer.end)
        utterance = self._utterance(span) if span else None
        self._begin(self._buffer.end)
        return utterance

    @property
    def due(self) -> bool:
        """Whether decoding the open window again may bring news."""
        ear = self._endpointer
        if not ear.open or ear.start is None or ear.certainty < _CERTAIN:
            return False
        if self._begun is not None and ear.position < self._begun.end + STEP:
            return False  # what was heard before has not come again yet; words beyond the sound are invented
        if ear.silence >= TAIL:
            # the speech may be over: decoded now, its text is ready when the silence has lasted long enough
            return self._heard != ear.spoken
        return ear.position - max(self._heard, ear.start) >= STEP

    def partial(self) -> Partial | None:
        """What the newest state of the open window says, if decoding it may bring news."""
        ear = self._endpointer
        if not self.due or ear.start is None:
            return None
        end = ear.spoken if ear.silence >= TAIL else ear.position
        committed, draft = self._agreement.committed, self._agreement.tail
        hypothesis = self._models.moonshine.hear(self._buffer.cut(ear.listen, end), prefix=committed, draft=draft)
        # a cut never falls before CUT_FROM, so these words are on this side of it
        self._agreement.hear(hypothesis.tokens, hypothesis.scores, commit=end - ear.listen <= CUT_FROM)
        self._heard, self._decoded = end, hypothesis
        text = self._models.vocabulary.text
        certain, rest = text(self._agreement.committed), text(self._agreement.tail)
        return Partial(ear.start, certain, rest, self._timeline.place(certain.split(), rest.split(), end))

    def final(self, utterance: Utterance) -> Final | Safe:
        """The utterance as text; Safe where it is none."""
        span = utterance.span
        hypothesis = utterance.decoded or self._models.moonshine.hear(
            utterance.sound, prefix=utterance.committed, draft=utterance.draft
        )
        text = self._models.vocabulary.text(hypothesis.tokens)
        # the model makes "You" and "Thank you" of a hum, and notes of music; committed words were given and stay
        speech = span.certainty >= _CERTAIN and any(character.isalnum() for character in text)
        if not speech and not utterance.committed:
            return Safe(span.safe)
        return Final(span.start, span.end, text, span.safe, utterance.timeline.place(text.split(), (), span.end))

    def _begin(self, origin: int, *, speaking: bool = False) -> None:
        """Listen afresh from `origin`, just as a stream does that is opened there."""
        self._buffer.drop(origin)
        self._endpointer = Endpointer(origin, speaking=speaking)
        self._memory = Memory()
        vocabulary = self._models.vocabulary
        given = vocabulary.tokens(self._begun.text) if self._begun is not None else ()
        self._agreement = Agreement(vocabulary.starts_word, given)
        self._timeline = Timeline(origin)
        self._heard = origin
        self._decoded = None

    def _expect(self, start: int | None) -> None:
        """Speech begins at `start`. What had been begun is forgotten where it did not come again: the host that had
        its sound is another one now."""
        if self._begun is not None and start is not None and start >= self._begun.end:
            self._begun = None
            self._agreement = Agreement(self._models.vocabulary.starts_word)

    def _utterance(self, span: Span) -> Utterance:
        decoded = self._decoded if self._heard == span.safe else None
        self._expect(span.start)
        self._begun = None
        sound = self._buffer.cut(span.listen, span.safe)
        return Utterance(span, sound, self._agreement.committed, self._agreement.tail, decoded, self._timeline)
