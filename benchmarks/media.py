"""The avatar at its listeners: when it begins to speak, what a language and a listener cost, how fast a room fills.

    python -m benchmarks.media [--json FILE]

The real server with its real engines, real speech in real time, and media peers in processes of their own (WHEP;
two of them decode, the others receive and decrypt). Server figures are CPU seconds of it and its children.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from benchmarks.captions import ROOT, post, seconds_of, server, speak
from benchmarks.recordings import CHUNK, end_of_speech, ends_speech, talk

LANGUAGES = ("es", "fr", "it", "pt-BR")
PER_PROCESS = 13
"""Media peers in one process: together with the captions' sockets well below a core."""
DECODING = 2
_EARLY, _LATE = 0.1, 1.0
"""Seconds around the event that says that the avatar begins, within which its sound is heard."""
SILENCE_SECONDS = 20
"""What a channel costs while nobody speaks is measured over this."""


@dataclass(slots=True)
class Crowd:
    """Processes of listeners, all receiving."""

    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def add(self, module: str, *arguments: object) -> None:
        """One more process; returns at once."""
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )

    def wait(self) -> None:
        """Until all receive."""
        for process in self.processes:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line == "ready", f"a process of listeners said {line!r}"

    def leave(self) -> list[Any]:
        """Send them away; what each says."""
        said = [json.loads(process.communicate()[0].splitlines()[-1]) for process in self.processes]
        self.processes.clear()
        return said


@contextlib.contextmanager
def session(url: str, languages: Sequence[str], mode: str = "balanced") -> Iterator[tuple[str, str]]:
    """A session that has begun: its code and its host."""
    host = str(uuid.uuid4())
    body: dict[str, Any] = {"sessionName": "Benchmark", "sourceLanguage": "en", "targetLanguages": list(languages)}
    body["latencyMode"] = mode
    code = post(url, "createSession", body, host)["sessionId"]
    post(url, "startTranslation", {"sessionId": code}, host)
    try:
        yield code, host
    finally:
        post(url, "endSession", {"sessionId": code}, host)


@contextlib.contextmanager
def busy(process: psutil.Process) -> Iterator[dict[str, float]]:
    """Filled at the end of the block: the server's CPU and the machine's idle time, percent."""
    figures: dict[str, float] = {}
    machine, cpu, began = psutil.cpu_times(), seconds_of(process), time.monotonic()
    yield figures
    wall = time.monotonic() - began
    figures["wall"] = wall
    figures["server"] = 100 * (seconds_of(process) - cpu) / wall
    figures["idle"] = 100 * (psutil.cpu_times().idle - machine.idle) / wall / (psutil.cpu_count() or 1)


def first_sounds(
    captions: dict[str, Any], onsets: Sequence[float], sent: Sequence[float], sound: npt.NDArray[np.int16]
) -> list[float]:
    """End of speech → the avatar's first sound of it as decoded, seconds, for every segment.

    captions: what the first listener was told (caption_listeners). onsets: when speech was heard after silence; that
    of a segment is the first one since the listener was told that the avatar begins it, or just before.
    """
    ends = {segment: end for number, segment, end, _, _ in captions["finals"] if number == 0}
    found = []
    for number, segment, _, told in captions["spoken"]:
        onset = next((onset for onset in onsets if told - _EARLY <= onset <= told + _LATE), None)
        if number == 0 and segment in ends and onset is not None and ends_speech(sound, ends[segment]):
            found.append(onset - sent[(end_of_speech(sound, ends[segment]) - 1) // CHUNK])
    return found


def room(url: str, process: psutil.Process, listeners: int, sound: npt.NDArray[np.int16]) -> dict[str, Any]:
    """One talk into one language with this many listeners, each with captions and media."""
    # Whole sentences: the first sound of a clause within one follows another sound, where nobody can hear it begin.
    with session(url, LANGUAGES[:1], mode="consecutive") as (code, host):
        readers, crowd = Crowd(), Crowd()
        readers.add("caption_listeners", url, code, LANGUAGES[0], listeners)
        readers.wait()
        for begun in range(0, listeners, PER_PROCESS):
            decoding = DECODING if begun == 0 else 0
            count = min(PER_PROCESS, listeners - begun)
            crowd.add("media_listeners", url, code, LANGUAGES[0], count, min(decoding, count))
        crowd.wait()
        with busy(process) as figures:
            sent = asyncio.run(speak(url, code, host, sound))
        media, captions = crowd.leave(), readers.leave()
    finals = [final for one in captions for final in one["finals"]]
    late = sorted(
        arrival - sent[(end_of_speech(sound, end) - 1) // CHUNK]
        for _, _, end, _, arrival in finals
        if ends_speech(sound, end)
    )
    sounds = first_sounds(captions[0], media[0]["onsets"], sent, sound)
    lags = [lag for number, _, lag, _ in captions[0]["spoken"] if number == 0 and lag is not None]
    joins = [first for one in media for first in one["first"]]
    filling = max(one["joined_to"] for one in media) - min(one["joined_from"] for one in media)
    return {
        "listeners": listeners,
        "caption, median s": statistics.median(late),
        "first sound, median s": statistics.median(sounds),
        "first sound, worst s": max(sounds),
        "sounds found": len(sounds),
        "lag from start to start, median s": statistics.median(lags) / 1000,
        "join to first picture packet, median s": statistics.median(joins),
        "worst s": max(joins),
        "joins per second": listeners / filling if listeners > 1 else None,
        "longest gap in sound s": max(one["longest_gap"] for one in media),
        "pictures a second": min(rate for one in media for rate in one["pictures_per_second"]),
        "server, % of a core": figures["server"],
        "listeners, % of a core": 100 * sum(one["cpu"] for one in (*media, *captions)) / figures["wall"],
        "machine idle %": figures["idle"],
    }


def languages(url: str, process: psutil.Process, count: int, sound: npt.NDArray[np.int16]) -> dict[str, Any]:
    """One talk into this many languages that somebody watches; in all of LANGUAGES there are captions."""
    with session(url, LANGUAGES) as (code, host):
        crowd = Crowd()
        for language in LANGUAGES[:count]:
            crowd.add("media_listeners", url, code, language, 1, 0)
        crowd.wait()
        with busy(process) as speaking:
            asyncio.run(speak(url, code, host, sound))
        time.sleep(5)  # what the avatars still say
        with busy(process) as silent:
            time.sleep(SILENCE_SECONDS)
        crowd.leave()
    return {
        "languages watched": count,
        "server, % of a core": speaking["server"],
        "while nobody speaks, %": silent["server"],
        "machine idle %": speaking["idle"],
    }


def loop_delays(url: str) -> dict[float, float]:
    """How often the server's event loop was late by at most so many seconds, since it started."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        found = re.findall(r'^dragoman_loop_delay_seconds_bucket{le="(\S+)"} (\S+)', answer.read().decode(), re.M)
    return {float(bound): float(count) for bound, count in found}


def everything(url: str, process: psutil.Process, peers: int, sound: npt.NDArray[np.int16]) -> dict[str, Any]:
    """One talk into all languages that there are, with so many media peers shared out among them."""
    with urllib.request.urlopen(f"{url}/api/getLanguages") as answer:
        tags = [one["tag"] for one in json.load(answer)["targetLanguages"] if one["voices"]]
    with session(url, tags) as (code, host):
        crowd = Crowd()
        for number, tag in enumerate(tags):
            crowd.add("media_listeners", url, code, tag, len(range(number, peers, len(tags))), 0)
        crowd.wait()
        before = loop_delays(url)
        with busy(process) as figures:
            asyncio.run(speak(url, code, host, sound))
        after = loop_delays(url)
        said = crowd.leave()
    counts = {bound: after[bound] - before[bound] for bound in after}
    within = next(bound for bound, count in counts.items() if count >= 0.99 * counts[float("inf")])
    return {
        "languages": len(tags),
        "peers": peers,
        "loop late at most, p99 s": within,
        "pictures a second, least": min(one["pictures_arrived_per_second"] for one in said),
        "longest gap in sound s": max(one["longest_gap"] for one in said),
        "server, % of a core": figures["server"],
        "listeners, % of a core": 100 * sum(one["cpu"] for one in said) / figures["wall"],
        "machine idle %": figures["idle"],
    }


def per_one(rows: Sequence[dict[str, Any]], by: str) -> float:
    """Percent of a core that one more costs: the slope between the first row and the last."""
    first, last = rows[0], rows[-1]
    return float((last["server, % of a core"] - first["server, % of a core"]) / (last[by] - first[by]))


def main() -> None:
    """Print the tables; write them where --json says."""
    parser = argparse.ArgumentParser(description="The avatar at its listeners.")
    parser.add_argument("--listeners", default="1,10,50")
    parser.add_argument("--languages", default="0,1,2,4")
    parser.add_argument("--peers", type=int, default=50)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    sound = talk()
    rooms, channels = [], []
    with server() as (url, process):
        for count in (int(part) for part in asked.listeners.split(",")):
            rooms.append(room(url, process, count, sound))
            print(json.dumps(rooms[-1]), flush=True)
        whole = everything(url, process, asked.peers, sound)
        print(json.dumps(whole), flush=True)
        for count in (int(part) for part in asked.languages.split(",")):
            channels.append(languages(url, process, count, sound))
            print(json.dumps(channels[-1]), flush=True)
    figures = {
        "one more listener, % of a core": per_one(rooms, "listeners"),
        "one more language, % of a core": per_one(channels, "languages watched"),
        "listeners": rooms,
        "languages": channels,
        "all languages at once": [whole],
    }
    print(json.dumps(figures["one more listener, % of a core"]), json.dumps(figures["one more language, % of a core"]))
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
