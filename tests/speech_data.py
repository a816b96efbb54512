"""Recordings of real speech for tests and benchmarks, with what they say.

`scripts/fetch_test_speech.py` brings what is not there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from dragoman.speech import FLOOR_RATE

_HERE = Path(__file__).resolve().parent
_FETCHED = _HERE.parent / ".cache" / "speech"
_LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
_TITLES = {"mr": "mister"}

LIBRIVOX = ("0870", "0880", "0890", "0920", "0930")
"""sentences of Sense and Sensibility, 3 to 7 s each"""
NAMES = (*LIBRIVOX, "two_cities", "beckett")


@dataclass(frozen=True, slots=True)
class Recording:
    """Real speech."""

    name: str
    samples: npt.NDArray[np.int16]
    """mono at FLOOR_RATE, shape (n,)"""
    text: str
    """what is said"""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / FLOOR_RATE


@cache
def recording(name: str) -> Recording:
    """One of NAMES. Raises FileNotFoundError with what to do."""
    said = json.loads((_HERE / "speech.json").read_text(encoding="utf-8"))
    return Recording(name, _samples(path(name)), said[name])


def path(name: str) -> Path:
    """Where the recording lies. Raises FileNotFoundError with what to do."""
    if name in LIBRIVOX:
        found = _LIBRIVOX / f"sense_and_sensibility_01_austen_64kb-{name}.wav"
    else:
        found = _FETCHED / f"{name}.wav"
    if not found.is_file():
        raise FileNotFoundError(f"{found} is missing: `python scripts/fetch_test_speech.py` brings it or says how.")
    return found


def silence(seconds: float) -> npt.NDArray[np.int16]:
    """Nothing, at FLOOR_RATE."""
    return np.zeros(int(seconds * FLOOR_RATE), np.int16)


def words(text: str) -> list[str]:
    """The words to compare: lower case, without punctuation; hyphens part words; titles are written out."""
    return [_TITLES.get(word, word) for word in re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))]


def word_errors(reference: str, heard: str) -> tuple[int, int]:
    """How many words of the reference were substituted, left out or doubled, and how many it has."""
    expected, given = words(reference), words(heard)
    row = list(range(len(given) + 1))
    for i, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(given, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1], len(expected)


def _samples(file: Path) -> npt.NDArray[np.int16]:
    resampler = av.AudioResampler("s16", "mono", FLOOR_RATE)
    with av.open(str(file)) as container:
        frames = [*container.decode(audio=0), None]
        return np.concatenate([part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)])
