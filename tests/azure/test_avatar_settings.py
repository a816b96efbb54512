"""What a host chooses for an Azure avatar reaches the service, and what cannot be had is refused with a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from avatar_talk import ENGINE, Watcher
from azure_service import AzureService, Pace
from dragoman.engines.azure import avatar
from dragoman.engines.azure.avatar_context import KEYED
from houses import House, Person, house
from scripted import speech


@asynccontextmanager
async def azure_house(azure: AzureService, directory: Path, **settings: Any) -> AsyncIterator[House]:
    """A server whose face is Azure's. settings: of the engine, as in the environment."""
    face = await avatar.load("", {**azure.settings(), **ENGINE, "DATA_DIR": str(directory), **settings})
    try:
        async with house(directory, face=face) as here:
            yield here
    finally:
        await face.close()


async def watched(here: House, code: str, watcher: Watcher, client: str, language: str = "es") -> None:
    """Connect by connectListenerAvatar."""
    body = {"sdp": await watcher.offer(), "type": "offer"}
    answer = await here.post("connectListenerAvatar", body, client, SessionId=code, Language=language)
    assert answer.status_code == 200, answer.text
    await watcher.accept(answer.json()["sdp"])


async def hosting(here: House, **choices: Any) -> tuple[str, Person]:
    """A session that is on, and its host's socket."""
    speaker = await here.socket()
    code = await here.started(speaker.client, **choices)
    assert (await speaker.join(code))["ok"]
    return code, speaker


async def speak(speaker: Person, code: str, *words: int) -> None:
    sound = speech(*words, 0).astype("<i2").tobytes()
    sent = await speaker.call("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
    assert sent["ok"], sent


async def test_the_choices_of_a_session_reach_the_service(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            code, speaker = await hosting(
                here,
                avatarCharacter="max",
                avatarStyle="formal",
                backgroundColor="#3366cc80",
                backgroundImage="https://pictures.example.org/harbour.jpg",
                videoCrop=True,
                videoBitrate=1_500_000,
            )
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: azure.pictures and azure.pictures[0].connected)
            video = azure.pictures[0].video
            assert video["talkingAvatar"] == {
                "customized": False,
                "useBuiltInVoice": False,
                "character": "max",
                "style": "formal",
                "background": {"color": "#3366CCFF", "image": {"url": "https://pictures.example.org/harbour.jpg"}},
            }
            assert video["format"]["bitrate"] == 1_500_000
            assert video["format"]["crop"]["topLeft"] == {"x": 600, "y": 0}
            assert video["format"]["crop"]["bottomRight"] == {"x": 1320, "y": 1080}
            await speak(speaker, code, 1, 2)
            await azure.until(lambda: [state["speaking"] for state in speaker.of("avatarState")] == [True, False])
            assert [spoken.text for spoken in azure.spoken] == ["es(w1 w2)"]
            assert azure.spoken[0].voice.startswith("es-")
            assert speaker.of("avatarState")[0]["lagMs"] > 0
            await watcher.close()


async def test_a_shared_picture_is_asked_for_in_the_channel_s_shape(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            code, _ = await hosting(here, transparentBackground=True)
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: watcher.azure)
            video = azure.pictures[0].video
            assert video["format"]["crop"] == {"topLeft": {"x": 420, "y": 0}, "bottomRight": {"x": 1500, "y": 1080}}
            assert video["talkingAvatar"]["background"]["color"] == "#FFFFFFFF", "a channel carries no transparency"
            await watcher.close()


async def test_a_presenter_who_is_drawn_costs_no_avatar(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            code, speaker = await hosting(here, avatarCharacter="amara")
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: watcher.frames)
            await speak(speaker, code, 1)
            await azure.until(lambda: [state["speaking"] for state in speaker.of("avatarState")] == [True, False])
            assert ("es-f", "es(w1)") in here.voice.said
            assert not [one for one in azure.connections if one.service == "avatar"]
            await watcher.close()


async def test_a_custom_avatar_is_named_with_its_consent_and_may_speak_with_its_own_voice(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            code, _ = await hosting(
                here, avatarCharacter="our-ana", isCustomAvatar=True, consentId="c-17", useBuiltInVoice=True
            )
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: watcher.azure)
            talking = azure.pictures[0].video["talkingAvatar"]
            assert talking["customized"] is talking["useBuiltInVoice"] is True
            assert (talking["character"], talking["style"]) == ("our-ana", "")
            await watcher.close()


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"avatarCharacter": "nobody"}, "lisa, harry, jeff, lori, max, meg, amara, jonas"),
        ({"avatarCharacter": "harry", "avatarStyle": "graceful"}, "business, casual, youthful"),
        ({"avatarCharacter": "our-ana", "isCustomAvatar": True}, "consentId"),
        ({"isCustomAvatar": True, "consentId": "c-17"}, "avatarCharacter"),
        ({"useBuiltInVoice": True}, "isCustomAvatar"),
    ],
)
async def test_an_avatar_that_cannot_be_had_is_refused(tmp_path: Path, choices: dict[str, Any], said: str) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            body = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es"], **choices}
            answer = await here.post("createSession", body, str(uuid4()))
            assert answer.status_code == 422
            assert said in answer.json()["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"backgroundImage": "http://pictures.example.org/harbour.jpg"},
        {"backgroundImage": "https://user:word@pictures.example.org/harbour.jpg"},
        {"backgroundImage": "javascript:alert(1)"},
        {"backgroundImage": "https://"},
        {"videoBitrate": 5},
        {"videoBitrate": "fast"},
    ],
)
async def test_choices_of_the_wrong_form_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async with house(tmp_path) as here:
        body = {"sessionName": "A talk", "sourceLanguage": "en", "targetLanguages": ["es"], **wrong}
        answer = await here.post("createSession", body, str(uuid4()))
        assert answer.status_code == 400
        assert next(iter(wrong)) in answer.json()["error"]


async def test_the_presenters_are_listed_with_pictures_of_our_own(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path) as here:
            listed = (await here.http.get("/api/getAvatars")).json()
            assert [who["character"] for who in listed] == [
                *("lisa", "harry", "jeff", "lori", "max", "meg"),
                *("amara", "jonas"),
            ]
            assert all(who["preview"].startswith("/static/") and who["styles"] for who in listed)
            for preview in {who["preview"] for who in listed}:
                assert (await here.http.get(preview)).headers["content-type"] == "image/svg+xml"
            created = await here.create(str(uuid4()))
            info = (await here.http.get(f"/api/getSession/{created}")).json()
            assert (info["avatarCharacter"], info["avatarStyle"]) == ("lisa", "casual-sitting")


async def test_a_token_in_place_of_the_key_opens_the_avatar_too(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path, ENABLE_TOKEN_AUTH=True) as here:
            code, _ = await hosting(here)
            watcher = Watcher()
            await watched(here, code, watcher, str(uuid4()))
            await azure.until(lambda: watcher.azure)
            assert {one.credential for one in azure.connections if one.service == "avatar"} == {"token"}
            await watcher.close()


async def test_direct_a_listener_s_offer_is_answered_by_azure_itself(tmp_path: Path) -> None:
    relays = ("turn:127.0.0.1:9?transport=udp",)
    with AzureService(relays=relays, pace=Pace(picture=0.2)) as azure:
        async with azure_house(azure, tmp_path, AZURE_AVATAR="direct") as here:
            code, speaker = await hosting(here, transparentBackground=True, avatarCharacter="meg")
            listener = await here.socket()
            assert (await here.http.get("/api/getIceToken", headers={"ClientId": listener.client})).json()["Urls"] == []
            assert (await listener.join(code, language="es"))["ok"]
            token = (await here.http.get("/api/getIceToken", headers={"ClientId": listener.client})).json()
            assert token["Urls"] == list(relays)
            assert token["Username"]
            assert token["Password"]
            watcher = Watcher()
            await watched(here, code, watcher, listener.client)
            await azure.until(lambda: watcher.heard)
            assert azure.pictures[0].video["talkingAvatar"]["background"]["color"] == KEYED
            assert azure.pictures[0].video["talkingAvatar"]["character"] == "meg"
            await speak(speaker, code, 1)
            await azure.until(lambda: listener.of("avatarState") and not listener.of("avatarState")[-1]["speaking"])
            assert [spoken.text for spoken in azure.spoken] == ["es(w1)"]
            await listener.call("setLanguage", {"sessionId": code, "language": "fr"})
            await speak(speaker, code, 2)
            await azure.until(lambda: len(azure.spoken) == 2)
            assert azure.spoken[1].voice.startswith("fr-")
            assert len(azure.pictures) == 1
            await listener.sio.disconnect()
            await azure.until(lambda: not azure.live("avatar"))
            await watcher.close()


async def test_direct_what_is_no_offer_is_refused_before_azure_sees_it(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with azure_house(azure, tmp_path, AZURE_AVATAR="direct") as here:
            code = await here.create(str(uuid4()))
            answer = await here.post("connectListenerAvatar", {"sdp": "v=0"}, str(uuid4()), SessionId=code)
            assert answer.status_code in (400, 422)
            await asyncio.sleep(0)
            assert not [one for one in azure.connections if one.service == "avatar"]
