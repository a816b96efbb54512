"""The original under the interpretation: the speaker's own sound over WHEP, to real peers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from dragoman import floorsound
from houses import House, Person, eventually, house, until
from players import Player, player
from refusals import refusal
from test_watching import hosting, media_peers, nothing_left, watch

SDP = {"Content-Type": "application/sdp"}
CHUNK = 640
"""Samples of 40 ms."""
_NTP = 2_208_988_800


async def hear(here: House, code: str, listener: Player, **headers: str) -> str:
    """Connect to the floor; the resource."""
    made = await here.http.post(f"/whep/{code}/floor", content=await listener.offer(), headers=SDP | headers)
    assert made.status_code == 201, made.text
    await listener.accept(made.text)
    return str(made.headers["Location"])


def tone() -> bytes:
    times = np.arange(CHUNK) / 16_000
    return (8000 * np.sin(2 * np.pi * 400 * times)).astype("<i2").tobytes()


async def talk(speaker: Person, code: str, until_heard: Player, *, loud: bool = True) -> float:
    """Speak in real time until it is heard, or not any more; when the first chunk was sent."""
    loop, sound = asyncio.get_running_loop(), tone() if loud else bytes(2 * CHUNK)
    began, due = time.time(), loop.time()
    async with asyncio.timeout(20):
        while until_heard.loud != loud:
            await speaker.sio.emit("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
            due += 0.04
            await asyncio.sleep(max(0.0, due - loop.time()))
    return began


async def test_the_speaker_is_heard_live_and_in_a_pause_there_is_silence(tmp_path: Path) -> None:
    async with nothing_left(), house(tmp_path) as here, player("audio") as ana:
        code, speaker = await hosting(here)
        await hear(here, code, ana)
        await until(lambda: len(ana.sounds) > 25 and "audio" in ana.reports, 20)
        assert not ana.loud
        began = await talk(speaker, code, ana)
        onset = next(sound.stamp + sound.onset for sound in ana.sounds if sound.onset is not None)
        # Stamps are of the media clock: what a listener mixes is as old as this.
        assert -0.02 < ana.wall("audio", onset) - (began + _NTP) < 1.0
        await here.post("stopTranslation", {"sessionId": code}, speaker.client)
        await until(lambda: not ana.loud, 20)
        silent = len(ana.sounds)
        await until(lambda: len(ana.sounds) > silent + 10, 20)
        assert not ana.loud


async def test_it_is_a_peer_beside_the_avatars_and_counts_as_no_listener(here: House) -> None:
    code, speaker = await hosting(here)
    async with player() as picture, player("audio") as sound:
        await watch(here, code, picture)
        resource = await hear(here, code, sound)
        await until(lambda: len(picture.pictures) > 5 and len(sound.sounds) > 5, 20)
        await talk(speaker, code, sound)
        assert not picture.over
        assert (await here.http.get(f"/api/getSession/{code}")).json()["listenerCount"] == 0
        assert media_peers(here) == 2
        assert (await here.http.delete(resource)).status_code == 200
        await until(lambda: sound.ended == {"audio"}, 20)
        assert refusal(await here.http.delete(resource), 404) == "notFound"
        seen = len(picture.pictures)
        await until(lambda: len(picture.pictures) > seen + 10, 20)


async def test_of_an_offer_with_video_only_the_audio_is_served(here: House) -> None:
    code, _ = await hosting(here)
    async with player() as ana, player("video") as luc:
        made = await here.http.post(f"/whep/{code}/floor", content=await ana.offer(), headers=SDP)
        assert made.text.count("a=sendonly") == 1
        assert "m=video 0 " in made.text
        answer = await here.http.post(f"/whep/{code}/floor", content=await luc.offer(), headers=SDP)
        assert refusal(answer, 422) == "unsupported"
        assert "audio" in answer.json()["error"]


async def test_it_is_made_only_while_somebody_listens_and_once_for_all(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floorsound, "LINGER_SECONDS", 0.2)
    code, _ = await hosting(here)
    making = lambda: [task for task in asyncio.all_tasks() if task.get_name() == f"floor {code}"]  # noqa: E731
    assert making() == []
    async with player("audio") as ana, player("audio") as luc:
        await hear(here, code, ana)
        await hear(here, code, luc)
        await until(lambda: bool(ana.sounds and luc.sounds), 20)
        assert len(making()) == 1
    await until(lambda: making() == [], 20)


async def test_a_host_may_keep_it_to_the_room(here: House) -> None:
    host = str(uuid4())
    code = await here.started(host, floorAudio=False)
    assert (await here.http.get(f"/api/getSession/{code}")).json()["floorAudio"] is False
    async with player("audio") as ana:
        answer = await here.http.post(f"/whep/{code}/floor", content=await ana.offer(), headers=SDP)
        assert refusal(answer, 409) == "wrongState"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_passcode_is_needed_and_the_end_of_the_session_is_its_end(here: House) -> None:
    host = str(uuid4())
    code = await here.started(host, passcode="sesame")
    async with player("audio") as ana:
        offer = await ana.offer()
        answer = await here.http.post(f"/whep/{code}/floor", content=offer, headers=SDP)
        assert refusal(answer, 403) == "passcode"
        made = await here.http.post(
            f"/whep/{code}/floor", content=offer, headers=SDP | {"Authorization": "Bearer sesame"}
        )
        await ana.accept(made.text)
        await until(lambda: bool(ana.sounds), 20)
        await here.post("endSession", {"sessionId": code}, host)
        await until(lambda: ana.ended == {"audio"}, 20)

        async def refused() -> bool:
            again = await here.http.post(f"/whep/{code}/floor", content=offer, headers=SDP)
            return again.status_code == 409 and again.json()["code"] == "ended"

        await eventually(refused)
