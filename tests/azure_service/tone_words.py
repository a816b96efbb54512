"""The tone language: word n of a script is a chord of two tones that says n, so hearing it is exact counting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .script import Script, Sentence

RATE = 16_000
"""samples a second of what `speak` makes"""
TONE = 0.2
GAP = 0.08
"""seconds a word sounds, and that it is quiet after it"""
STEP = 20
LOW, LOWS = 400, 100
HIGH, HIGHS = 2600, 250
"""Hz: word n is LOW + STEP * (n % LOWS) together with HIGH + STEP * (n // LOWS)"""
FEWEST = TONE / 2
"""seconds of a word that must be heard to know it: of a word that is cut in two, one half at most is a word"""
_FFT = 16_384
Pcm = NDArray[np.int16]


def chord(number: int, rate: int = RATE) -> Pcm:
    """A word: TONE seconds of sound, GAP of silence; peaks at about -4 dBFS."""
    if not 0 <= number < LOWS * HIGHS:
        raise ValueError(f"the tone language has {LOWS * HIGHS} words, none with the number {number}")
    t = np.arange(round(TONE * rate)) / rate
    low, high = LOW + STEP * (number % LOWS), HIGH + STEP * (number // LOWS)
    sound = 0.35 * np.sin(2 * np.pi * low * t) + 0.3 * np.sin(2 * np.pi * high * t)
    ramp = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.005)
    whole = np.concatenate([sound * ramp, np.zeros(round(GAP * rate))])
    return np.asarray(np.rint(whole * 32767), dtype=np.int16)


def silence(seconds: float, rate: int = RATE) -> Pcm:
    return np.zeros(round(seconds * rate), np.int16)


def speak(
    script: Script, sentence: Sentence | str | int, *, first: int = 0, last: int | None = None, rate: int = RATE
) -> Pcm:
    """Words first..last-1 of a sentence of the script. int16, mono, `rate` samples a second. Raises KeyError."""
    return np.concatenate([silence(0.0, rate), *(chord(n, rate) for n in script.numbers(sentence)[first:last])])


def talk(script: Script, *, pause: float = 0.8, lead: float = 0.2) -> Pcm:
    """The whole script: `lead` seconds of silence, then every sentence with `pause` seconds of silence after it."""
    sentences = [part for i in range(len(script.sentences)) for part in (speak(script, i), silence(pause))]
    return np.concatenate([silence(lead), *sentences])


def number_of(sound: NDArray[np.float64], rate: int) -> int | None:
    """The word that a stretch of sound is; None where it is none (noise, a voice, too short)."""
    if len(sound) < FEWEST * rate:
        return None
    middle = sound[rate // 200 : len(sound) - rate // 200]
    size = max(_FFT, 1 << (len(middle) - 1).bit_length())
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    hz = rate / size
    low = _peak(spectrum, LOW - STEP / 2, LOW + STEP * LOWS, hz)
    high = _peak(spectrum, HIGH - STEP / 2, min(HIGH + STEP * HIGHS, 0.49 * rate), hz)
    if low is None or high is None:
        return None
    return round((high - HIGH) / STEP) * LOWS + round((low - LOW) / STEP)


def _peak(spectrum: NDArray[np.float64], start: float, end: float, hz: float) -> float | None:
    """The frequency in Hz that stands out of a band, if one does."""
    first, last = int(start / hz), int(end / hz)
    band = spectrum[first:last]
    top = int(np.argmax(band))
    # One tone has nearly everything in its main lobe; a voice has its neighbours' harmonics.
    if band[top] < 20 * (float(np.median(band)) + 1e-9):
        return None
    return (first + top) * hz
