"""How much the server takes on, and what it says when that is reached."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from dragoman.errors import TooMany
from dragoman.server import access
from dragoman.server.access import Attempts, visitor
from dragoman.server.live import MOST_AT_ONCE, MOST_BEHIND
from dragoman.tape import CHUNK, PIECES_LIMIT, Tape
from houses import House, house, until
from raw import RawSocket, event
from refusals import MARK, check, refusal
from scripted import BLOCK, speech

TALK = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es"]}


async def test_a_server_that_is_full_says_so_until_a_session_ends(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, max_sessions=2) as here:
        codes = [await here.create(host) for _ in range(2)]
        answer = await here.post("createSession", TALK, host)
        assert refusal(answer, 503) == "full"
        assert "at most 2" in answer.json()["error"]
        await here.post("endSession", {"sessionId": codes[0]}, host)
        assert (await here.post("createSession", TALK, host)).status_code == 200


async def test_a_session_that_is_full_says_so_until_a_listener_leaves(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, max_listeners=2) as here:
        code = await here.create(host)
        ana, luc, eva = [await here.socket() for _ in range(3)]
        for person in (ana, luc):
            assert (await person.join(code))["ok"]
        answer = await eva.join(code)
        assert check(answer) == "full"
        assert "2 places" in answer["error"]
        # Who is in may open another page, and the host needs no place.
        second = await here.socket()
        second.client = ana.client
        assert (await second.join(code))["ok"]
        second.client = host
        assert (await second.join(code))["ok"]
        await luc.sio.disconnect()
        async with asyncio.timeout(10):
            while not (await eva.join(code))["ok"]:
                await asyncio.sleep(0.05)


async def test_sessions_are_made_at_a_human_pace(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, sessions_per_minute=3) as here:
        for body in (TALK, {**TALK, "targetLanguages": ["de"]}, TALK):
            await here.post("createSession", body, host)
        answer = await here.post("createSession", TALK, str(uuid4()))
        assert refusal(answer, 429) == "tooMany"
        assert f"{answer.headers['Retry-After']} s" in answer.json()["error"]


async def test_who_guesses_codes_is_slowed_down_on_every_way_and_the_host_is_not(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, wrong_codes_per_minute=9) as here:
        code = await here.started(host)
        ana, stranger = await here.socket(), str(uuid4())
        await ana.join(code)
        sound = {"sessionId": "000000", "clientId": stranger, "audio": b""}

        async def by_socket(name: str, payload: dict[str, Any]) -> int:
            return {"notFound": 404, "tooMany": 429}[check(await ana.call(name, payload))]

        async def guesses() -> list[int]:
            """One wrong code on every way there is."""
            asked = [(await here.http.get(f"/{path}/000000")).status_code for path in ("listener", "api/getSession")]
            asked.append((await here.http.get("/api/getTranscript/000000")).status_code)
            for route in ("startTranslation", "stopTranslation", "endSession", "updateSession"):
                asked.append((await here.post(route, {"sessionId": "000000"}, stranger)).status_code)
            asked.append(await by_socket("joinSession", {"sessionId": "000000", "clientId": stranger}))
            asked.append(await by_socket("audioData", sound))
            return asked

        assert await guesses() == [404] * 9
        assert await guesses() == [429] * 9
        # It does not help to hit: whether a code exists is not said any more.
        assert refusal(await here.http.get(f"/api/getSession/{code}"), 429) == "tooMany"
        assert refusal(await here.post("stopTranslation", {"sessionId": code}, stranger), 429) == "tooMany"
        assert await by_socket("joinSession", {"sessionId": code, "clientId": stranger}) == 429
        assert await by_socket("audioData", {**sound, "sessionId": code}) == 429
        # Who is in stays in, and the host goes on.
        assert (await ana.call("setLanguage", {"sessionId": code, "language": "fr"}))["ok"]
        speaker = await here.socket()
        speaker.client = host
        assert (await speaker.join(code))["ok"]
        sent = await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": speech(1, 0).tobytes()})
        assert sent["ok"]
        assert (await here.post("stopTranslation", {"sessionId": code}, host)).status_code == 200


async def test_with_a_host_key_sessions_are_for_who_has_it_and_guessing_it_is_slowed_down(
    tmp_path: Path, host: str
) -> None:
    async with house(tmp_path, host_key="s3cret key", wrong_codes_per_minute=6) as here:
        made = await here.post("createSession", TALK, host, Authorization="bearer s3cret key")
        assert made.status_code == 200
        for wrong in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer s3cret"}, {"Authorization": MARK}):
            answer = await here.post("createSession", TALK, host, **wrong)
            assert refusal(answer, 401) == "notHost"
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "s3cret" not in answer.text
        for _ in range(2):
            await here.post("createSession", TALK, host, Authorization="Basic s3cret key")
        answer = await here.post("createSession", TALK, host, Authorization="Bearer s3cret key")
        assert refusal(answer, 429) == "tooMany"


async def test_a_flood_of_audio_is_refused_kept_by_the_client_and_lost_nowhere(here: House, host: str) -> None:
    code = await here.started(host)
    speaker = await here.socket()
    speaker.client = host
    await speaker.join(code)
    busy = here.recognizer.gate = asyncio.Event()
    # 90 s of speech in chunks of 10 s, each an utterance of its own.
    words = list(range(1, 10))
    chunks = [speech(*[word] * 99, 0).astype("<i2").tobytes() for word in words]
    waiting = deque((number * 100 * BLOCK, chunk) for number, chunk in enumerate(chunks))
    refusals = 0
    while waiting:
        position, chunk = waiting[0]
        message = {"sessionId": code, "clientId": host, "audio": chunk, "position": position}
        answer = await speaker.call("audioData", message)
        assert isinstance(answer["received"], int)
        if answer["ok"]:
            waiting.popleft()
            continue
        assert check(answer) == "tooMany"
        assert "60 s" in answer["error"]
        refusals += 1
        if refusals == 3:
            assert len(waiting) in (2, 3), "60 s fit, and what the recogniser holds"
            busy.set()
        await asyncio.sleep(0.02)
    assert refusals >= 3

    def heard() -> list[str]:
        finals = [c for c in speaker.of("translationResult") if c["targetLanguage"] == "en"]
        return " ".join(c["sourceText"] for c in finals).split()

    await until(lambda: len(heard()) >= 9 * 99)
    assert heard() == [f"w{word}" for word in words for _ in range(99)]
    assert not speaker.of("error")


def test_a_flood_of_tiny_chunks_is_kept_in_pieces_of_a_decent_size() -> None:
    tape = Tape(0)
    for number in range(20_000):
        tape.accept(np.array([number % 100], dtype=np.int16), position=None, seq=None, now=number)
    assert len(tape._unread) == len(tape._arrivals) == -(-20_000 // CHUNK)
    heard = np.concatenate([pcm.samples for pcm in iter(tape.read, None)])
    assert heard.tolist() == [number % 100 for number in range(20_000)]
    assert tape.arrival(1) == CHUNK - 1


def test_sound_full_of_holes_does_not_fill_the_memory() -> None:
    tape = Tape(0)
    one = np.ones(1, dtype=np.int16)
    for number in range(PIECES_LIMIT):
        assert tape.accept(one, position=2 * number, seq=None, now=0).samples == 1
    with pytest.raises(TooMany):
        tape.accept(one, position=2 * PIECES_LIMIT, seq=None, now=0)
    for _ in range(10):
        tape.read()
    assert tape.accept(one, position=2 * PIECES_LIMIT, seq=None, now=0).gap == 1


async def test_of_one_socket_only_some_events_are_worked_on_at_a_time(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Event()

    def digest(passcode: str, salt: bytes) -> bytes:
        slow.wait(10)
        return real(passcode, salt)

    async with house(tmp_path, wrong_passcodes=1000) as here:
        code = await here.create(host, passcode="sesame")
        real = access._digest
        monkeypatch.setattr(access, "_digest", digest)
        payload = {"sessionId": code, "clientId": str(uuid4()), "passcode": "sesame"}
        async with await RawSocket.open(here.url) as raw:
            await raw.connect()
            for number in range(1, 201):
                await raw.send(event(number, "joinSession", payload))
            refused = [await raw.acknowledged() for _ in range(200 - MOST_AT_ONCE)]
            assert {check(answer) for answer in refused} == {"tooMany"}
            slow.set()
            assert all([(await raw.acknowledged())["ok"] for _ in range(MOST_AT_ONCE)])


async def test_a_listener_that_does_not_read_is_dropped_and_the_others_get_everything(
    tmp_path: Path, host: str
) -> None:
    async with house(tmp_path, send_buffer=8192) as here, await RawSocket.open(here.url, receive_buffer=4096) as raw:
        code = await here.started(host, targetLanguages=["es"])
        here.translator.padding = "x" * 40_000
        speaker, ana = await here.socket(), await here.socket()
        speaker.client = host
        await speaker.join(code)
        await ana.join(code, language="es")
        await raw.connect()
        payload = {"sessionId": code, "clientId": str(uuid4()), "language": "es"}
        assert (await raw.call(event(1, "joinSession", payload), 1))["sessionInfo"]["listenerCount"] == 2

        async def alive() -> None:
            """It is there and answers pings, without having read them."""
            while True:
                await raw.send("3")
                await asyncio.sleep(1)

        answering = asyncio.create_task(alive())
        segments = 0
        while "dragoman_dropped_clients_total 1.0" not in (await here.http.get("/metrics")).text:
            assert segments < 2 * MOST_BEHIND
            sound = speech(*[1, 0] * 25).astype("<i2").tobytes()
            assert (await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound}))["ok"]
            segments += 25
            await until(lambda expected=segments: len(ana.of("translationResult")) == expected, 30)
        assert segments >= MOST_BEHIND
        info = (await here.http.get(f"/api/getSession/{code}")).json()
        assert info["listenersByLanguage"] == {"es": 1}
        assert [caption["segmentId"] for caption in ana.of("translationResult")] == list(range(1, segments + 1))
        # Without a goodbye, so that a decent client comes back by itself and asks for what it missed.
        assert await raw.ended()
        answering.cancel()


async def test_a_client_that_sends_and_never_reads_its_acknowledgements_is_cut(tmp_path: Path) -> None:
    async with house(tmp_path, send_buffer=8192) as here, await RawSocket.open(here.url, receive_buffer=4096) as raw:
        await raw.connect()

        async def talk_on() -> None:
            while True:
                await raw.send(event(1, "joinSession", None))

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(talk_on(), 10)


def test_attempts_are_counted_in_a_sliding_window_and_per_visitor() -> None:
    attempts = Attempts(2, 60)
    for now in (0, 30):
        attempts.check("a", now)
        attempts.count("a", now)
    with pytest.raises(TooMany) as refused:
        attempts.check("a", 59.5)
    assert refused.value.retry_after == 1
    attempts.check("b", 59.5)
    attempts.check("a", 60)
    attempts.count("a", 60)
    with pytest.raises(TooMany) as refused:
        attempts.check("a", 61)
    assert refused.value.retry_after == 29
    attempts.forgive("a")
    attempts.check("a", 61)


def test_many_addresses_do_not_fill_the_memory() -> None:
    attempts = Attempts(1, 60)
    for number in range(20_000):
        attempts.count(str(number), 0)
    assert len(attempts._made) == 10_000
    with pytest.raises(TooMany):
        attempts.check("19999", 1)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("unix:", "unix:"),
        ("<script>", "<script>"),
        ("", ""),
    ],
)
def test_a_household_is_one_visitor(host: str, expected: str) -> None:
    assert visitor(host) == expected
