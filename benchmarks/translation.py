"""The embedded translator's time and memory on every route out of English.

    python -m benchmarks.translation [--rounds 5] [--json FILE]

A relay's time is that of both legs, one after the other, as when nobody listens to its pivot's language; its memory is
that of both legs' processes. Texts follow each other without a pause, so the time that the replacing of a tagger takes
(see `engines/embedded/pipeline.py`), for which nobody waits in a talk, is in the next text's. The cold start is that of
the first sentence, which starts the programs and has them read their dictionaries.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from benchmarks.document import table

from dragoman.engines.embedded.translator import EmbeddedTranslation, EmbeddedTranslator
from dragoman.engines.protocols import Route

SENTENCES = (
    # A Tale of Two Cities, Charles Dickens, 1859, in the clauses in which a reader speaks it
    "It was the best of times, it was the worst of times,",
    "it was the age of wisdom, it was the age of foolishness,",
    "it was the season of Light, it was the season of Darkness,",
    "we had everything before us, we had nothing before us,",
    "There were a king with a large jaw and a queen with a plain face, on the throne of England.",
    "In both countries it was clearer than crystal to the lords of the State preserves of loaves and fishes, "
    "that things in general were settled for ever.",
    # what is said in talks
    "Good morning, and thank you for coming.",
    "Today I want to talk about how we work together.",
    "Last year we had three problems.",
    "The first one was money, as it always is.",
    "Nobody knew how much we could spend before the end of the month.",
    "So we asked everyone to write down what they needed, and to send it to us by Friday.",
    "Can you hear me at the back of the room?",
    "If you look at the picture on the left, you will see that the number of visitors has doubled since January.",
    "That is more than we expected!",
    "Let me give you an example.",
    "My colleague will tell you more about it after the break.",
    "I do not think that we have to change everything, but we should change this.",
    "Are there any questions?",
    "Then I wish you a good journey home.",
)

MIB = 1 << 20


class Line:
    """A route's legs, opened one after the other."""

    def __init__(self, engine: EmbeddedTranslator, legs: list[EmbeddedTranslation]) -> None:
        self._engine = engine
        self._legs = legs

    @classmethod
    async def open(cls, route: Route) -> Line:
        """With an engine of its own: nothing is warm and no memory is another route's."""
        engine = EmbeddedTranslator()
        tags = [tag for tag in (route.source, route.pivot, route.target) if tag]
        return cls(engine, [await engine.open(*leg) for leg in pairwise(tags)])

    async def time(self, text: str) -> float:
        """Milliseconds from the text to its last leg's translation."""
        began = time.perf_counter()
        for leg in self._legs:
            text = await leg.translate(text)
        return (time.perf_counter() - began) * 1000

    async def memory(self) -> float:
        """MiB of all processes, what they share counted in parts (PSS)."""
        await asyncio.sleep(0.5)  # the last text may have had a tagger replaced
        return sum(psutil.Process(pid).memory_full_info().pss for pid in self._engine.pids) / MIB

    async def close(self) -> None:
        """End the programs."""
        await self._engine.close()


async def measure(route: Route, rounds: int) -> dict[str, Any]:
    """A route's figures."""
    line = await Line.open(route)
    try:
        cold = await line.time(SENTENCES[0])
        times = [await line.time(text) for _ in range(rounds) for text in SENTENCES]
        return {
            "by": route.pivot,
            "cold start ms": round(cold),
            "median ms": round(statistics.median(times), 1),
            "p95 ms": round(statistics.quantiles(times, n=20)[-1], 1),
            "memory MiB": round(await line.memory()),
        }
    finally:
        await line.close()


async def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each sentence is translated")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    engine = EmbeddedTranslator()
    routes = [route for route in engine.routes() if route.source == "en"]
    figures = {f"en → {route.target}": await measure(route, arguments.rounds) for route in routes}
    words = statistics.mean(len(text.split()) for text in SENTENCES)
    result = {
        "sentences": len(SENTENCES),
        "words a sentence": round(words, 1),
        "load when it began": round(load, 1),
        "routes": figures,
    }
    print(f"{len(SENTENCES)} sentences of {words:.1f} words, {arguments.rounds} times; load {load:.1f}\n")
    print(table([{"route": name, **row} for name, row in figures.items()]))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
