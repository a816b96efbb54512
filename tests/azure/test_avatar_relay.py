"""An avatar that the server can be reached by only through a relay of the operator's own: a real TURN server."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest
from aiortc import RTCConfiguration
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from avatar_talk import Talk, talking, watching
from azure_service import AzureService
from dragoman.engines.azure import avatar_connection, avatar_peer
from dragoman.ice import IceServers
from turn import turn_server

SECRET = "a secret of this server and its relay"
LINE = "Buenos días."
REMOTE = "turn:relay.example.org:3478"


@pytest.fixture(autouse=True)
def relay_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall that lets nothing but the relay through."""
    policy = partial(RTCConfiguration, iceTransportPolicy=RTCIceTransportPolicy.RELAY)
    monkeypatch.setattr(avatar_peer, "RTCConfiguration", policy)
    monkeypatch.setattr(avatar_connection, "CONNECT_SECONDS", 5.0)


def path(talk: Talk) -> str:
    """The kind of the candidate by which the server is connected to the avatar."""
    peer = talk.stage._on_air["es"]._stand_in._presenter._front._peer  # type: ignore[union-attr]  # an Azure presenter here
    ice = peer._connection.getTransceivers()[0].receiver.transport.transport
    return str(ice._connection._nominated[1].local_candidate.type)


@pytest.mark.parametrize("credentials", ["lent of a secret", "fixed"])
async def test_the_server_meets_its_avatar_in_the_relay_of_its_own(tmp_path: Path, credentials: str) -> None:
    with turn_server(tmp_path, SECRET) as url, AzureService(relays=()) as azure:
        username, password = IceServers((url,), secret=SECRET).credentials("avatar", int(time.time()))
        chosen = {"ICE_SERVER_URL": (url,), "ICE_SERVER_URL_REMOTE": REMOTE}
        if credentials == "fixed":
            chosen |= {"ICE_SERVER_USERNAME": username, "ICE_SERVER_PASSWORD": password}
        else:
            chosen |= {"TURN_SECRET": SECRET}
        async with talking(azure, tmp_path, **chosen) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            assert path(talk) == "relay"
            talk.say(LINE)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [spoken.text for spoken in azure.spoken] == [LINE]
            assert talk.voice.said == []
            # The service is told the relay's address as it has to write it, with credentials that it can use there.
            (told,) = azure.pictures[0].video["protocol"]["webrtcConfig"]["iceServers"]
            assert told["urls"] == [REMOTE]
            assert told["username"]
            assert told["credential"]


async def test_a_relay_that_refuses_is_a_failure_and_somebody_stands_in(tmp_path: Path) -> None:
    with turn_server(tmp_path, SECRET) as url, AzureService(relays=()) as azure:
        chosen = {"ICE_SERVER_URL": (url,), "TURN_SECRET": "another secret"}
        async with talking(azure, tmp_path, **chosen) as (talk, peers), watching(talk, peers) as watcher:
            talk.say(LINE)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [text for _, text in talk.voice.said] == [LINE]
            assert watcher.frames
            assert not any(frame.seen for frame in watcher.frames)
