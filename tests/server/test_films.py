"""Films of talks, asked for over HTTP and made by the real program with the embedded engines."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
import pytest

from dragoman import filmmaker
from houses import House, eventually, house, until
from refusals import refusal
from scripted import speech


async def ended(here: House, host: str, **more: Any) -> str:
    """A talk of two sentences, over."""
    code = await here.started(host, **more)
    speaker = await here.socket()
    speaker.client = host
    await speaker.join(code)
    sound = speech(1, 2, 0, 3, 0).astype("<i2").tobytes()
    await speaker.call("audioData", {"sessionId": code, "clientId": host, "audio": sound})
    await until(lambda: len(speaker.of("translationResult")) >= 6)
    await here.post("endSession", {"sessionId": code}, host)
    return code


async def asked(here: House, film: str, host: str) -> dict[str, Any]:
    answer = await here.http.get(f"/api/getFilm/{film}", headers={"ClientId": host})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def made(here: House, code: str, host: str, language: str = "es") -> dict[str, Any]:
    """A film, when it is no longer being made."""
    film = (await here.post("makeFilm", {"sessionId": code, "language": language}, host)).json()["filmId"]

    async def over() -> bool:
        return (await asked(here, film, host))["state"] != "working"

    await eventually(over, 60)
    return await asked(here, film, host)


async def test_a_film_shows_the_presenter_says_the_lines_and_has_subtitles(tmp_path: Path, host: str) -> None:
    async with house(tmp_path) as here:
        code = await ended(here, host)
        await here.post("correctSegment", {"sessionId": code, "segmentId": 1, "language": "es", "text": "Hola"}, host)
        film = await made(here, code, host)
        assert (film["state"], film["share"], film["language"]) == ("ready", 1.0, "es")
        whole = await here.http.get(film["url"])
        assert whole.headers["Content-Type"] == "video/mp4"
        assert whole.headers["Content-Disposition"].startswith("attachment; filename")
        assert "A%20talk%20%28es%29.mp4" in whole.headers["Content-Disposition"]
        part = await here.http.get(film["url"], headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        with av.open(io.BytesIO(whole.content)) as file:
            assert "AI avatar" in file.metadata["comment"]
            (subtitles,) = file.streams.subtitles
            assert subtitles.metadata["language"] == "spa"
            shown = [bytes(packet)[2:].decode() for packet in file.demux(subtitles) if packet.size > 2]
            assert " ".join(shown).split() == ["Hola", "es(w3)"]
        with av.open(io.BytesIO(whole.content)) as file:
            assert sum(1 for _ in file.decode(video=0)) > 25
        with av.open(io.BytesIO(whole.content)) as file:
            sound = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
            assert np.abs(sound).max() > 0.05
        # Nothing has changed: the same film. Something has: another, and the old one is gone.
        assert (await made(here, code, host))["filmId"] == film["filmId"]
        await here.post("retractSegment", {"sessionId": code, "segmentId": 1}, host)
        other = await made(here, code, host)
        assert other["filmId"] != film["filmId"]
        assert refusal(await here.http.get(film["url"]), 404) == "notFound"
    # It is there after a restart, and goes with its session.
    async with house(tmp_path) as here:
        assert (await asked(here, other["filmId"], host))["state"] == "ready"
        assert (await here.http.get(other["url"])).status_code == 200
        assert list(tmp_path.glob("films/*/*.mp4"))
        await here.post("deleteSession", {"sessionId": code}, host)
        assert refusal(await here.http.get(other["url"]), 404) == "notFound"
        assert not list(tmp_path.glob("films/*/*"))


async def test_who_may_ask_and_for_what(here: House, host: str) -> None:
    running, code = await here.started(host), await ended(here, host, targetLanguages=["es", "fr", "ca"])
    for body, client, status, said in (
        ({"sessionId": running, "language": "es"}, host, 409, "wrongState"),
        ({"sessionId": code, "language": "es"}, str(uuid4()), 403, "notHost"),
        ({"sessionId": "000000", "language": "es"}, host, 404, "notFound"),
        ({"sessionId": code, "language": "de"}, host, 422, "unsupported"),
        ({"sessionId": code, "language": "ca"}, host, 422, "unsupported"),
        ({"sessionId": code, "language": "en"}, host, 422, "unsupported"),
        ({"sessionId": code}, host, 400, "badRequest"),
    ):
        assert refusal(await here.post("makeFilm", body, client), status) == said, body
    for path in ("/api/getFilm/nothing", "/api/films/nothing.mp4", "/api/films/..%2f..%2fdragoman.sqlite3.mp4"):
        assert refusal(await here.http.get(path, headers={"ClientId": host}), 404) == "notFound"
    film = (await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)).json()["filmId"]
    answer = await here.http.get(f"/api/getFilm/{film}", headers={"ClientId": str(uuid4())})
    assert refusal(answer, 403) == "notHost"
    assert refusal(await here.http.get(f"/api/films/{film}.mp4"), 404) == "notFound"


async def test_films_wait_in_line_and_a_long_line_is_refused(
    here: House, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def slow(*_: object) -> str:
        await never.wait()
        return ""

    monkeypatch.setattr(filmmaker.Filmmaker, "_shoot", slow)
    code = await ended(here, host)
    first = await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)
    again = await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)
    assert first.json() == again.json()
    answers = []
    for number in range(filmmaker.WAITING + 3):
        words = {"sessionId": code, "segmentId": 1, "language": "fr", "text": f"take {number}"}
        assert (await here.post("correctSegment", words, host)).status_code == 200
        answers.append(await here.post("makeFilm", {"sessionId": code, "language": "fr"}, host))
    assert refusal(answers[-1], 429) == "tooMany"
    never.set()


async def test_a_program_that_dies_costs_its_film_and_nothing_else(here: House, host: str) -> None:
    code = await ended(here, host)
    film = (await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)).json()["filmId"]
    maker = (
        next(task for task in asyncio.all_tasks() if task.get_name() == "filmmaker")
        .get_coro()
        .cr_frame.f_locals["self"]
    )
    await until(lambda: maker._running is not None)
    assert os.getpriority(os.PRIO_PROCESS, maker._running[1].pid) in (0, 19)
    os.kill(maker._running[1].pid, signal.SIGKILL)

    async def failed() -> bool:
        return (await asked(here, film, host))["state"] == "failed"

    await eventually(failed, 20)
    assert len((await asked(here, film, host))["error"]) > 20
    assert (await made(here, code, host, "fr"))["state"] == "ready"


async def test_a_disk_that_does_not_do_as_it_should_costs_its_film_and_nothing_else(tmp_path: Path, host: str) -> None:
    async with house(tmp_path) as here:
        code, other = await ended(here, host), await ended(here, host)
        film = (await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)).json()["filmId"]
        # Where its folder was nothing can be written, and nothing removed.
        folder = tmp_path / "films" / code
        shutil.rmtree(folder)
        folder.write_text("no folder")

        async def over() -> bool:
            return (await asked(here, film, host))["state"] != "working"

        await eventually(over, 60)
        assert refusal(await here.post("makeFilm", {"sessionId": code, "language": "fr"}, host), 503) == "unavailable"
        assert (await made(here, other, host))["state"] == "ready"
        assert (await here.post("deleteSession", {"sessionId": code}, host)).status_code == 200
    async with house(tmp_path) as here:
        assert (await here.http.get("/readyz")).status_code == 200


async def test_a_film_that_a_restart_interrupted_has_failed_and_can_be_asked_for_again(
    tmp_path: Path, host: str
) -> None:
    async with house(tmp_path) as here:
        code = await ended(here, host)
        film = (await here.post("makeFilm", {"sessionId": code, "language": "es"}, host)).json()["filmId"]
        assert (await asked(here, film, host))["state"] == "working"
    (tmp_path / "films" / code / "garbage.json").write_text("{")
    (tmp_path / "films" / "000000").mkdir()
    orphan = json.loads((tmp_path / "films" / code / f"{film}.json").read_text()) | {"session_id": "000000"}
    (tmp_path / "films" / "000000" / "orphan.json").write_text(json.dumps(orphan | {"film_id": "orphan"}))
    async with house(tmp_path) as here:
        assert not (tmp_path / "films" / "000000").exists()
        lost = await asked(here, film, host)
        assert lost["state"] == "failed"
        assert "restarted" in lost["error"]
        again = await made(here, code, host)
        assert again["state"] == "ready"
        assert again["filmId"] != film
