"""Picture against sound by their stamps: one real run of a test pattern, over minutes.

    python -m benchmarks.stamps [--minutes 10] [--json FILE]

A real server on a real socket, with a voice that is a tone and a face that is white while it sounds; a real peer
(aiortc) decodes both. The time of each is its RTP stamp put on the sender's wall clock by the latest sender report,
which is all that a receiver has to play them together. An utterance begins with any 20 ms of sound and is seen from the
next picture on, so the picture may be up to 20 ms behind and is still right; what goes beyond is the error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "server")]
# The tests' server and its watcher: what they can do is what is measured here for longer.
house: Any = import_module("houses").house
player: Any = import_module("players").player
speech: Any = import_module("scripted").speech

EVERY_SECONDS = 5.0
_WORDS = 10
"""Tenths of a second that the tone lasts."""
_GRID = 0.020
_FIRST_REPORTS_SECONDS = 6.0


async def measure(minutes: float) -> dict[str, Any]:
    """Onsets of picture and sound for so long."""
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder)) as here, player() as watcher:
            code, host = await _begun(here, watcher)
            await asyncio.sleep(_FIRST_REPORTS_SECONDS)
            found, began = [], time.monotonic()
            while time.monotonic() - began < minutes * 60:
                found.append(await _onset(here, host, code, watcher))
                await asyncio.sleep(EVERY_SECONDS - _WORDS / 10)
    errors = sorted(max(0.0, -late, late - _GRID) for late in found)
    return {
        "minutes": minutes,
        "utterances": len(found),
        "picture behind sound, median ms": 1000 * statistics.median(found),
        "least ms": 1000 * min(found),
        "most ms": 1000 * max(found),
        "largest error ms": 1000 * errors[-1],
        "first tenth, median ms": 1000 * statistics.median(found[: max(1, len(found) // 10)]),
        "last tenth, median ms": 1000 * statistics.median(found[-max(1, len(found) // 10) :]),
    }


async def _begun(here: Any, watcher: Any) -> tuple[str, Any]:
    host = str(uuid4())
    # Whole utterances, and time enough: this microphone sends no silence, which looks as if its words were late.
    code = await here.started(host, latencyMode="consecutive")
    speaker = await here.socket()
    speaker.client = host
    assert (await speaker.join(code))["ok"]
    body = {"sdp": await watcher.offer(), "type": "offer"}
    answer = await here.post("connectListenerAvatar", body, str(uuid4()), SessionId=code, Language="es")
    await watcher.accept(answer.json()["sdp"])
    return code, speaker


async def _onset(here: Any, speaker: Any, code: str, watcher: Any) -> float:
    """One utterance: seconds from the first of its sound to the first of its picture."""
    watcher.pictures.clear()
    watcher.sounds.clear()
    sound = speech(*range(1, _WORDS + 1), 0).astype("<i2").tobytes()
    await speaker.call("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
    async with asyncio.timeout(30):
        while not (any(one.white for one in watcher.pictures) and any(one.onset is not None for one in watcher.sounds)):
            await asyncio.sleep(0.05)
    opened = next(picture.stamp for picture in watcher.pictures if picture.white)
    begun = next(one.stamp + one.onset for one in watcher.sounds if one.onset is not None)
    return float(watcher.wall("video", opened) - watcher.wall("audio", begun))


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="Picture against sound by their stamps.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = asyncio.run(measure(asked.minutes))
    print(json.dumps(figures, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
