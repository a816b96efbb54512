"""What is paid for aside from a talk: films of it, and voices that somebody tries, are counted and have a limit."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
import numpy.typing as npt
import pytest

from azure_service import AzureService
from dragoman.cost import spoken_characters
from dragoman.engines.azure import voice as voices
from dragoman.engines.pool import Pool
from dragoman.server import previews
from dragoman.settings import Settings
from dragoman.speech import FLOOR_RATE
from dragoman.store import Store
from houses import House, house
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech

PER_CHARACTER = 15 / 1_000_000
"""prices.json: of a neural voice"""


@asynccontextmanager
async def paid_house(azure: AzureService, directory: Path, **settings: Any) -> AsyncIterator[House]:
    """A server that speaks with Azure's voices, embedded ones behind them."""
    paid = await voices.load("", {**azure.settings(), "DATA_DIR": str(directory / "azure")})
    pool = Pool(
        {"scripted": ScriptedRecognizer()},
        {"scripted": ScriptedTranslator()},
        {"azure": paid, "embedded": ScriptedVoice("embedded", "home-")},
        {"scripted": ScriptedFace()},
    )
    try:
        async with house(directory, pool=pool, **settings) as here:
            yield here
    finally:
        await pool.close()


def spent(metrics: str) -> float:
    """On Azure's voices, by /metrics."""
    lines = [line for line in metrics.splitlines() if line.startswith("dragoman_cost_total{")]
    return sum(float(line.split()[-1]) for line in lines if 'engine="azure",kind="voice"' in line)


async def ended(here: House, host: str) -> str:
    """A talk of two sentences that nobody listened to, over."""
    code = await here.started(host)
    speaker = await here.socket()
    speaker.client = host
    await speaker.join(code)
    sound = speech(1, 2, 0, 3, 0).astype("<i2").tobytes()
    await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound})
    async with asyncio.timeout(10):
        while len(speaker.of("translationResult")) < 6:
            await asyncio.sleep(0.01)
    await here.post("endSession", {"sessionId": code}, host)
    return code


async def film(here: House, code: str, host: str, language: str) -> dict[str, Any]:
    """As it is when it is no longer being made."""
    made = (await here.post("makeFilm", {"sessionId": code, "language": language}, host)).json()["filmId"]
    async with asyncio.timeout(60):
        while True:
            state = (await here.http.get(f"/api/getFilm/{made}", headers={"ClientId": host})).json()
            if state["state"] != "working":
                return dict(state)
            await asyncio.sleep(0.1)


def for_programs(azure: AzureService, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that makes a film has its account from the environment."""
    for name, value in {**azure.settings(), "DATA_DIR": str(directory)}.items():
        monkeypatch.setenv(name, value)


async def test_a_film_is_paid_by_its_session_and_beyond_its_limit_made_with_a_voice_that_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AzureService(relays=()) as azure:
        for_programs(azure, tmp_path, monkeypatch)
        spanish = ["es(w1 w2)", "es(w3)"]
        characters = sum(map(len, spanish))
        async with paid_house(azure, tmp_path, max_cost_per_session=1.5 * characters * PER_CHARACTER) as here:
            host = str(uuid4())
            code = await ended(here, host)
            first = await film(here, code, host, "es")
            assert (first["state"], [one.text for one in azure.spoken]) == ("ready", spanish)
            assert spent((await here.http.get("/metrics")).text) == pytest.approx(characters * PER_CHARACTER)

            assert (await film(here, code, host, "fr"))["state"] == "ready"
            assert [one.text for one in azure.spoken] == spanish, "the limit would not have been kept"
            assert (await film(here, code, host, "es"))["filmId"] == first["filmId"], "it is paid already"
            assert spent((await here.http.get("/metrics")).text) == pytest.approx(characters * PER_CHARACTER)
        async with Store.open(Settings(_env_file=None, data_dir=tmp_path).database) as store:
            record = await store.find(code)
            assert record is not None
            assert record.usage == {"azure": {"voice": characters}}


async def test_a_film_is_spoken_to_its_end_where_azure_refuses_to_speak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AzureService(relays=()) as azure:
        for_programs(azure, tmp_path, monkeypatch)
        async with paid_house(azure, tmp_path) as here:
            host = str(uuid4())
            code = await ended(here, host)
            azure.faults.refuse("synthesis", 403)
            made = await film(here, code, host, "es")
            assert (made["state"], azure.spoken) == ("ready", [])
            assert spent((await here.http.get("/metrics")).text) == 0
            answer = await here.http.get(made["url"])
    sound, cues = heard_and_shown(answer.content, tmp_path / "film.mp4")
    heard = np.concatenate([sound[int(start * 20) : int(end * 20)] for start, end in cues])
    assert len(heard) > 40
    assert np.mean(heard > 200) > 0.7, "what is shown is heard"


def heard_and_shown(film: bytes, path: Path) -> tuple[npt.NDArray[np.float64], list[tuple[float, float]]]:
    """The loudness of each 50 ms of a film, root mean square of 16-bit samples, shape (n,), and the seconds of each
    subtitle. path: where the film may be kept.
    """
    path.write_bytes(film)
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].rate
        sound = 32768 * np.concatenate([frame.to_ndarray().mean(axis=0) for frame in file.decode(audio=0)])
    with av.open(str(path)) as file:
        (track,) = file.streams.subtitles
        cues = [
            (float(packet.pts * packet.time_base), float((packet.pts + packet.duration) * packet.time_base))
            for packet in file.demux(track)
            if packet.size > 2 and packet.pts is not None and packet.duration is not None
        ]
    frame = rate // 20
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    return np.sqrt(np.mean(np.square(frames), axis=1)), cues


async def test_a_voice_that_is_tried_is_counted_and_who_tries_all_of_them_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_PAID_PER_HOUR", 2)
    with AzureService(relays=()) as azure:
        async with paid_house(azure, tmp_path) as here:

            async def tried(voice: str) -> int:
                return (await here.http.get("/api/previewVoice", params={"language": "es", "voice": voice})).status_code

            languages = (await here.http.get("/api/getLanguages")).json()["targetLanguages"]
            offered = next(one for one in languages if one["tag"] == "es")
            names = offered["voices"]
            paid = [name for name in names if not name.startswith("home-")]
            assert [await tried(name) for name in (paid[0], paid[0], paid[1], paid[2])] == [200, 200, 200, 429]
            assert await tried(paid[0]) == 200, "it is kept"
            assert await tried("home-es-f") == 200, "it costs nothing"
            said = sum(len(one.text) for one in azure.spoken)
            assert len(azure.spoken) == 2
            assert spent((await here.http.get("/metrics")).text) == pytest.approx(said * PER_CHARACTER)


def test_a_recording_that_azure_interprets_says_what_it_cost(azure: AzureService, tmp_path: Path) -> None:
    kinds = {"recognition": (7.0, "second"), "translation": (0.3, "character"), "voice": (0.11, "character")}
    table = {kind: {"price": price, "per": 1, "unit": unit} for kind, (price, unit) in kinds.items()}
    (tmp_path / "prices.json").write_text(json.dumps({"currency": "EUR", "engines": {"azure": table}}))
    sound = azure.talk()
    with wave.open(str(tmp_path / "talk.wav"), "wb") as file:
        file.setparams((1, 2, FLOOR_RATE, 0, "NONE", ""))
        file.writeframes(sound.astype("<i2").tobytes())
    done = subprocess.run(
        [sys.executable, "-m", "dragoman", "interpret", "talk.wav", "--to", "fr", "--avatar", "amara", "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, **azure.settings(), "PRICES": "prices.json", "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    heard = json.loads((tmp_path / "out" / "talk.json").read_text())
    translated = sum(len(segment["sourceText"]) for segment in heard)
    spoken = sum(spoken_characters(segment["translations"]["fr"]) for segment in heard)
    assert [one.text for one in azure.spoken] == [segment["translations"]["fr"] for segment in heard]
    cost = 7 * len(sound) / FLOOR_RATE + 0.3 * translated + 0.11 * spoken
    told = re.search(r"about ([0-9.]+) EUR by list prices", done.stdout)
    assert told is not None, done.stdout
    assert float(told[1]) == pytest.approx(cost, rel=0.01)
