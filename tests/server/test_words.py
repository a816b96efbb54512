"""What the host types, takes back and corrects, over HTTP and the sockets; and the end of everything."""

from __future__ import annotations

import io
import wave
from typing import Any
from uuid import uuid4

import pytest

from houses import House, until
from refusals import HTML, MARK, NO_TAGS, NOT_TEXT, encoded, refusal
from scripted import speech
from test_watching import hosting, speak

in_module = pytest.mark.asyncio(loop_scope="module")

WORDS = ("sayText", "retractSegment", "correctSegment", "deleteSession", "makeFilm")
WHOLE = {"text": "Hello", "segmentId": 1, "language": "es"}


async def posted(house: House, route: str, body: bytes, client: str) -> Any:
    return await house.http.post(
        f"/api/{route}", content=body, headers={"ClientId": client, "Content-Type": "application/json"}
    )


async def test_typed_words_are_heard_by_everybody_as_speech_is(here: House) -> None:
    code, speaker = await hosting(here)
    ana = await here.socket()
    await ana.join(code, language="es")
    answer = await here.post("sayText", {"sessionId": code, "text": f" Good morning. {HTML}\n"}, speaker.client)
    assert answer.json() == {"segmentIds": [1, 2]}
    await until(lambda: len(ana.of("translationResult")) == 2)
    first = ana.of("translationResult")[0]
    assert (first["sourceText"], first["translatedText"], first["typed"]) == (
        "Good morning.",
        "es(Good morning.)",
        True,
    )
    assert (first["startMs"], first["endMs"]) == (0, 0)
    transcript = (await here.http.get(f"/api/getTranscript/{code}?format=json&language=es")).json()
    assert [record["typed"] for record in transcript] == [True, True]
    assert transcript[1]["sourceText"] == HTML


async def test_a_line_is_taken_back_on_every_page_at_once(here: House) -> None:
    code, speaker = await hosting(here)
    ana, luc = await here.socket(), await here.socket()
    await ana.join(code, language="es")
    await luc.join(code, language="fr")
    await speak(speaker, code, 1, 0, 2)
    await until(lambda: len(ana.of("translationResult")) == 2 and len(luc.of("translationResult")) == 2)
    for _ in range(2):
        answer = await here.post("retractSegment", {"sessionId": code, "segmentId": 1}, speaker.client)
        assert answer.json() == {"status": "retracted"}
    for person in (speaker, ana, luc):
        await until(lambda person=person: bool(person.of("segmentRetracted")))
        assert person.of("segmentRetracted")[0] == {"sessionId": code, "segmentId": 1}
    late = await here.socket()
    await late.join(code, language="es", since=0)
    replayed = late.of("translationResult")
    assert [(line["sourceText"], line["translatedText"], line.get("retracted")) for line in replayed] == [
        ("", "", True),
        ("w2", "es(w2)", None),
    ]
    transcript = (await here.http.get(f"/api/getTranscript/{code}?format=json&language=*")).json()
    assert (transcript[0]["retracted"], transcript[0]["translations"]) == (True, {})
    for form in ("vtt", "srt", "txt"):
        assert "w1" not in (await here.http.get(f"/api/getTranscript/{code}?format={form}&language=es")).text


async def test_a_correction_is_told_to_all_and_works_after_the_end(here: House) -> None:
    code, speaker = await hosting(here)
    luc = await here.socket()
    await luc.join(code, language="fr")
    await speak(speaker, code, 1)
    await until(lambda: len(luc.of("translationResult")) == 1)
    wrong = {"sessionId": code, "segmentId": 1, "language": "es-MX", "text": "uno"}
    assert (await here.post("correctSegment", wrong, speaker.client)).json() == {"status": "corrected"}
    await until(lambda: bool(luc.of("segmentCorrected")))
    assert luc.of("segmentCorrected") == [{"sessionId": code, "segmentId": 1, "language": "es", "text": "uno"}]
    assert (await here.post("correctSegment", wrong | {"language": "en", "text": "one"}, speaker.client)).status_code
    await until(lambda: len(luc.of("segmentCorrected")) == 3)
    assert luc.of("segmentCorrected")[2]["text"] == "fr(es(one))"
    await here.post("endSession", {"sessionId": code}, speaker.client)
    for change in ({"language": "fr", "text": "un"}, {"language": "en", "text": "One."}):
        assert (await here.post("correctSegment", wrong | change, speaker.client)).json() == {"status": "corrected"}
    (line,) = (await here.http.get(f"/api/getTranscript/{code}?format=json&language=*")).json()
    assert line["sourceText"] == "One."
    assert line["translations"] == {"es": "uno", "fr": "un"}
    assert line["correctedIn"] == ["es", "fr"]
    assert (await here.post("retractSegment", {"sessionId": code, "segmentId": 1}, speaker.client)).status_code == 200
    assert refusal(await here.post("correctSegment", wrong, speaker.client), 409) == "wrongState"
    assert refusal(await here.post("sayText", {"sessionId": code, "text": "More"}, speaker.client), 409) == "ended"


async def test_a_deleted_session_never_was(here: House) -> None:
    code, speaker = await hosting(here)
    ana = await here.socket()
    await ana.join(code, language="es")
    await speak(speaker, code, 1)
    await until(lambda: bool(ana.of("translationResult")))
    over = await here.started(speaker.client)
    await here.post("endSession", {"sessionId": over}, speaker.client)
    for gone in (code, over):
        assert refusal(await here.post("deleteSession", {"sessionId": gone}, str(uuid4())), 403) == "notHost"
        answer = await here.post("deleteSession", {"sessionId": gone}, speaker.client)
        assert answer.json() == {"status": "deleted"}
        for path in (f"/api/getSession/{gone}", f"/api/getTranscript/{gone}"):
            assert refusal(await here.http.get(path), 404) == "notFound"
        assert refusal(await here.post("deleteSession", {"sessionId": gone}, speaker.client), 404) == "notFound"
    await until(lambda: bool(ana.of("sessionEnded") and speaker.of("sessionEnded")))
    assert (await ana.join(code))["code"] == "notFound"
    sound = speech(1).tobytes()
    answer = await speaker.call("audioData", {"sessionId": code, "clientId": speaker.client, "audio": sound})
    assert answer["code"] == "notFound"


@in_module
async def test_before_the_talk_has_begun_nothing_can_be_typed(shared: House, host: str) -> None:
    code = await shared.create(host)
    answer = await shared.post("sayText", {"sessionId": code, "text": "Hello"}, host)
    assert refusal(answer, 409) == "wrongState"
    assert "startTranslation" in answer.json()["error"]


@in_module
async def test_words_that_cannot_be_are_refused_by_name(shared: House, host: str) -> None:
    code = await shared.started(host)
    for route in ("sayText", "correctSegment"):
        for text in ("", "   ", "\n\t", f"a\x00{MARK}", f"a\x1b{MARK}", f"a\x85{MARK}", f"\ud800{MARK}", MARK * 300):
            answer = await posted(shared, route, encoded({"sessionId": code, **WHOLE, "text": text}), host)
            assert refusal(answer, 400) == "badRequest", (route, text)
            assert answer.json()["error"].startswith("text ")
        for text in (*NOT_TEXT, None):
            answer = await posted(shared, route, encoded({"sessionId": code, **WHOLE, "text": text}), host)
            assert refusal(answer, 400) == "badRequest", (route, text)
    for route in ("retractSegment", "correctSegment"):
        for number in (0, -1, 1.5, "1", True, None, 2**60, [], {}, MARK):
            answer = await posted(shared, route, encoded({"sessionId": code, **WHOLE, "segmentId": number}), host)
            assert refusal(answer, 400) == "badRequest", (route, number)
            assert answer.json()["error"].startswith("segmentId ")
        assert refusal(await shared.post(route, {"sessionId": code, **WHOLE, "segmentId": 2**50}, host), 404)
    for route in ("correctSegment", "makeFilm"):
        for tag in (*NO_TAGS, *NOT_TEXT):
            answer = await posted(shared, route, encoded({"sessionId": code, **WHOLE, "language": tag}), host)
            assert refusal(answer, 400) == "badRequest", (route, tag)
    answer = await shared.post("sayText", {"sessionId": code, "text": "x" * 2001}, host)
    assert refusal(answer, 400) == "badRequest"
    assert (await shared.post("sayText", {"sessionId": code, "text": "x" * 2000}, host)).status_code == 200


@in_module
async def test_only_the_host_touches_the_words(shared: House, host: str) -> None:
    code = await shared.started(host)
    await shared.post("sayText", {"sessionId": code, "text": "Mine"}, host)
    for ending in (False, True):
        if ending:
            await shared.post("endSession", {"sessionId": code}, host)
        for route in WORDS:
            answer = await shared.post(route, {"sessionId": code, **WHOLE}, str(uuid4()))
            if ending and route == "sayText":
                assert refusal(answer, 409) == "ended"
            else:
                assert refusal(answer, 403) == "notHost", route
    assert (await shared.http.get(f"/api/getTranscript/{code}?format=txt")).text.strip() == "Mine"


@in_module
async def test_a_voice_can_be_listened_to(shared: House) -> None:
    for query, name in (("language=es", "es-f"), ("language=es-MX&voice=es-m", "es-m"), ("language=es", "es-f")):
        answer = await shared.http.get(f"/api/previewVoice?{query}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "audio/wav"
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 48_000)
            assert sound.getnframes() > 4800
        assert (name, "Hola. Así suena mi voz.") in shared.voice.said
    assert [name for name, _ in shared.voice.said].count("es-f") == 1
    for query, status in (
        ("", 400),
        ("language=", 400),
        (f"language={MARK * 9}", 400),
        ("language=de", 422),
        ("language=ca", 422),
        (f"language=es&voice={MARK}", 422),
        (f"language=es&voice={MARK * 99}", 400),
    ):
        refusal(await shared.http.get(f"/api/previewVoice?{query}"), status)


async def test_a_voice_that_fails_says_so_and_one_who_asks_too_often_waits(here: House) -> None:
    here.voice.chokes_on = {"Hola."}
    assert refusal(await here.http.get("/api/previewVoice?language=es"), 503) == "unavailable"
    here.voice.chokes_on = set()
    assert (await here.http.get("/api/previewVoice?language=es")).status_code == 200
    answers = [await here.http.get("/api/previewVoice?language=es") for _ in range(60)]
    assert refusal(answers[-1], 429) == "tooMany"


@in_module
async def test_without_a_code_the_listeners_page_asks_for_it(shared: House) -> None:
    for path in ("/listener", "/listener/"):
        page = await shared.http.get(path)
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
