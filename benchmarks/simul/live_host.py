"""The speaker of `benchmarks.simul.live`: speaks in real time, and notes what the host is told.

    python -m benchmarks.simul.live_host URL CODE HOST FILE

FILE holds the talk's sound as numpy keeps it. Prints one JSON list of [seconds since the talk's first sample, event].
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import numpy as np
from benchmarks.recordings import CHUNK, RATE
from benchmarks.simul.hall import QUIET_SECONDS, TAIL_SECONDS
from benchmarks.socketio_client import Client

from speech_data import silence

_PATIENCE_SECONDS = 60.0


async def main(url: str, code: str, host: str, file: str) -> None:
    """Speak, then listen until the avatars have said all."""
    told: list[tuple[float, str]] = []
    client = await Client.open(url, lambda text: told.append((time.monotonic(), text)))
    answer = await client.call("joinSession", {"sessionId": code, "clientId": host})
    assert answer["ok"], answer
    sound = np.concatenate([np.load(file), silence(TAIL_SECONDS)])
    begun = time.monotonic()
    for number, start in enumerate(range(0, len(sound), CHUNK)):
        chunk = sound[start : start + CHUNK]
        await asyncio.sleep(max(0.0, begun + (start + len(chunk)) / RATE - time.monotonic()))
        payload = {"sessionId": code, "clientId": host, "position": start, "seq": number}
        await client.audio(payload, chunk.astype("<i2").tobytes())
    await _quiet(told)
    await client.close()
    print(json.dumps([[at - begun, text] for at, text in told]))


async def _quiet(told: list[tuple[float, str]]) -> None:
    """Until nothing has been said for a while, and no avatar speaks."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        speaking: set[str] = set()
        for _, text in told:
            if text.startswith('["avatarState"'):
                state = json.loads(text)[1]
                (speaking.add if state["speaking"] else speaking.discard)(state["language"])
        if not speaking and time.monotonic() - told[-1][0] > QUIET_SECONDS:
            return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
