"""The same in real time: a real server, four avatars really drawn, encoded and sent, a talk of ten minutes.

    python -m benchmarks.simul.live [--minutes 10] [--mode balanced]

Speaker, watchers and server are processes of their own. The speaker's page notes what the host is told, and when.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.captions import ROOT, post, server
from benchmarks.media import Crowd, busy
from benchmarks.recordings import RATE
from benchmarks.simul import figures
from benchmarks.simul.course import Course, Heard, Shown
from benchmarks.simul.hall import LANGUAGES
from benchmarks.simul.talks import Sound, talk


def play(sound: Sound, mode: str, languages: Sequence[str] = LANGUAGES) -> Course:
    """The course of a talk in a latency mode, in as much time as the talk takes."""
    host = str(uuid.uuid4())
    asked = {
        "sessionName": "Benchmark",
        "sourceLanguage": "en",
        "targetLanguages": list(languages),
        "latencyMode": mode,
    }
    with server() as (url, process), tempfile.TemporaryDirectory() as folder:
        code = post(url, "createSession", asked, host)["sessionId"]
        post(url, "startTranslation", {"sessionId": code}, host)
        crowd = Crowd()
        for language in languages:
            crowd.add("media_listeners", url, code, language, 1, 0)
        crowd.wait()
        file = Path(folder) / "talk.npy"
        np.save(file, sound)
        with busy(process) as load:
            told = _spoken(url, code, host, file)
        watched = crowd.leave()
        post(url, "endSession", {"sessionId": code}, host)
    course = course_of(told, languages)
    course.notes = {
        "server, % of a core": load["server"],
        "machine idle %": load["idle"],
        "pictures a second, least": min(one["pictures_arrived_per_second"] for one in watched),
    }
    return course


def _spoken(url: str, code: str, host: str, file: Path) -> list[tuple[float, str]]:
    command = [sys.executable, "-m", "benchmarks.simul.live_host", url, code, host, str(file)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [(at, text) for at, text in json.loads(said.splitlines()[-1])]


def course_of(told: Iterable[tuple[float, str]], languages: Sequence[str]) -> Course:
    """What the host was told, as it came over the wire: seconds since the talk began, `["name",{...}]`."""
    course, condensed = Course("en", languages), Counter[str]()
    for at, text in told:
        name, payload = json.loads(text)[:2]
        if name in ("translationResult", "translationPartial"):
            course.shown.append(_shown(at, payload, final=name == "translationResult"))
        elif name == "avatarState":
            lag = None if payload["lagMs"] is None else payload["lagMs"] / 1000
            course.heard.append(Heard(at, payload["segmentId"], payload["language"], payload["speaking"], lag))
        elif name == "segmentCondensed":
            condensed[payload["language"]] += 1
    course.condensed = {language: condensed[language] for language in languages}
    return course


def _shown(at: float, payload: dict[str, Any], *, final: bool) -> Shown:
    start, end = (payload[edge] * RATE // 1000 for edge in ("startMs", "endMs"))
    words = payload["sourceText"], payload["translatedText"]
    return Shown(at, payload["segmentId"], payload["targetLanguage"], *words, start, end, final)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Simultaneous interpreting in real time.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--mode", default="balanced")
    asked = parser.parse_args()
    speech = talk(asked.minutes, pauses=True)
    course = play(speech.sound, asked.mode)
    for row in (*figures.rows(course, speech), figures.floor(course, speech), course.notes):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
