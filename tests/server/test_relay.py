"""Through a real TURN server: credentials that end, and media that has no other way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from pathlib import Path
from uuid import uuid4

import pytest
from aiortc import RTCIceServer

from dragoman.ice import LIFETIME_SECONDS, IceServers, check_url
from houses import house, until
from players import Player
from turn import turn_server

SECRET = "a secret of both servers"


def test_credentials_begin_with_their_end_and_are_signed_with_the_secret() -> None:
    servers = IceServers(("stun:a.example", "turn:a.example"), secret="key")
    username, password = servers.credentials("somebody", now=1000)
    expiry, _, name = username.partition(":")
    assert int(expiry) == 1000 + LIFETIME_SECONDS
    assert "somebody" not in name
    expected = hmac.new(b"key", username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(password) == expected
    assert servers.credentials("somebody else", now=1000)[0] != username
    assert servers.stun() == ("stun:a.example",)
    plain, relay = servers.servers("somebody", now=1000)
    assert (plain.username, plain.password) == ("", "")
    assert (relay.username, relay.password) == (username, password)
    static = IceServers(("turn:a.example",), "user", "word")
    assert static.credentials("somebody", now=1000) == ("user", "word")


@pytest.mark.parametrize(
    ("url", "right"),
    [
        *((good, True) for good in ("stun:a.example", "stuns:a.example:443", "turn:10.0.0.1:3478?transport=udp")),
        *((good, True) for good in ("turns:turn.example:443?transport=tcp", "turn:turn.example")),
        *((bad, False) for bad in ("", "http://a.example", "turn:", "turn:a:b", "stun:a.example?transport=udp")),
        *((bad, False) for bad in ("turn:a.example?transport=sctp", "turn:a.example>; rel=x", "turn:a\r\nb")),
    ],
)
def test_what_is_the_address_of_a_stun_or_turn_server(url: str, right: bool) -> None:
    if right:
        assert check_url(url) == url
    else:
        with pytest.raises(ValueError, match="is not like"):
            check_url(url)


async def test_two_sides_that_cannot_reach_each_other_meet_in_the_relay(tmp_path: Path, host: str) -> None:
    with turn_server(tmp_path, SECRET) as url:
        async with house(tmp_path / "house", ice_server_url=url, turn_secret=SECRET) as here:
            code = await here.started(host)
            person = await here.socket()
            await person.join(code)
            token = (await here.http.get("/api/getIceToken", headers={"ClientId": person.client})).json()
            assert token["Urls"] == [url]
            assert int(token["Username"].split(":")[0]) > time.time()
            watcher = Player(servers=(RTCIceServer(url, token["Username"], token["Password"]),), relay_only=True)
            try:
                offer = await watcher.offer()
                assert offer.count("typ relay") == 2
                assert "typ host" not in offer
                body = {"sdp": offer}
                answer = await here.post("connectListenerAvatar", body, person.client, SessionId=code, Language="es")
                # The server asks for a relay of its own, with credentials of its own.
                assert "typ relay" in answer.json()["sdp"]
                await watcher.accept(answer.json()["sdp"])
                await until(lambda: len(watcher.pictures) > 10 and len(watcher.sounds) > 20, 20)
                assert watcher.path() == "relay"
            finally:
                await watcher.close()


async def test_wrong_and_expired_credentials_get_no_relay(tmp_path: Path) -> None:
    with turn_server(tmp_path, SECRET) as url:
        now = int(time.time())
        given = IceServers((url,), secret=SECRET).credentials(str(uuid4()), now)
        for (username, password), right in (
            (given, True),
            ((given[0], "wrong"), False),
            (IceServers((url,), secret="another").credentials("a", now), False),
            (IceServers((url,), secret=SECRET).credentials("a", now - LIFETIME_SECONDS - 60), False),
        ):
            watcher = Player(servers=(RTCIceServer(url, username, password),), relay_only=True)
            try:
                assert ("typ relay" in await watcher.offer()) is right
            finally:
                await watcher.close()
