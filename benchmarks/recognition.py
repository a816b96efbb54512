"""Recognition of real speech in real time: word error rate, end of speech → final, and what it costs.

    python -m benchmarks.recognition [--seconds 180] [--json FILE]

Seven recordings with pauses between them are fed in chunks of 40 ms as they would be spoken; then two_cities, over
and over, as it is. The end of speech is found in the recording itself (benchmarks.recordings).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.recordings import CHUNK, RATE, end_of_speech, said, talk

from dragoman.engines import registry
from dragoman.engines.protocols import Recognizer, RecognizerStream
from dragoman.speech import Final, Partial, Pcm, ms
from speech_data import recording, word_errors


@dataclass
class Heard:
    """What a stream gave, and when, in seconds of the monotonic clock."""

    finals: list[tuple[float, Final]] = field(default_factory=list)
    partials: list[tuple[float, Partial]] = field(default_factory=list)
    fed: list[float] = field(default_factory=list)
    """when each chunk was spoken"""
    cpu: float = 0.0
    """CPU seconds"""


async def play(recognizer: Recognizer, sound: npt.NDArray[np.int16]) -> Heard:
    """Speak the sound in real time to a stream of its own."""
    heard = Heard()
    stream = await recognizer.open("en", start=0, live=True)
    listening = asyncio.create_task(listen(stream, heard))
    cpu, begin = time.process_time(), time.monotonic()
    for number, start in enumerate(range(0, len(sound) - CHUNK + 1, CHUNK)):
        await asyncio.sleep(max(0.0, begin + (number + 1) * CHUNK / RATE - time.monotonic()))
        heard.fed.append(time.monotonic())
        await stream.feed(Pcm(sound[start : start + CHUNK], start))
    await stream.finish()
    await listening
    await stream.close()
    heard.cpu = time.process_time() - cpu
    return heard


async def listen(stream: RecognizerStream, heard: Heard) -> None:
    """Note what comes, and when."""
    async for event in stream.events():
        if isinstance(event, Final):
            heard.finals.append((time.monotonic(), event))
        elif isinstance(event, Partial):
            heard.partials.append((time.monotonic(), event))


def first_words(heard: Heard) -> list[float]:
    """From the start of each utterance to its first committed word, seconds."""
    first: dict[int, float] = {}
    for when, partial in heard.partials:
        if partial.committed:
            first.setdefault(partial.start, when)
    return sorted(when - heard.fed[start // CHUNK] for start, when in first.items())


def percentile(values: list[float], share: float) -> float:
    """Of sorted values; nan where there are none."""
    return values[int(share * (len(values) - 1))] if values else float("nan")


def words_and_latency(heard: Heard, sound: npt.NDArray[np.int16]) -> dict[str, Any]:
    """The figures of the seven recordings."""
    errors, count = word_errors(said(), " ".join(final.text for _, final in heard.finals))
    late = sorted(
        when - heard.fed[min(len(heard.fed) - 1, (end_of_speech(sound, ms(final.end)) - 1) // CHUNK)]
        for when, final in heard.finals
    )
    words = first_words(heard)
    return {
        "words": count,
        "word error rate %": 100 * errors / count,
        "finals": len(late),
        "end of speech to final, median s": statistics.median(late),
        "end of speech to final, p95 s": percentile(late, 0.95),
        "start of speech to first committed word, median s": percentile(words, 0.5),
        "start of speech to first committed word, p95 s": percentile(words, 0.95),
    }


async def measure(seconds: float) -> dict[str, Any]:
    """All figures."""
    recognizer: Recognizer = await registry.load_one("recognizer", "embedded")
    sound = talk()
    figures = words_and_latency(await play(recognizer, sound), sound)
    cities = recording("two_cities").samples
    long = np.tile(cities, int(seconds * RATE / len(cities)) + 1)[: int(seconds * RATE)]
    heard = await play(recognizer, long)
    figures[f"two_cities for {seconds:.0f} s, % of a core"] = 100 * heard.cpu / seconds
    figures["memory at its highest, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    await recognizer.close()
    return figures


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="Recognition of real speech in real time.")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = asyncio.run(measure(asked.seconds))
    for name, value in figures.items():
        print(f"{name:52} {value:.4g}")
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
