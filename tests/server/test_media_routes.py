"""Offers by HTTP: what is refused and how, encodings, passcodes, and WHEP's own manners."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import uuid4

import pytest

from dragoman.webrtc import transport
from houses import House, house
from players import player
from refusals import BAD_TEXTS, DEEP, MARK, NO_CLIENT_IDS, NO_CODES, NO_TAGS, refusal

in_module = pytest.mark.asyncio(loop_scope="module")
SDP = {"Content-Type": "application/sdp"}
NO_OFFERS = ("", "hello", "v=0\r\nm=video\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:\x00\r\n")


async def offered() -> str:
    """A whole offer, of which nothing will come."""
    async with player() as made:
        return await made.offer()


def inside(value: str | bytes) -> bytes:
    """As a header carries it."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else value


@in_module
async def test_a_connect_that_lacks_something_says_what(shared: House, host: str) -> None:
    code, sdp = await shared.create(host), await offered()
    route, body = "/api/connectListenerAvatar", {"sdp": sdp}
    whole = {"ClientId": host, "SessionId": code, "Language": "es"}
    for name in ("ClientId", "SessionId"):
        answer = await shared.http.post(route, json=body, headers={k: v for k, v in whole.items() if k != name})
        assert refusal(answer, 400) == "badRequest"
        assert name in answer.json()["error"]
    for name, wrong in (("ClientId", NO_CLIENT_IDS), ("SessionId", NO_CODES), ("session-id", NO_CODES)):
        for value in wrong:
            if any(character in value for character in "\r\n\x00") or value != value.strip():
                continue
            headers = {key.encode(): inside(said) for key, said in (whole | {name: value[:5000]}).items()}
            if name == "session-id":
                del headers[b"SessionId"]
            answer = await shared.http.post(route, json=body, headers=headers)
            assert refusal(answer, 400) == "badRequest", (name, value)
            assert answer.json()["error"].startswith(name), (name, value, answer.text)
    for value in NO_TAGS:
        if value == value.strip() and "\x00" not in value and "\r" not in value:
            headers = {key.encode(): inside(said) for key, said in (whole | {"Language": value[:5000]}).items()}
            assert refusal(await shared.http.post(route, json=body, headers=headers), 400) == "badRequest"


@in_module
async def test_a_body_that_holds_no_offer_is_refused(shared: House, host: str) -> None:
    code = await shared.create(host)
    whole = {"ClientId": host, "SessionId": code, "Language": "es"}
    wrong = [json.dumps({"sdp": text}).encode() for text in (*NO_OFFERS, *(text[:9000] for text in BAD_TEXTS))]
    wrong += [json.dumps(value).encode() for value in ({}, [], None, 5, {"sdp": 5}, {"sdp": None}, {"sdp": ["v=0"]})]
    wrong += [b"", b"{", b"{}", b"\xff", b"{\xff}", DEEP.encode(), b'{"a":' + DEEP.encode() + b"}", MARK.encode()]
    wrong += [json.dumps({"sdp": "v=0\r\n", "type": kind}).encode() for kind in ("answer", "", None, 5)]
    for body in wrong:
        for packed in (body, base64.b64encode(body)):
            answer = await shared.http.post("/api/connectListenerAvatar", content=packed, headers=whole)
            assert refusal(answer, 400) == "badRequest"


@in_module
async def test_offers_of_every_unfit_kind_are_refused_with_their_reason(shared: House, host: str) -> None:
    code, whole = await shared.create(host), await offered()
    bare = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    for sdp, status, word in (
        (bare, 422, "recvonly"),
        (whole.replace("recvonly", "sendonly"), 422, "recvonly"),
        (whole.replace("opus/48000/2", "G722/8000"), 422, "Opus"),
        (whole.replace("H264/90000", "VP9/90000").replace("opus/48000/2", "G722/8000"), 422, "Opus"),
        (whole.replace("a=group:BUNDLE 0 1", "a=x"), 422, "bundle"),
        (whole.replace("a=ice-pwd", "a=x"), 400, "ice-pwd"),
        (whole + "a=x\r\n" * 30_000, 413, "characters"),
    ):
        by_whep = await shared.http.post(f"/whep/{code}/es", content=sdp, headers=SDP)
        by_page = await shared.post("connectListenerAvatar", {"sdp": sdp}, host, SessionId=code, Language="es")
        for answer in (by_whep, by_page):
            assert refusal(answer, status) == {422: "unsupported", 400: "badRequest", 413: "tooLarge"}[status]
            assert word in answer.json()["error"]
    # Whatever was refused holds no place.
    assert (await shared.http.get(f"/api/getSession/{code}")).status_code == 200
    assert shared.face.looks == []


@in_module
async def test_only_what_is_spoken_here_can_be_watched(shared: House, host: str) -> None:
    code, sdp = await shared.create(host, targetLanguages=["es", "ca"]), await offered()
    # No session; a language not offered; the floor, and one without a voice, which have captions only.
    for where, language, status, said in (
        ("000000", "es", 404, "notFound"),
        (code, "de", 422, "unsupported"),
        (code, "en", 422, "unsupported"),
        (code, "ca", 422, "unsupported"),
    ):
        answer = await shared.post("connectListenerAvatar", {"sdp": sdp}, host, SessionId=where, Language=language)
        assert refusal(answer, status) == said
        answer = await shared.http.post(f"/whep/{where}/{language}", content=sdp, headers=SDP)
        assert refusal(answer, status) == said
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@in_module
async def test_a_server_without_a_network_says_so(shared: House, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, sdp = await shared.create(host), await offered()
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [])
    answer = await shared.post("connectListenerAvatar", {"sdp": sdp}, host, SessionId=code, Language="es")
    assert refusal(answer, 503) == "unavailable"
    answer = await shared.http.post(f"/whep/{code}/es", content=sdp, headers=SDP)
    assert refusal(answer, 503) == "unavailable"


@in_module
async def test_an_offer_in_base64_is_answered_in_base64(shared: House, host: str) -> None:
    code = await shared.create(host)
    headers = {"ClientId": host, "session-id": code, "Language": "es-MX"}
    async with player() as ana:
        body = base64.b64encode(json.dumps({"sdp": await ana.offer(), "type": "offer"}).encode())
        answer = await shared.http.post("/api/connectListenerAvatar", content=body + b"\n", headers=headers)
        assert answer.headers["Content-Type"].startswith("text/plain")
        said = json.loads(base64.b64decode(answer.text, validate=True))
        assert said["type"] == "answer"
        await ana.accept(said["sdp"])
    assert (await shared.post("disconnectAvatar", None, host, SessionId=code)).json() == {"status": "disconnected"}
    assert refusal(await shared.post("disconnectAvatar", None, host), 400) == "badRequest"
    assert refusal(await shared.post("disconnectAvatar", None, host, SessionId="000000"), 404) == "notFound"


async def test_a_passcode_is_needed_to_watch(tmp_path: Path, host: str) -> None:
    async with house(tmp_path, wrong_passcodes=3) as here:
        code, sdp = await here.create(host, passcode="open sesame"), await offered()
        ways = (
            lambda given: here.post(
                "connectListenerAvatar", {"sdp": sdp}, str(uuid4()), SessionId=code, Language="es", **page(given)
            ),
            lambda given: here.http.post(f"/whep/{code}/es", content=sdp, headers=SDP | bearer(given)),
        )
        for way in ways:
            assert refusal(await way(""), 403) == "passcode"
            assert refusal(await way("wrong"), 403) == "passcode"
            assert (await way("open sesame")).status_code in (200, 201)
        assert refusal(await ways[1]("wrong"), 403) == "passcode"
        assert refusal(await ways[1]("wrong"), 429) == "tooMany"


def page(passcode: str) -> dict[str, str]:
    return {"Passcode": passcode} if passcode else {}


def bearer(passcode: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {passcode}"} if passcode else {}


@in_module
async def test_whep_keeps_whep_s_manners(shared: House, host: str) -> None:
    code, path = await shared.create(host), "/whep"
    channel = f"{path}/{code}/es"
    async with player() as ana:
        sdp = await ana.offer()
        for kind in ("", "application/json", "text/plain", f"{MARK}/sdp"):
            answer = await shared.http.post(channel, content=sdp, headers={"Content-Type": kind})
            assert refusal(answer, 415) == "badRequest"
        made = await shared.http.post(channel, content=sdp, headers={"Content-Type": "application/sdp; charset=utf-8"})
        assert (made.status_code, made.headers["Content-Type"]) == (201, "application/sdp")
        assert "a=end-of-candidates" in made.text
        assert "Link" not in made.headers
        await ana.accept(made.text)
        resource = made.headers["Location"]
        assert resource.startswith(f"{channel}/")
        assert len(resource.rpartition("/")[2]) > 20
        for place in (channel, resource):
            preflight = await shared.http.options(
                place, headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "DELETE"}
            )
            assert (preflight.status_code, preflight.content) == (204, b"")
            for answer in (preflight, made):
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
                assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
                assert answer.headers["Access-Control-Expose-Headers"] == "Location, Link"
        patched = await shared.http.patch(resource, content="a=candidate:x", headers={"Content-Type": MARK})
        assert refusal(patched, 405) == "badRequest"
        assert patched.headers["Allow"] == "DELETE, OPTIONS"
        assert (await shared.http.delete(resource)).status_code == 200
        for gone in (resource, f"{channel}/{MARK}", f"/whep/000000/es/{resource.rpartition('/')[2]}"):
            answer = await shared.http.delete(gone)
            assert refusal(answer, 404) == "notFound"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


@in_module
async def test_an_address_that_is_no_channel_is_refused(shared: House, host: str) -> None:
    code = await shared.create(host)
    for place in ("12345/es", "1234567/es", f"{code}/e", f"{code}/{MARK}", f"{code}/es_MX", f"{code}/es%00", "abc/def"):
        answer = await shared.http.post(f"/whep/{place}", content="v=0", headers=SDP)
        assert refusal(answer, 400) == "badRequest"
    for body in NO_OFFERS:
        answer = await shared.http.post(f"/whep/{code}/es", content=body, headers=SDP)
        assert refusal(answer, 400) == "badRequest"
    assert refusal(await shared.http.post(f"/whep/{code}/es", content=b"\xff\xfe", headers=SDP), 400) == "badRequest"


async def test_players_on_any_site_may_watch_where_pages_of_other_sites_may_not_use_the_rest(
    tmp_path: Path, host: str
) -> None:
    async with house(tmp_path, allowed_origins="https://a.example", public_url="https://talks.example/live") as here:
        code, sdp = await here.create(host), await offered()
        foreign = {"Origin": "https://b.example"}
        asked = foreign | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        assert (await here.http.options(f"/whep/{code}/es", headers=asked)).status_code == 204
        assert refusal(await here.http.options("/api/connectListenerAvatar", headers=asked), 400) == "badRequest"
        made = await here.http.post(f"/whep/{code}/es", content=sdp, headers=SDP | foreign)
        assert made.headers["Access-Control-Allow-Origin"] == "*"
        assert made.headers["Location"].startswith(f"https://talks.example/live/whep/{code}/es/")


async def test_ice_servers_are_told_to_those_who_watch_and_turn_only_to_those_who_are_in(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "GATHER_SECONDS", 0.1)
    servers = {"ice_server_url": "stun:127.0.0.1:9,turn:127.0.0.1:9?transport=udp"}
    for credentials, username in (
        ({"ice_server_username": 'a "user"', "ice_server_password": "p\\w"}, r"a \"user\""),
        ({"turn_secret": "s3cret"}, None),
    ):
        async with house(tmp_path / str(username is None), **servers, **credentials) as here:
            code = await here.create(host)
            token = (await here.http.get("/api/getIceToken", headers={"ClientId": str(uuid4())})).json()
            assert token == {"Urls": ["stun:127.0.0.1:9"], "Username": "", "Password": ""}
            ana = await here.socket()
            await ana.join(code)
            token = (await here.http.get("/api/getIceToken", headers={"ClientId": ana.client})).json()
            assert token["Urls"] == servers["ice_server_url"].split(",")
            assert token["Username"]
            assert token["Password"]
            assert ana.client not in str(token)
            made = await here.http.post(f"/whep/{code}/es", content=await offered(), headers=SDP)
            stun, turn = made.headers.get_list("Link")
            assert stun == '<stun:127.0.0.1:9>; rel="ice-server"'
            assert turn.startswith('<turn:127.0.0.1:9?transport=udp>; rel="ice-server"; username="')
            assert turn.endswith('credential-type="password"')
            if username:
                assert f'username="{username}"; credential="p\\\\w"' in turn
            assert "s3cret" not in made.headers["Link"]
