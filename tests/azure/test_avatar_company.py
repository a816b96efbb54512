"""What a session's host is told of Azure's avatars: who is seen and heard in truth, from refusal to return."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from avatar_talk import ENGINE, Watcher
from azure_service import AzureService
from dragoman.engines.azure import avatar
from dragoman.engines.azure import voice as voices
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.embedded import face as drawn
from dragoman.engines.pool import Pool
from houses import House, Person, house
from scripted import ScriptedRecognizer, ScriptedTranslator, ScriptedVoice
from test_avatar_settings import hosting, speak, watched

LONG = {True: tuple(range(1, 26)), False: tuple(range(1, 10))}
"""Words that take two seconds and a half to say, by whether the embedded voice says them, which is in a hurry."""


@asynccontextmanager
async def mixed_house(
    azure: AzureService, directory: Path, **settings: object
) -> AsyncIterator[tuple[House, ScriptedVoice]]:
    """A server with Azure's face and voice and embedded ones behind them, and who they are."""
    chosen = {**azure.settings(), **ENGINE, "DATA_DIR": str(directory / "azure"), **settings}
    face = await avatar.load("", chosen)
    # Refusals are waited for a twentieth as long as in earnest.
    face._studio = replace(face._studio, gate=Gate(per_minute=1000, at_most=5, minute=3.0))
    home = ScriptedVoice("embedded")
    pool = Pool(
        {"scripted": ScriptedRecognizer()},
        {"scripted": ScriptedTranslator()},
        {"azure": await voices.load("", chosen), "embedded": home},
        {"azure": face, "embedded": await drawn.load()},
    )
    try:
        async with house(directory, pool=pool, fallback_seconds=1.0) as here:
            yield here, home
    finally:
        await pool.close()


def states(host: Person, job: str) -> list[tuple[str, str]]:
    return [(state["engine"], state["cause"]) for state in host.of("engineState") if state["job"] == job]


def begun(host: Person) -> list[int]:
    return [state["segmentId"] for state in host.of("avatarState") if state["speaking"]]


def ended(host: Person) -> list[int]:
    return [state["segmentId"] for state in host.of("avatarState") if not state["speaking"]]


def breaks(azure: AzureService, fault: str) -> None:
    if fault == "quota":
        azure.faults.quota("avatar", code=4429)
    else:
        azure.faults.refuse("avatar", int(fault))
    if fault in ("401", "quota"):
        # What is wrong with the account is wrong with its voices too.
        azure.faults.refuse("synthesis", 401)
    azure.faults.drop("avatar")
    azure.faults.drop("synthesis")


@pytest.mark.parametrize(("fault", "when"), [("401", "first"), ("quota", "first"), ("503", "later")])
async def test_the_host_hears_who_is_seen_from_a_refusal_to_the_return_and_no_line_is_broken_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, when: str
) -> None:
    monkeypatch.setattr("dragoman.engines.azure.avatar_presenter._BACKOFF_SECONDS", (0.3, 0.6))
    refused = fault in ("401", "quota")
    with AzureService(relays=()) as azure:
        if when == "first":
            breaks(azure, fault)
        async with mixed_house(azure, tmp_path) as (here, home):
            code, host = await hosting(here, latencyMode="consecutive")
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            if when == "later":
                await azure.until(lambda: watcher.azure)
                assert states(host, "face") == []
            await speak(host, code, *LONG[refused])
            await azure.until(lambda: begun(host) == [1])
            if when == "later":
                breaks(azure, fault)
            await azure.until(lambda: states(host, "face") == [("embedded", "failed")])
            # What broke off is said once more, whole, by whoever stands in.
            lines = [1, 1] if when == "later" else [1]
            await azure.until(lambda: ended(host) == lines)
            assert begun(host) == lines
            engines = (await here.http.get(f"/api/getSession/{code}")).json()["engines"]
            assert engines["face"] == "embedded"
            metrics = (await here.http.get("/metrics")).text
            assert 'dragoman_fallbacks_total{engine="azure",job="face"} 1.0' in metrics
            assert states(host, "voice") == ([("embedded", "failed")] if refused else [])
            assert bool(home.said) == refused

            await speak(host, code, *LONG[refused])
            await azure.until(lambda: begun(host) == [*lines, 2])
            azure.faults.clear()
            await azure.until(lambda: states(host, "face") == [("embedded", "failed"), ("azure", "returned")])
            await azure.until(lambda: ended(host)[-1:] == [2])
            assert begun(host) == [*lines, 2], "nobody is interrupted"
            engines = (await here.http.get(f"/api/getSession/{code}")).json()["engines"]
            assert (engines["face"], engines["voice"]) == ("azure", "azure"), "it speaks by itself"
            await azure.until(lambda: watcher.azure)
            await speak(host, code, 1)
            await azure.until(lambda: ended(host)[-1:] == [3])
            assert [(one.service, one.text) for one in azure.spoken][-1] == ("avatar", "es(w1)")
            assert begun(host) == [*lines, 2, 3]
            await watcher.close()


async def test_a_presenter_who_is_drawn_anyway_is_not_said_to_be_azure_s(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with mixed_house(azure, tmp_path) as (here, _):
            code, host = await hosting(here, avatarCharacter="amara")
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: watcher.frames)
            assert (await here.http.get(f"/api/getSession/{code}")).json()["engines"]["face"] == "embedded"
            assert not azure.pictures
            assert states(host, "face") == []
            await watcher.close()


async def test_direct_a_listener_who_cannot_be_connected_is_shown_the_channel_for_all(tmp_path: Path) -> None:
    """As its page does, it asks until it is given something."""
    with AzureService(relays=()) as azure:
        azure.faults.refuse("avatar", 401)
        async with mixed_house(azure, tmp_path, AZURE_AVATAR="direct") as (here, _):
            code, host = await hosting(here, latencyMode="consecutive")
            client, watcher = str(uuid4()), Watcher()
            body = {"sdp": await watcher.offer(), "type": "offer"}
            answers = [await here.post("connectListenerAvatar", body, client, SessionId=code, Language="es")]
            assert answers[0].status_code == 503
            await azure.until(lambda: states(host, "face") == [("embedded", "failed")])
            await watched(here, code, watcher, client)
            await speak(host, code, 1)
            await azure.until(lambda: ended(host) == [1])
            await azure.until(lambda: watcher.loud)
            assert not watcher.azure
            await watcher.close()


async def test_direct_what_a_listener_asks_wrongly_says_nothing_of_the_account(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with mixed_house(azure, tmp_path, AZURE_AVATAR="direct") as (here, _):
            code, host = await hosting(here)
            # Reads like an offer, but nobody can be connected so.
            watcher = Watcher()
            lines = (await watcher.offer()).splitlines()
            await watcher.close()
            offer = "\r\n".join(line for line in lines if not line.startswith("a=fingerprint"))
            for _ in range(3):
                body = {"sdp": offer, "type": "offer"}
                answer = await here.post("connectListenerAvatar", body, str(uuid4()), SessionId=code, Language="es")
                assert answer.status_code in (400, 503)
            assert states(host, "face") == []
