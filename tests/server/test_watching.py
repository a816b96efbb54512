"""People watch avatars: real peers against a running server, from the offer to the goodbye."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dragoman.webrtc import peer as peers
from houses import House, Person, house, until
from players import Player, player
from refusals import refusal
from scripted import speech


async def watch(here: House, code: str, watcher: Player, language: str | None = "es", **headers: str) -> str:
    """Connect by connectListenerAvatar; the ClientId."""
    client = headers.pop("client", None) or str(uuid4())
    if language is not None:
        headers["Language"] = language
    body = {"sdp": await watcher.offer(), "type": "offer"}
    answer = await here.post("connectListenerAvatar", body, client, SessionId=code, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "answer"
    await watcher.accept(answer.json()["sdp"])
    return client


async def speak(speaker: Person, code: str, *words: int) -> None:
    """The host says these words, and then nothing."""
    sound = speech(*words, 0).astype("<i2").tobytes()
    sent = await speaker.call("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
    assert sent["ok"], sent


async def hosting(here: House, **more: Any) -> tuple[str, Person]:
    """A session that is on, and its host's socket."""
    host = str(uuid4())
    code = await here.started(host, **more)
    speaker = await here.socket()
    speaker.client = host
    assert (await speaker.join(code))["ok"]
    return code, speaker


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Around a server's whole life: no task and no thread more than before."""
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    yield
    await until(lambda: asyncio.all_tasks() <= tasks)
    # The pools of asyncio and of the web framework stay for whoever comes next.
    left = {thread.name for thread in set(threading.enumerate()) - threads}
    assert not {name for name in left if not name.startswith(("asyncio", "AnyIO"))}


def media_peers(here: House) -> int:
    return len([task for task in asyncio.all_tasks() if task.get_name().startswith("peer ")])


async def test_the_avatar_is_seen_and_heard_speaking_and_then_silent(tmp_path: Path) -> None:
    async with nothing_left(), house(tmp_path) as here, player() as ana:
        code, speaker = await hosting(here)
        await watch(here, code, ana)
        await until(lambda: len(ana.pictures) > 10 and len(ana.sounds) > 20, 20)
        assert not ana.white
        await speak(speaker, code, *range(1, 11))
        await until(lambda: ana.white, 20)
        await until(lambda: any(sound.onset is not None for sound in ana.sounds), 20)
        await until(lambda: not ana.white and not ana.loud, 20)


async def test_picture_and_sound_of_one_moment_have_stamps_of_one_moment(here: House) -> None:
    async with player() as ana:
        code, speaker = await hosting(here)
        await watch(here, code, ana)
        await until(lambda: len(ana.pictures) > 10 and len(ana.sounds) > 20, 20)
        await speak(speaker, code, *range(1, 11))
        await until(lambda: ana.white, 20)
        await until(lambda: not ana.white and not ana.loud and len(ana.reports) == 2, 20)
        opened = next(picture.stamp for picture in ana.pictures if picture.white)
        begun = next(sound.stamp + sound.onset for sound in ana.sounds if sound.onset is not None)
        # An utterance begins with any 20 ms of sound, and is seen from the next picture on, 20 ms later at most.
        assert -0.010 < ana.wall("video", opened) - ana.wall("audio", begun) < 0.030


async def test_another_language_comes_through_the_same_peer(here: House) -> None:
    async with player() as ana:
        code, speaker = await hosting(here)
        person = await here.socket()
        person.client = await watch(here, code, ana)
        assert (await person.join(code))["sessionInfo"]["listenersByLanguage"] == {"es": 1}
        await until(lambda: len(ana.pictures) > 10, 20)
        assert (await person.call("setLanguage", {"sessionId": code, "language": "fr"}))["language"] == "fr"
        await until(lambda: len(here.face.looks) == 2, 20)
        seen = len(ana.pictures)
        await until(lambda: len(ana.pictures) > seen + 10, 20)
        # Spanish is still on air for a while; it could not say this.
        here.voice.chokes_on = {"es(w1"}
        await speak(speaker, code, 1, 2, 3)
        await until(lambda: ana.white, 20)
        await until(lambda: any(sound.onset is not None for sound in ana.sounds), 20)
        assert [name for name, _ in here.voice.said] == ["fr-f"]
        # And by another offer.
        async with player() as again:
            await watch(here, code, again, "es", client=person.client)
            await until(lambda: ana.over, 20)
            await until(lambda: len(again.pictures) > 5, 20)
            assert person.of("listenerCountUpdated")[-1]["byLanguage"] == {"es": 1}


async def test_an_offer_without_a_language_means_the_one_listened_to(here: House) -> None:
    async with player() as ana:
        code, _ = await hosting(here)
        person = await here.socket()
        await person.join(code, language="fr")
        await watch(here, code, ana, None, client=person.client)
        await until(lambda: len(ana.pictures) > 0, 20)
        assert [len(here.face.looks), here.voice.said] == [1, []]
        assert (await here.http.get(f"/api/getSession/{code}")).json()["listenersByLanguage"] == {"fr": 1}


async def test_who_leaves_by_word_or_by_goodbye_is_gone_at_once(here: House) -> None:
    code, _ = await hosting(here)
    async with player() as ana, player() as luc:
        client = await watch(here, code, ana)
        await watch(here, code, luc)
        await until(lambda: bool(ana.pictures and luc.pictures), 20)
        for _ in range(2):
            answer = await here.http.post("/api/disconnectAvatar", headers={"ClientId": client, "session-id": code})
            assert answer.json() == {"status": "disconnected"}
        await until(lambda: ana.over, 20)
        assert media_peers(here) == 1
        await luc.close()
        await until(lambda: media_peers(here) == 0, 20)


async def test_a_page_that_vanishes_without_a_word_is_gone_soon(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "SILENCE_SECONDS", 2.0)
    code, _ = await hosting(here)
    async with player() as ana, player() as luc:
        await watch(here, code, ana)
        await watch(here, code, luc)
        await until(lambda: bool(ana.pictures and luc.pictures), 20)
        await ana.vanish()
        await until(lambda: media_peers(here) == 1, 20)
        seen = len(luc.pictures)
        await until(lambda: len(luc.pictures) > seen + 25, 20)
    assert peers.SILENCE_SECONDS == 2.0


async def test_a_peer_that_never_connects_is_closed(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CONNECT_SECONDS", 0.5)
    code, _ = await hosting(here)
    async with player() as ana:
        body = {"sdp": await ana.offer()}
        answer = await here.post("connectListenerAvatar", body, str(uuid4()), SessionId=code, Language="es")
        assert answer.status_code == 200
        assert media_peers(here) == 1
        await until(lambda: media_peers(here) == 0, 20)


async def test_an_offer_without_candidates_connects_by_the_players_own_checks(here: House) -> None:
    code, _ = await hosting(here)
    async with player() as ana:
        bare = "\r\n".join(line for line in (await ana.offer()).split("\r\n") if "candidate" not in line)
        hidden = bare.replace(
            "a=ice-ufrag",
            "a=candidate:1 1 udp 2113937151 5ab1d2aa-8ad1-4a42-8ea8-f3b6a1ae2f1a.local 5000 typ host\r\na=ice-ufrag",
            1,
        )
        loop = asyncio.get_running_loop()
        before = loop.time()
        answer = await here.post("connectListenerAvatar", {"sdp": hidden}, str(uuid4()), SessionId=code, Language="es")
        # A name in .local, were it looked up, would take a second.
        assert loop.time() - before < 0.9
        await ana.accept(answer.json()["sdp"])
        await until(lambda: len(ana.pictures) > 5, 20)


async def test_of_many_offers_of_one_client_the_last_one_stands(here: House) -> None:
    code, _ = await hosting(here)
    client = str(uuid4())
    tries = [Player() for _ in range(5)]
    try:
        bodies = [{"sdp": await each.offer()} for each in tries]
        answers = await asyncio.gather(
            *(here.post("connectListenerAvatar", body, client, SessionId=code, Language="es") for body in bodies)
        )
        for answer in answers:
            assert answer.status_code == 200 or refusal(answer, 409) == "wrongState"
        last = Player()
        tries.append(last)
        await watch(here, code, last, client=client)
        await until(lambda: len(last.pictures) > 5, 20)
        assert media_peers(here) == 1
    finally:
        for each in tries:
            await each.close()


async def test_the_end_of_the_session_is_the_end_of_its_media(here: House) -> None:
    code, speaker = await hosting(here)
    async with player() as ana:
        offer = await ana.offer()
        await watch(here, code, ana)
        await until(lambda: bool(ana.pictures), 20)
        assert (await here.post("endSession", {"sessionId": code}, speaker.client)).status_code == 200
        await until(lambda: ana.over, 20)
        await until(lambda: media_peers(here) == 0, 20)
        answer = await here.post("connectListenerAvatar", {"sdp": offer}, str(uuid4()), SessionId=code, Language="es")
        assert refusal(answer, 409) == "ended"


async def test_sound_alone_and_picture_alone_are_served(here: House) -> None:
    code, _ = await hosting(here)
    async with player("audio") as ear, player("video") as eye:
        await watch(here, code, ear)
        await watch(here, code, eye)
        await until(lambda: len(ear.sounds) > 20 and len(eye.pictures) > 10, 20)
        assert (ear.pictures, eye.sounds) == ([], [])


async def test_a_full_session_takes_no_more_peers_and_a_crowd_is_let_in_one_by_one(tmp_path: Path) -> None:
    async with house(tmp_path, max_listeners=8) as here:
        code, _ = await hosting(here)
        crowd = [Player("audio") for _ in range(9)]
        try:
            await asyncio.gather(*(watch(here, code, each) for each in crowd[:8]))
            await until(lambda: all(each.sounds for each in crowd[:8]), 20)
            body = {"sdp": await crowd[8].offer()}
            answer = await here.post("connectListenerAvatar", body, str(uuid4()), SessionId=code, Language="es")
            assert refusal(answer, 503) == "full"
            await crowd[0].close()
            await until(lambda: media_peers(here) == 7, 20)
            await watch(here, code, crowd[8])
        finally:
            await asyncio.gather(*(each.close() for each in crowd))
