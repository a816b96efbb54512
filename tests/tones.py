"""Sound files of every kind, made on the spot: a tone, its place in time, and a picture where one is wanted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

TONE_HZ = 440


def write(
    path: Path,
    codec: str,
    rate: int,
    *,
    layout: str = "mono",
    seconds: float = 4.0,
    picture: bool = False,
    begin: float = 0.0,
    gap: tuple[float, float] | None = None,
    **options: Any,
) -> None:
    """A file with a tone in it. begin: seconds before the sound; gap: (at second, seconds) without any."""
    with av.open(str(path), "w", **options) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = layout
        film = file.add_stream("mpeg4", rate=25) if picture else None
        if film:
            film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
            for number in range(int(25 * (begin + seconds))):
                image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number % 255, np.uint8), format="rgb24")
                image.pts, image.time_base = number, Fraction(1, 25)
                file.mux(film.encode(image))
            file.mux(film.encode(None))
        tone = np.sin(2 * np.pi * TONE_HZ / rate * np.arange(int(seconds * rate))) * 16_000
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
        for at in range(0, len(tone), 960):
            frame = av.AudioFrame.from_ndarray(tone[None, at : at + 960].astype(np.int16), format="s16", layout="mono")
            late = begin + (gap[1] if gap and at / rate >= gap[0] else 0)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + int(late * rate)
            for part in resampler.resample(frame):
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))
