"""A server that is killed in mid-talk, three times: no final lost, none doubled, and people notice a moment only."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import psutil
import pytest

from clients import HostPage, ListenerPage
from served import without_settings
from speech_data import recording, silence, word_errors

KILLS = (9.0, 20.5, 32.0)
"""Seconds of the talk."""


def start(directory: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dragoman", "serve"],
        cwd=directory,
        env=without_settings({"PORT": str(port), "DATA_DIR": str(directory), "LOG_LEVEL": "warning"}),
        stdout=subprocess.DEVNULL,
    )


async def ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Kill the server where it stands; its children."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    return children


@pytest.mark.slow
async def test_three_kills_in_one_talk_lose_and_double_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(tmp_path, port)
    sound = np.concatenate([recording("two_cities").samples, silence(2)])
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await ready(http)
            host = str(uuid4())
            made = await http.post(
                "/api/createSession",
                json={"sessionName": "x", "sourceLanguage": "en", "targetLanguages": ["es", "fr"]},
                headers={"ClientId": host},
            )
            code = made.json()["sessionId"]
            await http.post("/api/startTranslation", json={"sessionId": code}, headers={"ClientId": host})
            page = HostPage(str(http.base_url), code, host, sound)
            ana, luc = (ListenerPage(str(http.base_url), code, language) for language in ("es", "fr"))
            for member in (page, ana, luc):
                await member.connect()
            speaking = asyncio.create_task(page.speak())
            began = time.monotonic()
            for moment in KILLS:
                await asyncio.sleep(began + moment - time.monotonic())
                children = kill(process)
                process = start(tmp_path, port)
                await ready(http)
                _, alive = psutil.wait_procs(children, timeout=5)
                assert not alive, "the killed server's children are still there"
            async with asyncio.timeout(90):
                await speaking
            said = await settled(http, code)
            await check(http, code, said, (page, ana, luc))
            for member in (page, ana, luc):
                await member.sio.disconnect()
    finally:
        kill(process)


async def settled(http: httpx.AsyncClient, code: str) -> list[dict[str, object]]:
    """The transcript, when nothing comes any more."""
    before: list[dict[str, object]] = []
    quiet = 0
    async with asyncio.timeout(60):
        while quiet < 6:
            await asyncio.sleep(0.5)
            answer = await http.get(f"/api/getTranscript/{code}", params={"language": "*", "format": "json"})
            said = json.loads(answer.text)
            quiet = quiet + 1 if said == before else 0
            before = said
    return before


async def check(
    http: httpx.AsyncClient,
    code: str,
    said: list[dict[str, object]],
    members: tuple[HostPage, ListenerPage, ListenerPage],
) -> None:
    page, ana, luc = members
    assert (await http.get(f"/api/getSession/{code}")).json()["active"]
    ids = list(range(1, len(said) + 1))
    assert [segment["segmentId"] for segment in said] == ids
    for listener in (ana, luc):
        assert listener.joins == 1 + len(KILLS)
        assert [final["segmentId"] for final in listener.finals()] == ids
        for final, segment in zip(listener.finals(), said, strict=True):
            assert final["sourceText"] == segment["sourceText"]
            assert final["translatedText"] == segment["translations"][listener.language]  # type: ignore[index]
    heard_by_host = {final["segmentId"]: final["sourceText"] for final in page.finals()}
    assert all(heard_by_host[number] == said[number - 1]["sourceText"] for number in heard_by_host)
    ends = [0, *(int(str(segment["endMs"])) for segment in said)]
    starts = [int(str(segment["startMs"])) for segment in said]
    assert all(start >= end for start, end in zip(starts, ends, strict=False)), "segments overlap"
    errors, words = word_errors(recording("two_cities").text, " ".join(str(segment["sourceText"]) for segment in said))
    # The recogniser's own errors on the uncut recording are about half of this.
    assert errors / words < 0.12, f"{errors} of {words} words are wrong, missing or doubled"
