"""When a session may cost no more, listeners with avatars of their own go on with the channel that is for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from avatar_talk import ENGINE, Watcher
from azure_service import AzureService, Pace
from dragoman.casting import look_of
from dragoman.company import Terms
from dragoman.conference import Draft
from dragoman.cost import Prices
from dragoman.engines.azure import avatar
from dragoman.engines.embedded import face as drawn
from dragoman.engines.pool import Pool
from dragoman.events import AvatarState, EngineState, Notice
from dragoman.ice import IceServers
from dragoman.session import Session
from dragoman.webrtc.doors import Doors
from dragoman.webrtc.peers import Peers
from rooms import HOST, Room, room
from scripted import ScriptedRecognizer, ScriptedTranslator, ScriptedVoice, speech

CLIENTS = ("3f6f5d0a-43e5-4b5c-9c0c-8d8bf0c7a002", "3f6f5d0a-43e5-4b5c-9c0c-8d8bf0c7a003")


@asynccontextmanager
async def direct_room(
    azure: AzureService, directory: Path, most: float, kind: str = "direct"
) -> AsyncIterator[tuple[Room, Doors, ScriptedVoice]]:
    """A conference whose listeners have avatars of their own, where their offers come in, and who stands in.

    kind: `shared` for one avatar for all of them.
    """
    voice = ScriptedVoice()
    chosen = {**azure.settings(), **ENGINE, "AZURE_AVATAR": kind, "DATA_DIR": str(directory / "azure")}
    pool = Pool(
        {"scripted": ScriptedRecognizer()},
        {"scripted": ScriptedTranslator()},
        {"scripted": voice},
        {"azure": await avatar.load("", chosen), "embedded": await drawn.load()},
    )
    try:
        async with room(directory, pool=pool, terms=Terms(prices=Prices.read(), most=most)) as here:
            peers = Peers(here.conference._clock, IceServers())
            try:
                yield here, Doors(peers), voice
            finally:
                await peers.close()
    finally:
        await pool.close()


async def connected(doors: Doors, session: Session, client: str) -> Watcher:
    """A listener, as its page asks for picture and sound."""
    watcher = Watcher()
    await watcher.accept(await doors.connect(session, client, "es", await watcher.offer()))
    return watcher


async def test_they_are_handed_over_in_the_middle_of_a_line_and_hear_every_line(tmp_path: Path) -> None:
    with AzureService(relays=(), pace=Pace(picture=0.1)) as azure:
        async with direct_room(azure, tmp_path, most=100.0) as (here, doors, voice):
            options = {"avatarCharacter": "lisa", "latencyMode": "consecutive"}
            session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), options, None))
            await session.start()
            await session.join("host", HOST, language=None, since=None)
            heard = here.ears.heard["host"]

            def told(speaking: bool) -> list[int]:
                return [e.segment_id for e in heard if isinstance(e, AvatarState) and e.speaking == speaking]

            first = [await connected(doors, session, client) for client in CLIENTS]
            await azure.until(lambda: all(watcher.heard for watcher in first))
            session.audio("host", speech(1, 0), position=None, seq=None)
            await azure.until(lambda: told(False) == [1])
            session.audio("host", speech(*range(2, 10), 0, 10, 0), position=None, seq=None)
            await azure.until(lambda: told(True) == [1, 2])

            # Four fifths of what it may cost, then the rest.
            usage = session.company.meter.of("azure")
            usage("avatar", 81 * 60 / 0.5)
            assert len(azure.live("avatar")) == 2, "a warning changes nothing"
            usage("avatar", 19 * 60 / 0.5)
            await azure.until(lambda: not azure.live("avatar"))
            notices = [e.message for e in heard if isinstance(e, Notice)]
            assert ["80%" in notices[0], "goes on with engines that cost nothing" in notices[1]] == [True, True]
            assert [(e.job, e.engine, e.reason) for e in heard if isinstance(e, EngineState)] == [
                ("face", "embedded", "cost")
            ]
            await azure.until(lambda: all(one.connection.connectionState == "closed" for one in first))
            spent = session.company.meter.amounts["azure"]["avatar"]

            second = [await connected(doors, session, client) for client in CLIENTS]
            await azure.until(lambda: told(False)[-1:] == [3])
            # What broke off is said again from its beginning, and what came meanwhile after it.
            assert told(True) == [1, 2, 2, 3]
            assert [text for _, text in voice.said] == [f"es(w{' w'.join(map(str, range(2, 10)))})", "es(w10)"]
            await azure.until(lambda: all(watcher.loud for watcher in second))
            assert not any(watcher.azure for watcher in second)
            assert len(azure.pictures) == 2, "nobody asks Azure any more"
            assert session.company.meter.amounts["azure"]["avatar"] == spent
            assert session.stage.viewers() == {"es": 2}
            for watcher in (*first, *second):
                await watcher.close()


async def test_who_still_waits_for_an_avatar_of_its_own_is_given_the_channel_for_all(tmp_path: Path) -> None:
    with AzureService(relays=(), pace=Pace(picture=0.1)) as azure:
        async with direct_room(azure, tmp_path, most=1.0) as (here, doors, _):
            options = {"avatarCharacter": "lisa"}
            session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), options, None))
            await session.start()
            azure.faults.slow("avatar", 30.0)
            asked = Watcher()
            offer = await asked.offer()
            waiting = asyncio.create_task(doors.connect(session, CLIENTS[0], "es", offer))
            await azure.until(lambda: azure.live("avatar"))
            session.company.meter.used("azure", "avatar", 60 / 0.5)
            refusal = (await asyncio.gather(waiting, return_exceptions=True))[0]
            assert getattr(refusal, "retry_after", None) == 1, refusal
            await asked.accept(await doors.connect(session, CLIENTS[0], "es", offer))
            await azure.until(lambda: asked.frames)
            assert not asked.azure
            await asked.close()


async def test_somebody_is_drawn_for_a_custom_avatar_that_may_cost_no_more(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with direct_room(azure, tmp_path, most=1.0) as (here, _, _voice):
            options = {"avatarCharacter": "our-ana", "isCustomAvatar": True, "consentId": "c-17"}
            session = await here.conference.create(Draft(HOST, "A talk", "en", ("es",), options, None))
            session.company.save()
            drawn_for = await session.company.face.open(look_of(options))
            assert drawn_for.draw(0, ()).any()


@pytest.mark.parametrize("kind", ["direct", "shared"])
@pytest.mark.parametrize("by", ["host", "server"])
async def test_what_avatars_used_last_is_written_down(tmp_path: Path, kind: str, by: str) -> None:
    """They tell every few seconds, and when they are let go."""
    with AzureService(relays=(), pace=Pace(picture=0.1)) as azure:
        async with direct_room(azure, tmp_path, most=1000.0, kind=kind) as (here, doors, _):
            session = await here.conference.create(
                Draft(HOST, "A talk", "en", ("es",), {"avatarCharacter": "lisa"}, None)
            )
            await session.start()
            watcher = await connected(doors, session, CLIENTS[0])
            await azure.until(lambda: any(picture.connected for picture in azure.pictures))
            await azure.until(lambda: watcher.heard)
            await asyncio.sleep(0.5)
            if by == "host":
                await here.conference.end(session)
            else:
                await here.conference.close()
            amounts = session.company.meter.amounts
            assert amounts["azure"]["avatar"] > 0.3
            record = await here.store.find(session.record.session_id)
            assert record is not None
            assert record.usage == amounts
            await watcher.close()
