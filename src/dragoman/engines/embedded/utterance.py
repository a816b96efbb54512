"""From espeak's sound and phonemes to an Utterance: no silence around it, the media clock's rate, an even loudness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from dragoman.engines.embedded import pronunciation
from dragoman.engines.embedded.espeak import Phoneme, Sound
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

LOUDNESS = 10 ** (-20 / 20)
"""RMS of what is voiced, of full scale: -20 dBFS, usual for speech on calls and near what espeak itself gives."""
PEAK = 10 ** (-1 / 20)
"""The most that a sample may be, of full scale. Voices with sharp peaks stay up to 2 dB below LOUDNESS for it."""

_FRAME = 0.01
"""Seconds over which loudness is taken."""
_SILENT = 10 ** (-45 / 20)
"""RMS below which a frame is silent, of the loudest frame's."""
_LEAD, _TAIL = 0.01, 0.06
"""Seconds of silence that stay before and after: room for the mouth to open, and for it to close."""
_PAUSE = 0.25
"""RMS below which nameless phonemes are a pause, of the RMS of what is voiced; else the mouth keeps its shape."""
_CLOSURE = 0.08
"""Seconds for which the mouth is closed before a stop lets go, at most."""
_CLOSED = 0.1
"""RMS below which the sound before a stop is that of a closed mouth, of the RMS of what is voiced."""

NOTHING = Utterance(np.zeros(MEDIA_RATE // 50, np.int16), (Viseme(0, pronunciation.SILENCE),))
"""A text without any sound, as short as one packet."""

Samples = npt.NDArray[np.float32]
"""shape (n,), full scale is 1"""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound that is listened to for what the mouth does."""

    pcm: Samples
    rate: int
    """samples per second"""
    voiced: float
    """RMS of what is voiced"""

    def level(self, start: int, end: int) -> float:
        """RMS of a stretch, of that of what is voiced; 0 for an empty one."""
        span = self.pcm[start:end]
        return float(np.sqrt(np.mean(span**2))) / self.voiced if len(span) else 0.0

    def closing(self, burst: int, earliest: int) -> int:
        """Where the mouth closed for a stop that lets go at `burst`.

        espeak counts the silence of a stop to the phoneme before it, and begins the stop itself where it lets go.
        """
        step = int(self.rate * 0.005)
        earliest = max(earliest, burst - int(_CLOSURE * self.rate))
        while burst - step >= earliest and self.level(burst - step, burst) < _CLOSED:
            burst -= step
        return burst


def utterance(sound: Sound) -> Utterance:
    """A sound as it is said on the media clock."""
    pcm = sound.pcm.astype(np.float32) / np.float32(32768)
    frame = int(_FRAME * sound.rate)
    loud = _rms(pcm, frame)
    voiced = np.flatnonzero(loud > _SILENT * loud.max(initial=0))
    if not len(voiced):
        return NOTHING
    begin = max(0, int(voiced[0]) * frame - int(_LEAD * sound.rate))
    end = (int(voiced[-1]) + 1) * frame
    level = float(np.sqrt(np.mean(loud[voiced] ** 2)))
    said = np.pad(pcm[begin:end], (0, int(_TAIL * sound.rate)))
    shapes = [
        (max(0, start - begin) * MEDIA_RATE // sound.rate, shape)
        for start, shape in _shapes(Heard(pcm[:end], sound.rate, level), sound.phonemes)
    ]
    close = (end - begin) * MEDIA_RATE // sound.rate
    return Utterance(_loud(_resampled(said, sound.rate), level), _visemes(shapes, close))


def joined(parts: Sequence[Utterance]) -> Utterance:
    """One after the other."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    shapes: list[tuple[int, int]] = []
    length = 0
    for part in parts:
        shapes += ((length + viseme.start, viseme.id) for viseme in part.visemes)
        length += len(part.pcm)
    return Utterance(np.concatenate([part.pcm for part in parts]), tuple(_changes(shapes)))


def _rms(pcm: Samples, frame: int) -> Samples:
    """Of each frame, the last one filled up with silence."""
    frames = np.pad(pcm, (0, -len(pcm) % frame)).reshape(-1, frame)
    return np.sqrt(np.mean(frames**2, axis=1, dtype=np.float32))


def _shapes(sound: Heard, phonemes: Sequence[Phoneme]) -> Iterator[tuple[int, int]]:
    """Where in the sound which shape begins. The shapes of one phoneme share its time."""
    end = len(sound.pcm)
    said = [phoneme for phoneme in phonemes if not pronunciation.is_switch(phoneme.name) and phoneme.start < end]
    for before, phoneme, after in zip([Phoneme(0, ""), *said], said, [*said[1:], Phoneme(end, "")], strict=False):
        if not phoneme.name:
            if sound.level(phoneme.start, after.start) < _PAUSE:
                yield phoneme.start, pronunciation.SILENCE
            continue
        start = sound.closing(phoneme.start, before.start) if pronunciation.is_stop(phoneme.name) else phoneme.start
        shapes = pronunciation.shapes(phoneme.name)
        for place, shape in enumerate(shapes):
            yield start + (after.start - start) * place // len(shapes), shape


def _visemes(shapes: Iterable[tuple[int, int]], close: int) -> tuple[Viseme, ...]:
    """Changes of shape, from silence to silence. close: where the mouth closes at the latest, media samples."""
    within = [(start, shape) for start, shape in shapes if start < close]
    opening = [] if within and within[0][0] == 0 else [(0, pronunciation.SILENCE)]
    return tuple(_changes([*opening, *within, (close, pronunciation.SILENCE)]))


def _changes(shapes: Iterable[tuple[int, int]]) -> Iterator[Viseme]:
    """Without what is the same as before, and without what is replaced at the same sample."""
    last: Viseme | None = None
    before: int | None = None
    for start, shape in shapes:
        if last is not None and last.start != start and last.id != before:
            yield last
            before = last.id
        if last is None or last.start == start or last.id != shape:
            last = Viseme(start, shape)
    if last is not None and last.id != before:
        yield last


def _resampled(pcm: Samples, rate: int) -> Samples:
    """At MEDIA_RATE, as long as before to the sample."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=MEDIA_RATE)
    frame = av.AudioFrame.from_ndarray(pcm[None, :], format="flt", layout="mono")
    frame.sample_rate = rate
    parts = [part.to_ndarray()[0] for given in (frame, None) for part in resampler.resample(given)]
    length = round(len(pcm) * MEDIA_RATE / rate)
    whole = np.concatenate(parts)[:length]
    return np.pad(whole, (0, length - len(whole)))


def _loud(pcm: Samples, level: float) -> npt.NDArray[np.int16]:
    """As loud as every other utterance. level: RMS of what is voiced."""
    gain = min(LOUDNESS / level, PEAK / float(np.abs(pcm).max()))
    scaled: npt.NDArray[np.int16] = np.rint(pcm * np.float32(gain * 32767)).astype(np.int16)
    return scaled
