"""The lips of a voice that tells no visemes: an estimate from its sound.

Azure has visemes for some fifty locales only; Filipino, Icelandic or Serbian are not among them (footnote 3 of
https://learn.microsoft.com/azure/ai-services/speech-service/language-support?tabs=tts).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dragoman.speech import MEDIA_RATE, Viseme

BLOCK = MEDIA_RATE * 60 // 1000
"""Media samples for which a shape is held: about half of a syllable."""
_QUIET = 330.0
"""Root mean square of what is silence: 40 dB below full scale."""
_SHAPES = ((2400.0, 2), (1400.0, 4), (700.0, 6), (_QUIET, 19))
"""From which loudness on the mouth is how far open: as for `a`, `e`, `i`, `d`."""
_HISS = 0.2
"""Changes of sign per sample above which it is a sibilant, whatever its loudness: 4.8 kHz."""
_SIBILANT, _SILENCE = 15, 0


def visemes_of(pcm: npt.NDArray[np.int16]) -> list[Viseme]:
    """One shape for each whole BLOCK of a sound, those that go on told once. A longer sound's begin with these."""
    found: list[Viseme] = []
    for start in range(0, len(pcm) - BLOCK + 1, BLOCK):
        shape = _shape(pcm[start : start + BLOCK].astype(np.float64))
        if not found or found[-1].id != shape:
            found.append(Viseme(start, shape))
    return found


def _shape(block: npt.NDArray[np.float64]) -> int:
    loudness = float(np.sqrt(np.mean(block**2)))
    if loudness >= _QUIET and np.count_nonzero(np.diff(np.signbit(block))) > _HISS * len(block):
        return _SIBILANT
    return next((shape for least, shape in _SHAPES if loudness >= least), _SILENCE)
