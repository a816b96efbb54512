"""The values that travel from the microphone to the listeners. All are frozen; none knows an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FLOOR_RATE = 16_000
"""Samples per second of the floor's PCM; every position on the floor counts these."""
MEDIA_RATE = 48_000
"""Samples per second of the media clock and of an avatar's sound; every media time counts these."""


def ms(samples: int) -> int:
    """A floor position in samples as whole milliseconds."""
    return samples * 1000 // FLOOR_RATE


def samples(milliseconds: float) -> int:
    """Milliseconds as a floor position in samples."""
    return int(milliseconds * FLOOR_RATE / 1000)


@dataclass(frozen=True, slots=True)
class Pcm:
    """A run of the floor's sound: 16-bit mono at FLOOR_RATE."""

    samples: npt.NDArray[np.int16]
    """shape (n,)"""
    start: int
    """floor position of the first sample"""

    @property
    def end(self) -> int:
        """Floor position one past the last sample."""
        return self.start + len(self.samples)


Span = tuple[int, int]
"""Floor positions, samples: the first and one past the last."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Speech that was being heard when its recogniser, or the server, stopped."""

    text: str
    """what was given of it, as recognised: whoever hears it again begins with these words"""
    end: int
    """floor position up to which these words go, samples"""
    translations: Mapping[str, str] = field(default_factory=dict)
    """what was given of it in other languages, by offered tag"""


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been recognised of speech that is not finished. A later Partial of the same start replaces it."""

    start: int
    """floor position where the speech began, samples"""
    committed: str
    """words that will stand at the beginning of the Final"""
    tail: str
    """words that may still change"""
    times: tuple[Span, ...] = ()
    """where each committed word (what stands between spaces) was said; empty where the engine does not know. Those of
    a later Partial or Final begin with these"""
    translations: Mapping[str, str] = field(default_factory=dict)
    """`committed` in other languages, by offered tag, from an engine that recognises and translates in one stream. What
    carries translations is a clause already and is not cut"""
    language: str = ""
    """the tag that was identified; empty: the one for which the stream was opened"""


@dataclass(frozen=True, slots=True)
class Final:
    """A finished stretch of speech as recognised; it never changes."""

    start: int
    """floor position of the first speech sample"""
    end: int
    """floor position one past the last speech sample"""
    text: str
    safe: int
    """floor position before which nothing needs to be decoded again once this Final is kept; less than `end` where it
    is a clause of speech that goes on"""
    times: tuple[Span, ...] = ()
    """as in Partial, of all words"""
    said: str = ""
    """once this Final is kept: all that was given, as recognised, of the speech that is open at `safe`. A recogniser
    that hears that speech again begins with these words; empty where no speech is open"""
    translations: Mapping[str, str] = field(default_factory=dict)
    """`text` in other languages, as in Partial"""
    language: str = ""
    """as in Partial"""


@dataclass(frozen=True, slots=True)
class Safe:
    """Nothing before `position` needs to be decoded again: it is in a Final that was given, or holds no speech."""

    position: int
    """samples"""


Recognition = Partial | Final | Safe
"""What a recogniser's stream gives, in floor order."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A Final that the journal has kept and numbered."""

    id: int
    """rises by one within a session, from 1"""
    start: int
    """samples"""
    end: int
    """samples"""
    text: str
    timestamp: int
    """when the sample `end` arrived, or when it was typed; ms since 1970"""
    typed: bool = False
    """the host wrote it instead of saying it: `start` and `end` are where the floor was then"""
    retracted: bool = False
    """the host took it back: `text` is empty, and there are no lines"""
    revision: int = 0
    """rises by one whenever the host corrects or retracts it"""
    due: int | None = None
    """of what was typed: the media time from which its lag is counted; None otherwise, and after a restart"""


@dataclass(frozen=True, slots=True)
class Line:
    """A Segment in one target language."""

    segment_id: int
    language: str
    text: str
    untranslated: bool = False
    """the booth failed: `text` is the source text"""
    condensed: bool = False
    """shown and not spoken: the avatar would have been too late with it"""
    lag: int | None = None
    """how far the avatar's first sound of it was behind the floor's, ms; None where nobody has heard it"""
    corrected: bool = False
    """the host wrote it; no booth replaces it"""
    revision: int = 0
    """of the Segment that it was made of: a line that was made of another one is not kept"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A Segment with the lines made of it so far: one entry of a session's history."""

    segment: Segment
    lines: dict[str, Line] = field(default_factory=dict)
    """by offered tag"""


@dataclass(frozen=True, slots=True)
class Viseme:
    """A shape of the mouth, held until the next one."""

    start: int
    """media samples since the utterance began"""
    id: int
    """0 to 21, as SAPI and Azure number them: 0 is silence, 21 the closed lips of p, b and m"""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text as a voice says it."""

    pcm: npt.NDArray[np.int16]
    """mono at MEDIA_RATE, shape (n,)"""
    visemes: tuple[Viseme, ...]
    """in order of start; the first starts at 0, the last is silence"""
