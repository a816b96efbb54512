"""The interface as a client uses it, over real sockets."""

from __future__ import annotations

from uuid import uuid4

from houses import House, house, until
from scripted import BLOCK, speech


async def test_a_talk_from_its_making_to_its_end(here: House, host: str) -> None:
    made = await here.post(
        "createSession",
        {"sessionName": "Town hall", "sourceLanguage": "en-US", "targetLanguages": ["es-MX", "fr"]},
        host,
    )
    assert made.status_code == 200
    code = made.json()["sessionId"]
    assert made.json()["listenerUrl"] == f"{here.url}/listener/{code}"
    info = (await here.http.get(f"/api/getSession/{code}")).json()
    assert info == made.json()["sessionInfo"]
    assert (info["sourceLanguage"], info["targetLanguages"], info["targetLanguage"]) == ("en", ["es", "fr"], "es")
    assert (info["active"], info["ended"], info["latencyMode"]) == (False, False, "balanced")

    speaker, ana, luc = [await here.socket() for _ in range(3)]
    speaker.client = host
    joined = await speaker.join(code)
    assert joined["ok"]
    assert joined["audio"] == {"received": 0, "accepted": 0}
    assert (await ana.join(code, language="es"))["sessionInfo"]["listenersByLanguage"] == {"es": 1}
    assert (await luc.join(code, language="fr-CA"))["ok"]
    started = await here.post("startTranslation", {"sessionId": code}, host)
    assert started.json() == {"status": "started", "sourceLanguage": "en", "targetLanguages": ["es", "fr"]}

    sound = speech(1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0).astype("<i2").tobytes()
    sent = await speaker.call(
        "audioData", {"sessionId": code, "clientId": host, "audio": sound, "seq": 0, "position": 0}
    )
    assert sent["ok"]
    await until(lambda: bool(ana.of("translationResult") and luc.of("translationResult")))
    caption = ana.of("translationResult")[0]
    assert caption.pop("timestamp") > 1_700_000_000_000
    assert 0 <= caption.pop("latencyMs") < 5000
    assert caption == {
        "sessionId": code,
        "segmentId": 1,
        "sourceText": "w1 w2",
        "translatedText": "es(w1 w2)",
        "sourceLanguage": "en",
        "targetLanguage": "es",
        "startMs": 0,
        "endMs": 200,
    }
    assert luc.of("translationResult")[0]["translatedText"] == "fr(es(w1 w2))"
    await until(lambda: len(speaker.of("translationResult")) == 3)

    assert (await ana.call("setLanguage", {"sessionId": code, "language": "en", "since": 0})) == {
        "ok": True,
        "language": "en",
    }
    assert ana.of("translationResult")[-1]["translatedText"] == "w1 w2"
    assert (await here.post("stopTranslation", {"sessionId": code}, host)).json() == {"status": "stopped"}
    assert (await here.post("endSession", {"sessionId": code}, host)).json() == {"status": "ended"}
    await until(lambda: all(person.of("sessionEnded") for person in (speaker, ana, luc)))
    assert [state["active"] for state in ana.of("sessionState")] == [True, False]

    assert (await here.http.get(f"/api/getSession/{code}")).json()["ended"]
    late = await here.socket()
    assert (await late.join(code, language="es"))["code"] == "ended"
    transcript = await here.http.get(f"/api/getTranscript/{code}", params={"language": "fr", "format": "txt"})
    assert transcript.text.strip() == "fr(es(w1 w2))"


async def test_the_host_hears_of_listeners_and_nobody_sees_anothers_secret(here: House, host: str) -> None:
    code = await here.started(host)
    speaker, ana = await here.socket(), await here.socket()
    speaker.client = host
    await speaker.join(code)
    await ana.join(code, language="es")
    await until(lambda: bool(speaker.of("listenerJoined")))
    assert speaker.of("listenerJoined") == [{"sessionId": code, "listenerCount": 1}]
    await ana.sio.disconnect()
    await until(lambda: speaker.of("listenerCountUpdated")[-1]["count"] == 0)
    everything = repr(speaker.heard) + repr(ana.heard) + (await here.http.get(f"/api/getSession/{code}")).text
    assert host not in everything
    assert ana.client not in everything


async def test_audio_as_a_list_and_under_its_other_name_is_heard(here: House, host: str) -> None:
    code = await here.started(host)
    speaker = await here.socket()
    speaker.client = host
    await speaker.join(code)
    for seq, sound in enumerate((speech(7), speech(0))):
        answer = await speaker.call(
            "audioData", {"sessionId": code, "clientId": host, "audioData": sound.tolist(), "seq": seq}
        )
        assert answer["ok"]
    await until(lambda: bool(speaker.of("translationResult")))
    assert speaker.of("translationResult")[0]["sourceText"] == "w7"


async def test_a_gap_is_told_to_the_host(here: House, host: str) -> None:
    code = await here.started(host)
    speaker = await here.socket()
    speaker.client = host
    await speaker.join(code)
    for position in (0, 10 * BLOCK):
        await speaker.call(
            "audioData",
            {"sessionId": code, "clientId": host, "audio": speech(1).tobytes(), "position": position},
        )
    await until(lambda: bool(speaker.of("error")))
    assert "900 ms" in speaker.of("error")[0]["message"]


async def test_a_session_with_a_passcode_opens_for_it_only_and_guessing_is_slowed_down(here: House, host: str) -> None:
    code = await here.create(host, passcode="sesame")
    assert (await here.http.get(f"/api/getSession/{code}")).json()["passcodeRequired"]
    ana = await here.socket()
    assert (await ana.join(code))["code"] == "passcode"
    assert (await ana.join(code, passcode="sesame"))["ok"]
    transcript = f"/api/getTranscript/{code}"
    assert (await here.http.get(transcript)).status_code == 403
    assert (await here.http.get(transcript, headers={"Passcode": "sesame"})).status_code == 200
    guesses = [(await ana.join(code, passcode=f"guess {number}"))["code"] for number in range(6)]
    assert guesses == ["passcode"] * 5 + ["tooMany"]
    refused = await here.http.get(transcript, headers={"Passcode": "guess"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    speaker = await here.socket()
    speaker.client = host
    assert (await speaker.join(code))["ok"]


async def test_a_change_reaches_everybody_and_the_glossary_only_the_host(here: House, host: str) -> None:
    code = await here.create(host)
    speaker, ana = await here.socket(), await here.socket()
    speaker.client = host
    await speaker.join(code)
    await ana.join(code)
    glossary = [{"source": "Dragoman", "target": {"es": "Dragomán"}, "keep": True}]
    answer = await here.post(
        "updateSession",
        {
            "sessionId": code,
            "sessionName": "New",
            "targetLanguages": ["ca"],
            "latencyMode": "low",
            "glossary": glossary,
        },
        host,
    )
    assert answer.status_code == 200
    assert (answer.json()["sessionName"], answer.json()["latencyMode"]) == ("New", "low")
    assert answer.json()["targetLanguages"] == ["es", "fr", "ca"]
    await until(lambda: bool(speaker.of("sessionUpdated") and ana.of("sessionUpdated")))
    assert speaker.of("sessionUpdated")[0]["sessionInfo"]["glossary"] == glossary
    assert "glossary" not in ana.of("sessionUpdated")[0]["sessionInfo"]
    assert "glossary" not in (await here.http.get(f"/api/getSession/{code}")).text


async def test_relay_credentials_are_for_those_who_joined(tmp_path, host: str) -> None:
    servers = "stun:127.0.0.1:3478, turn:127.0.0.1:3478?transport=udp"
    async with house(tmp_path, ice_server_url=servers, turn_secret="s") as here:
        code = await here.create(host)
        stranger = str(uuid4())
        token = await here.http.get("/api/getIceToken", headers={"ClientId": stranger})
        assert token.json() == {"Urls": ["stun:127.0.0.1:3478"], "Username": "", "Password": ""}
        ana = await here.socket()
        await ana.join(code)
        token = (await here.http.get("/api/getIceToken", headers={"ClientId": ana.client})).json()
        assert token["Urls"] == ["stun:127.0.0.1:3478", "turn:127.0.0.1:3478?transport=udp"]
        assert int(token["Username"].split(":")[0]) > 1_700_000_000
        assert token["Password"]
