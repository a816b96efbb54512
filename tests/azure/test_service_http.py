"""The local Azure's HTTP: tokens, voices, relay, translator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import azure.cognitiveservices.speech as speechsdk
import httpx
import pytest

from azure_sdk import said, ssml, translating
from azure_service import AzureService, Limits, rendered
from dragoman.engines.azure.account import Account


@pytest.fixture
async def client(azure: AzureService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=azure.http_url, headers={"Ocp-Apim-Subscription-Key": azure.key}) as client:
        yield client


async def test_a_token_opens_what_the_key_opens_until_it_expires() -> None:
    async with AzureService(limits=Limits(token=1.0)) as azure, httpx.AsyncClient(base_url=azure.http_url) as client:
        refused = await client.post("/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": "wrong"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "401")
        issued = await client.post("/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": azure.key})
        token = issued.text
        assert (issued.status_code, token) == (200, azure.tokens[0].token)
        shown = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/tts/cognitiveservices/voices/list", headers=shown)).status_code == 200
        # a token gets no other token
        assert (await client.post("/sts/v1.0/issueToken", headers=shown)).status_code == 401
        await azure.until(lambda: not azure.state.keys.credential(shown, {})[1])
        assert (await client.get("/tts/cognitiveservices/voices/list", headers=shown)).status_code == 401


def test_the_sdk_with_a_token(azure: AzureService) -> None:
    token, _ = azure.state.keys.issue()

    def by_token(config: speechsdk.SpeechConfig) -> None:
        config.authorization_token = token

    with translating(azure, configure=by_token) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
    config = speechsdk.SpeechConfig(subscription=azure.key, host=azure.url)
    config.authorization_token = token
    said(config, ssml("Bonjour"))
    assert [one.credential for one in azure.connections] == ["token", "token"]
    assert [one.text for one in azure.spoken] == ["Bonjour"]


async def test_the_settings_lead_to_every_address(azure: AzureService) -> None:
    account = Account.of(azure.settings())
    async with httpx.AsyncClient(headers={"Ocp-Apim-Subscription-Key": account.key}) as client:
        for address in (
            account.http("tts") + "/voices/list",
            account.http("tts") + "/avatar/relay/token/v1",
            account.http("translator") + "/languages?api-version=3.0",
        ):
            assert (await client.get(address)).status_code == 200
        assert (await client.post(account.http("sts") + "/issueToken")).status_code == 200


async def test_the_list_of_voices(client: httpx.AsyncClient) -> None:
    for base in ("", "/tts"):
        voices = (await client.get(f"{base}/cognitiveservices/voices/list")).json()
        assert len(voices) >= 40
        locales = {voice["Locale"] for voice in voices}
        assert locales >= {"fr-FR", "es-ES", "es-MX", "de-DE", "pt-PT", "pt-BR", "zh-CN", "zh-TW", "nb-NO", "fil-PH"}
        assert locales >= {"ja-JP", "ar-EG", "it-IT", "ca-ES", "hi-IN", "ko-KR"}
        fields = {"Name", "DisplayName", "LocalName", "ShortName", "Gender", "Locale", "LocaleName", "SampleRateHertz"}
        assert all(fields | {"VoiceType", "Status", "WordsPerMinute"} <= voice.keys() for voice in voices)
        assert len({voice["ShortName"] for voice in voices}) == len(voices)


async def test_relay_credentials(client: httpx.AsyncClient, azure: AzureService) -> None:
    answers = [(await client.get(f"{base}/cognitiveservices/avatar/relay/token/v1")).json() for base in ("", "/tts")]
    assert all(answer.keys() == {"Urls", "Username", "Password"} for answer in answers)
    assert answers[0]["Password"] != answers[1]["Password"]
    assert [one.token for one in azure.relays] == [answer["Username"] for answer in answers]
    stranger = await client.get(
        "/cognitiveservices/avatar/relay/token/v1", headers={"Ocp-Apim-Subscription-Key": "not it"}
    )
    assert stranger.status_code == 401


async def _translate(client: httpx.AsyncClient, query: str, *texts: str) -> httpx.Response:
    address = f"/translator/text/v3.0/translate?api-version=3.0{query}"
    return await client.post(address, json=[{"Text": text} for text in texts])


async def test_a_sentence_of_the_script_is_translated_as_it_says(
    client: httpx.AsyncClient, azure: AzureService
) -> None:
    text = azure.script.sentences[0].text
    answer = (await _translate(client, "&from=en&to=fr&to=es", text, "Something else, 4 you.")).json()
    assert [one["to"] for one in answer[0]["translations"]] == ["fr", "es"]
    assert answer[0]["translations"][0]["text"] == azure.script.sentences[0].translation("fr")
    assert answer[1]["translations"][0]["text"] == rendered("Something else, 4 you.", "fr")
    assert "detectedLanguage" not in answer[0]
    clause = (await _translate(client, "&from=en&to=fr", "ships that carry grain. Good morning everybody")).json()
    assert clause[0]["translations"][0]["text"] == "qui transportent du grain. Bonjour à tous"
    detected = (await _translate(client, "&to=fr", azure.script.sentences[3].text)).json()
    assert detected[0]["detectedLanguage"] == {"language": "de", "score": 1.0}
    assert [one.text for one in azure.translated][:1] == [text]


def test_a_rendering_keeps_what_is_not_words() -> None:
    text = "Call <b>Anna</b> at 10:30 about {0} and [[T1]] &amp; __T2__, see https://example.org/a."
    french, german = rendered(text, "fr"), rendered(text, "de")
    assert french != german != text
    for kept in ("<b>", "</b>", "10:30", "{0}", "[[T1]]", "&amp;", "__T2__", "https://example.org/a."):
        assert kept in french
    assert "Call" not in french


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("?from=en&to=fr", [{"Text": "a"}], 400021),
        ("?api-version=3.0&from=tlh-x&to=fr", [{"Text": "a"}], 400035),
        ("?api-version=3.0&from=en", [{"Text": "a"}], 400036),
        ("?api-version=3.0&from=en&to=xx", [{"Text": "a"}], 400036),
        ("?api-version=3.0&from=en&to=fr", {"Text": "a"}, 400005),
        ("?api-version=3.0&from=en&to=fr", [{"Text": "a"}] * 1001, 400072),
        ("?api-version=3.0&from=en&to=fr", [{"Text": "a" * 50_001}], 400050),
    ],
)
async def test_the_translators_errors(client: httpx.AsyncClient, query: str, body: object, code: int) -> None:
    answer = await client.post(f"/translator/text/v3.0/translate{query}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_the_translator_wants_a_key_and_lists_its_languages_to_everybody(azure: AzureService) -> None:
    async with httpx.AsyncClient(base_url=azure.http_url) as client:
        refused = await _translate(client, "&from=en&to=fr", "Hello")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, 401000)
        languages = (await client.get("/translator/text/v3.0/languages?api-version=3.0")).json()["translation"]
        assert {"fr", "zh-Hans", "pt-pt", "nb", "fil"} <= languages.keys()
