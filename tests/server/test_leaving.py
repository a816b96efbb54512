"""Leaving really leaves: who is gone, with or without a goodbye, is gone from everything within 10 s."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from uuid import uuid4

import psutil

from houses import House, eventually, house, until
from raw import RawSocket, event
from scripted import speech

WITHIN = 10.0


async def joined(here: House, code: str, *, receive_buffer: int = 0) -> RawSocket:
    raw = await RawSocket.open(here.url, receive_buffer=receive_buffer)
    await raw.connect()
    payload = {"sessionId": code, "clientId": str(uuid4()), "language": "es"}
    assert (await raw.call(event(1, "joinSession", payload), 1))["ok"]
    return raw


async def listeners(here: House, code: str) -> int:
    return int((await here.http.get(f"/api/getSession/{code}")).json()["listenerCount"])


async def sockets(here: House) -> int:
    found = re.search(r"^dragoman_sockets ([0-9.]+)$", (await here.http.get("/metrics")).text, re.MULTILINE)
    assert found
    return int(float(found[1]))


def connections(here: House) -> int:
    """TCP connections that the server holds open."""
    port = int(here.url.rpartition(":")[2])
    open_ones = psutil.Process(os.getpid()).net_connections("tcp")
    return sum(one.laddr.port == port and one.status == psutil.CONN_ESTABLISHED for one in open_ones)


async def test_whoever_vanishes_is_gone_from_the_count_the_tasks_and_the_sockets(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, send_buffer=8192) as here:
        code = await here.started(host, targetLanguages=["es"])
        speaker = await here.socket()
        speaker.client = host
        await speaker.join(code)
        await here.http.get("/healthz")
        tasks, connected = len(asyncio.all_tasks()), connections(here)

        silent, cut, stuck = [await joined(here, code, receive_buffer=4096) for _ in range(3)]
        polite = await here.socket()
        await polite.join(code)
        unnamed = await RawSocket.open(here.url)
        opened = await here.http.get("/socket.io/?EIO=4&transport=polling")
        assert opened.status_code == 200
        assert await listeners(here, code) == 4
        assert await sockets(here) == 7
        # More than the buffers between here and there hold waits for those who do not read.
        here.translator.padding = "x" * 40_000
        sound = speech(*[1, 0] * 10).astype("<i2").tobytes()
        assert (await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound}))["ok"]
        await until(lambda: len(polite.of("translationResult")) == 10)
        cut.cut()
        await polite.sio.disconnect()
        await stuck.send("41")

        async def all_gone() -> bool:
            # The pause of the recogniser ends its tasks by itself after 3 s of silence.
            people = await listeners(here, code), await sockets(here)
            return people == (0, 1) and len(asyncio.all_tasks()) <= tasks and connections(here) <= connected

        await eventually(all_gone, WITHIN)
        for raw in (silent, stuck, unnamed):
            raw.cut()
        assert speaker.of("listenerCountUpdated")[-1]["count"] == 0
        assert (await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": b""}))["ok"]


async def test_an_ended_session_leaves_no_task_no_stream_and_no_booth(here: House, host: str) -> None:
    tasks = len(asyncio.all_tasks())
    people = [await here.socket() for _ in range(3)]
    quiet = len(asyncio.all_tasks())
    code = await here.started(host)
    people[0].client = host
    for person in people:
        await person.join(code)
    sound = speech(1, 2, 0, 3).astype("<i2").tobytes()
    assert (await people[0].call("audioData", {"sessionId": code, "clientId": host, "audio": sound}))["ok"]
    await until(lambda: any(code in task.get_name() and "booth" in task.get_name() for task in asyncio.all_tasks()))
    assert (await here.post("endSession", {"sessionId": code}, host)).status_code == 200
    await until(lambda: not any(code in task.get_name() for task in asyncio.all_tasks()))
    await until(lambda: len(asyncio.all_tasks()) <= quiet)
    assert here.recognizer.open_streams == 0
    assert here.translator.open_pairs == 0
    for person in people:
        await person.sio.disconnect()
    # The task in which the socket library looks after its sockets stays, and with it the one in which it waits.
    await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)
    assert await sockets(here) == 0
