"""What a picture of an avatar costs, and what opening one does.

    python -m benchmarks.face [--json FILE]

CPU time of this process, not time on the wall: the best of several runs of a whole story, drawn as a channel would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from dragoman.avatar.characters import characters
from dragoman.engines import registry
from dragoman.engines.protocols import Face, FaceStream, Look, Said
from dragoman.packets import PICTURE_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

SIDES = (512, 720)
"""Pixels."""
STORY = 8
"""Seconds of pictures in a run."""
RUNS = 5


def utterance() -> Utterance:
    """Noise for the length of the story, with a viseme every 80 ms."""
    chance = np.random.default_rng(3)
    count = STORY * MEDIA_RATE
    sound = (chance.standard_normal(count) * 3000).astype(np.int16)
    step = MEDIA_RATE * 8 // 100
    visemes = tuple(Viseme(at, int(chance.integers(1, 22))) for at in range(0, count, step))
    return Utterance(sound, (*visemes, Viseme(count, 0)))


def cost(stream: FaceStream, said: list[Said]) -> float:
    """Milliseconds of CPU a picture."""
    times = range(0, STORY * MEDIA_RATE, PICTURE_SAMPLES)
    best = float("inf")
    for _ in range(RUNS):
        begun = time.process_time()
        for at in times:
            stream.draw(at, said)
        best = min(best, time.process_time() - begun)
    return best * 1000 / len(times)


async def of_look(face: Face, look: Look) -> dict[str, Any]:
    """Everything about one presenter in one size."""
    memory = psutil.Process().memory_info().rss
    begun, cpu = time.perf_counter(), time.process_time()
    stream = await face.open(look)
    stream.draw(0, [])
    opened, opened_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "presenter": look.character,
        "size": f"{look.width} x {look.height}",
        "idle_cpu_ms_a_picture": cost(stream, []),
        "speaking_cpu_ms_a_picture": cost(stream, [Said(utterance(), 0)]),
        "open_ms": opened * 1000,
        "open_cpu_ms": opened_cpu * 1000,
        "memory_mib": (psutil.Process().memory_info().rss - memory) / 2**20,
    }


async def measure() -> dict[str, Any]:
    """All figures."""
    face = await registry.load_one("face", "embedded")
    try:
        return {
            "looks": [
                await of_look(face, Look(who.character, width=side, height=side))
                for who in characters()
                for side in SIDES
            ]
        }
    finally:
        await face.close()


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    figures = asyncio.run(measure())
    for row in figures["looks"]:
        print(
            f"{row['presenter']:8} {row['size']:10} {row['idle_cpu_ms_a_picture']:5.2f} ms idle, "
            f"{row['speaking_cpu_ms_a_picture']:5.2f} ms speaking, opened in {row['open_ms']:4.0f} ms, "
            f"{row['memory_mib']:4.0f} MiB"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
