"""End of speech → caption at a listener, with the real server, the real engines and real speech in real time.

    python -m benchmarks.captions [--listeners 1,10,50,200] [--json FILE]

The speaker plays seven recordings with pauses between them, in chunks of 40 ms. The end of speech of a segment is
found in the recording itself (benchmarks.recordings); it happened when the chunk that holds it was sent. Clauses of
a sentence that goes on are not counted: their captions come while it does. Listeners are in processes of their own,
up to 50 in each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from benchmarks.recordings import CHUNK, RATE, end_of_speech, ends_speech, talk
from benchmarks.socketio_client import Client

ROOT = Path(__file__).resolve().parent.parent
PER_PROCESS = 50
_LANGUAGE = "es"


@contextlib.contextmanager
def server(settings: Mapping[str, str] | None = None) -> Iterator[tuple[str, psutil.Process]]:
    """A server of its own, ready. settings: by their names in the environment, in place of this environment's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | {
            "DATA_DIR": data,
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "warning"),
            **(settings or {}),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "dragoman", "serve"], cwd=data, env=environment, stdout=subprocess.DEVNULL
        )
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                if process.poll() is not None:
                    raise RuntimeError("the server did not start; what it wrote stands above")
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{url}/readyz", timeout=1)
                    break
                time.sleep(0.1)
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


def post(url: str, route: str, body: dict[str, Any], client: str) -> Any:
    """One of the host's requests."""
    request = urllib.request.Request(
        f"{url}/api/{route}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "ClientId": client},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


async def speak(url: str, code: str, host: str, sound: npt.NDArray[np.int16], *, offset: int = 0) -> list[float]:
    """Play the talk in real time; when each chunk was sent, seconds of the monotonic clock.

    offset: floor position at which it begins, samples.
    """
    client = await Client.open(url, lambda _: None)
    answer = await client.call("joinSession", {"sessionId": code, "clientId": host})
    assert answer["ok"], answer
    sent = []
    begin = time.monotonic()
    for number, start in enumerate(range(0, len(sound) - CHUNK + 1, CHUNK)):
        await asyncio.sleep(max(0.0, begin + (number + 1) * CHUNK / RATE - time.monotonic()))
        sent.append(time.monotonic())
        payload = {"sessionId": code, "clientId": host, "position": offset + start, "seq": offset // CHUNK + number}
        await client.audio(payload, sound[start : start + CHUNK].astype("<i2").tobytes())
    await asyncio.sleep(2)
    await client.close()
    return sent


def seconds_of(process: psutil.Process) -> float:
    """CPU seconds of a process and its children, also of those that have ended."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def measure(url: str, process: psutil.Process, listeners: int, sound: npt.NDArray[np.int16]) -> dict[str, Any]:
    """One talk with this many listeners."""
    host = str(uuid.uuid4())
    body = {"sessionName": "Benchmark", "sourceLanguage": "en", "targetLanguages": [_LANGUAGE]}
    code = post(url, "createSession", body, host)["sessionId"]
    post(url, "startTranslation", {"sessionId": code}, host)
    counts = [min(PER_PROCESS, listeners - begun) for begun in range(0, listeners, PER_PROCESS)]
    crowd = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.caption_listeners", url, code, _LANGUAGE, str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for count in counts
    ]
    for each in crowd:
        assert each.stdout is not None
        assert each.stdout.readline().strip() == "ready"
    machine, busy, began = psutil.cpu_times(), seconds_of(process), time.monotonic()
    sent = asyncio.run(speak(url, code, host, sound))
    wall, busy = time.monotonic() - began, seconds_of(process) - busy
    idle = (psutil.cpu_times().idle - machine.idle) / wall / (psutil.cpu_count() or 1)
    said = [json.loads(each.communicate()[0]) for each in crowd]
    post(url, "endSession", {"sessionId": code}, host)
    finals = [final for one in said for final in one["finals"]]
    segments = {final[1] for final in finals}
    assert len(finals) == len(segments) * listeners, f"{len(finals)} captions are not {len(segments)} for each"
    late = sorted(
        arrival - sent[(end_of_speech(sound, end_ms) - 1) // CHUNK]
        for _, _, end_ms, _, arrival in finals
        if ends_speech(sound, end_ms)
    )
    return {
        "listeners": listeners,
        "segments": len(segments),
        "that end speech": len(late) // listeners,
        "median s": statistics.median(late),
        "p95 s": late[int(0.95 * (len(late) - 1))],
        "worst s": late[-1],
        "server says, median s": statistics.median(latency for *_, latency, _ in finals) / 1000,
        "server, % of a core": 100 * busy / wall,
        "listeners, % of a core": 100 * sum(one["cpu"] for one in said) / wall,
        "machine idle %": 100 * idle,
    }


def main() -> None:
    """Print the table; write it where --json says."""
    parser = argparse.ArgumentParser(description="End of speech to caption.")
    parser.add_argument("--listeners", default="1,10,50,200")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    sound = talk()
    rows = []
    with server() as (url, process):
        for count in (int(part) for part in asked.listeners.split(",")):
            rows.append(measure(url, process, count, sound))
            print("  ".join(f"{name} {value:.4g}" for name, value in rows[-1].items()), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps({"end of speech to caption": rows}))


if __name__ == "__main__":
    main()
