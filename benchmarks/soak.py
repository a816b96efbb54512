"""A long talk in two languages whose listeners come and go: does memory stay flat, is anything left behind.

    python -m benchmarks.soak [--minutes 30] [--json FILE]

Every CHANGE_SECONDS some listeners come to a language and the ones before leave it, every third time without a word
(killed). Memory is the unique set size of the server and its children, taken once a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from benchmarks.browser import talk_on
from benchmarks.captions import server
from benchmarks.media import Crowd, session
from benchmarks.recordings import talk

LANGUAGES = ("es", "fr")
CHANGE_SECONDS = 20
_COUNTS = (2, 1, 4, 3)
_SETTLED_SECONDS = 20
"""After the last listener left: a page that vanished is gone after ten seconds, its channel after five more."""
_GAUGES = ("dragoman_tasks", "dragoman_channels", "dragoman_media_peers", "dragoman_sockets")


def memory(process: psutil.Process) -> float:
    """MiB that the server and its children have for themselves."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += one.memory_full_info().uss
    return total / 2**20


def state(url: str, process: psutil.Process) -> dict[str, float]:
    """What the server has open."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        text = answer.read().decode()
    found = {name.removeprefix("dragoman_"): float(re.findall(rf"^{name} (\S+)", text, re.M)[0]) for name in _GAUGES}
    return found | {
        "threads": process.num_threads(),
        "children": len(process.children(recursive=True)),
        "files": process.num_fds(),
        "memory MiB": memory(process),
    }


def change(crowds: dict[str, Crowd], turn: int, url: str, code: str) -> None:
    """Some come to a language, those before them leave it."""
    language = LANGUAGES[turn % len(LANGUAGES)]
    before = crowds.pop(language, None)
    crowds[language] = Crowd()
    crowds[language].add("media_listeners", url, code, language, _COUNTS[turn % len(_COUNTS)], 0)
    crowds[language].wait()
    if before is not None:
        leave(before, roughly=turn % 3 == 0)


def leave(crowd: Crowd, *, roughly: bool) -> None:
    """They go; roughly: killed, so that nobody says goodbye."""
    if roughly:
        for process in crowd.processes:
            process.kill()
            process.communicate()
    else:
        crowd.leave()


async def measure(url: str, process: psutil.Process, minutes: float) -> dict[str, Any]:
    """The talk, and what the server held each minute and after it."""
    before, crowds = state(url, process), dict[str, Crowd]()
    rows: list[dict[str, Any]] = []
    with session(url, LANGUAGES) as (code, host):
        speaking = asyncio.create_task(talk_on(url, code, host, talk()))
        began, turn = time.monotonic(), 0
        while time.monotonic() - began < minutes * 60:
            await asyncio.to_thread(change, crowds, turn, url, code)
            turn += 1
            await asyncio.sleep(CHANGE_SECONDS)
            if (time.monotonic() - began) // 60 >= len(rows) + 1:
                rows.append({"minute": len(rows) + 1, **await asyncio.to_thread(state, url, process)})
                print(json.dumps(rows[-1]), flush=True)
        for crowd in crowds.values():
            await asyncio.to_thread(leave, crowd, roughly=False)
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
    await asyncio.sleep(_SETTLED_SECONDS)
    after = await asyncio.to_thread(state, url, process)
    settled = [row["memory MiB"] for row in rows[len(rows) // 3 :]]
    slope = statistics.linear_regression(range(len(settled)), settled).slope if len(settled) > 1 else 0.0
    return {
        "changes of listeners": turn,
        "memory after the first third, MiB a minute": slope,
        "before": before,
        "after": after,
        "minutes": rows,
    }


def main() -> None:
    """Print the figures; write them where --json says."""
    parser = argparse.ArgumentParser(description="A long talk with listeners that come and go.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with server() as (url, process):
        figures = asyncio.run(measure(url, process, asked.minutes))
    print(json.dumps({name: value for name, value in figures.items() if name != "minutes"}, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
