"""How long a final takes to be safe on the disk, and how many are kept a second when many talks are on.

    python -m benchmarks.store [--folder DIR] [--json FILE]

The database is made in DIR, by default one that is made for it in the current folder: /tmp may be memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from dragoman.journal import SessionRecord, Target
from dragoman.speech import FLOOR_RATE, Final, Line
from dragoman.store import Store

CODE = "000001"
SAID = "Four score and seven years ago our fathers brought forth on this continent a new nation."
LANGUAGES = ("es", "ca", "gl", "fr", "it", "pt", "pt-BR", "eo")
APPENDS = 500
TALK = 2000
"""Segments of the long talk whose history is read: some three hours."""


def final(number: int) -> Final:
    """A second of speech."""
    return Final(number * FLOOR_RATE, (number + 1) * FLOOR_RATE, SAID, (number + 1) * FLOOR_RATE)


async def took(work: Awaitable[Any]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    await work
    return (time.perf_counter() - begun) * 1000


def spread(times: list[float]) -> dict[str, float]:
    """Median and tails of milliseconds."""
    cuts = statistics.quantiles(times, n=100)
    return {"median_ms": statistics.median(times), "p95_ms": cuts[94], "p99_ms": cuts[98]}


def sync_times(folder: Path) -> list[float]:
    """Milliseconds that the disk alone takes to keep 8 KiB, which is about what a commit writes."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(os.urandom(8192))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begun) * 1000)
    return times


async def measure(folder: Path) -> dict[str, Any]:
    """All figures."""
    figures: dict[str, Any] = {"one_at_a_time": {"the disk's own sync": spread(sync_times(folder))}}
    async with Store.open(f"sqlite:///{folder / 'talks.sqlite3'}") as store:
        await store.create(SessionRecord(CODE, "", "", "en", tuple(map(Target, LANGUAGES)), created=1))
        alone = []
        for number in range(APPENDS):
            alone.append(await took(store.append(CODE, final(number), number)))
            await asyncio.sleep(0.005)
        figures["one_at_a_time"]["a final"] = spread(alone)
        made = [
            await took(store.lines(CODE, [Line(number, tag, SAID) for tag in LANGUAGES]))
            for number in range(1, APPENDS + 1)
        ]
        figures["one_at_a_time"]["lines in eight languages"] = spread(made)
        figures["finals_at_once"] = [
            {"finals": count, "all_kept_after_ms": late, "per_second": count / late * 1000}
            for count in (1, 10, 100, 1000)
            for late in [await took(asyncio.gather(*(store.append(CODE, final(n), n) for n in range(count))))]
        ]
        kept = APPENDS + 1111
        for number in range(kept, TALK):
            await store.append(CODE, final(number), number)
        for start in range(APPENDS + 1, TALK + 1, 100):
            segments = range(start, min(start + 100, TALK + 1))
            await store.lines(CODE, [Line(segment, tag, SAID) for segment in segments for tag in LANGUAGES])
        figures["long_talk"] = {
            "segments": TALK,
            "lines": TALK * len(LANGUAGES),
            "history_read_in_ms": await took(store.history(CODE)),
            "deleted_in_ms": await took(store.delete(CODE)),
        }
    return figures


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = asyncio.run(measure(Path(folder)))
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
