"""A process of listeners for `benchmarks.captions`: joins, notes when each event came, and says so at the end.

    python -m benchmarks.caption_listeners URL CODE LANGUAGE COUNT

Prints `ready` when all have joined; ends when its standard input closes, with one JSON object on its last line:
`{"cpu": seconds, "finals": [[listener, segmentId, endMs, latencyMs, arrival], ...],
"spoken": [[listener, segmentId, lagMs, arrival], ...]}`, arrival in seconds of the machine's monotonic clock, which all
its processes share; `spoken` is when an avatar was said to begin a segment.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid

from benchmarks.socketio_client import Client, Hear


async def main(url: str, code: str, language: str, count: int) -> None:
    """Listen until standard input ends."""
    heard: list[tuple[int, float, str]] = []

    def hearing(number: int) -> Hear:
        return lambda text: heard.append((number, time.monotonic(), text))

    clients = []
    for number in range(count):
        client = await Client.open(url, hearing(number))
        answer = await client.call(
            "joinSession", {"sessionId": code, "clientId": str(uuid.uuid4()), "language": language}
        )
        assert answer["ok"], answer
        clients.append(client)
    print("ready", flush=True)
    began = time.process_time()
    await asyncio.to_thread(sys.stdin.read)
    cpu = time.process_time() - began
    finals, spoken = [], []
    for number, arrival, text in heard:
        if text.startswith('["translationResult"'):
            payload = json.loads(text)[1]
            finals.append([number, payload["segmentId"], payload["endMs"], payload["latencyMs"], arrival])
        elif text.startswith('["avatarState"'):
            payload = json.loads(text)[1]
            if payload["speaking"]:
                spoken.append([number, payload["segmentId"], payload["lagMs"], arrival])
    print(json.dumps({"cpu": cpu, "finals": finals, "spoken": spoken}), flush=True)
    await asyncio.gather(*(client.close() for client in clients))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
