"""What the unmodified SDK makes of each fault of the local Azure: recognition, voices, HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import azure.cognitiveservices.speech as speechsdk
import httpx
import pytest

from azure_sdk import Ear, said, ssml, translating, until, voice_config
from azure_service import AzureService, Pace, silence

Code = speechsdk.CancellationErrorCode
TEXT = "Chaque année quatre cents navires partent d'ici, mesdames."


def begun(azure: AzureService, ear: Ear) -> Any:
    """Says half a sentence, which arrives; the other half."""
    sound = azure.speak(0)
    half = len(sound) // 2
    ear.stream.write(sound[:half].tobytes())
    ear.wait(lambda: ear.heard.partials)
    return sound[half:]


def all_heard(azure: AzureService, ear: Ear, count: int) -> None:
    """Each of the first sentences once, whatever happened."""
    ear.wait(lambda: len(ear.heard.texts) >= count)
    assert ear.heard.texts == [sentence.text for sentence in azure.script.sentences[:count]]


@pytest.mark.parametrize(
    ("status", "code", "attempts"),
    [
        (401, Code.AuthenticationFailure, 1),
        (403, Code.AuthenticationFailure, 1),
        (429, Code.TooManyRequests, 5),
        (503, Code.ServiceUnavailable, 5),
    ],
)
def test_a_refused_recogniser_is_cancelled(azure: AzureService, status: int, code: Code, attempts: int) -> None:
    azure.faults.refuse("recognition", status)
    with translating(azure) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.canceled)
    assert ear.heard.canceled[0].code == code
    assert str(status) in ear.heard.canceled[0].error_details
    assert [one.status for one in azure.connections] == [status] * attempts
    assert not ear.heard.connected


def test_a_recogniser_that_is_refused_twice_tries_again_and_loses_nothing(azure: AzureService) -> None:
    azure.faults.refuse("recognition", 429, times=2)
    with translating(azure) as ear:
        ear.say(azure.speak(0), azure.speak(1))
        all_heard(azure, ear, 2)
    assert [one.status for one in azure.connections] == [429, 429, 101]


def _drop(azure: AzureService) -> None:
    azure.faults.drop("recognition")


def _drop_in_turn(azure: AzureService) -> None:
    azure.faults.drop_in_turn("recognition")


def _close(azure: AzureService) -> None:
    azure.faults.close("recognition")


@pytest.mark.parametrize("fault", [_drop, _drop_in_turn, _close])
def test_a_broken_socket_is_replaced_and_no_word_is_lost(
    azure: AzureService, fault: Callable[[AzureService], None]
) -> None:
    with translating(azure) as ear:
        rest = begun(azure, ear)
        fault(azure)
        ear.stream.write(rest.tobytes())
        ear.say(silence(0.5), azure.speak(1))
        all_heard(azure, ear, 2)
        assert len(ear.heard.disconnected) == 1
        assert len(ear.heard.connected) == 2
    assert not ear.heard.canceled
    # offsets go on counting from the beginning of the stream
    assert ear.heard.finals[1].offset > ear.heard.finals[0].offset + ear.heard.finals[0].duration


def test_a_recogniser_that_is_refused_when_it_comes_back_is_cancelled(azure: AzureService) -> None:
    with translating(azure) as ear:
        rest = begun(azure, ear)
        azure.faults.refuse("recognition", 401)
        azure.faults.drop("recognition")
        ear.stream.write(rest.tobytes())
        ear.wait(lambda: ear.heard.canceled)
    assert ear.heard.canceled[0].code == Code.AuthenticationFailure


def test_a_recogniser_that_is_closed_again_and_again_falls_silent_without_an_event(azure: AzureService) -> None:
    with translating(azure) as ear:
        rest = begun(azure, ear)
        azure.faults.close_after("recognition", 0.0, code=1000)
        ear.stream.write(rest.tobytes())
        ear.wait(lambda: len(ear.heard.disconnected) == 5)
        azure.faults.clear()
        ear.say(azure.speak(1))
        time.sleep(1.0)
        assert not ear.heard.texts
        assert not ear.heard.canceled
        assert len(azure.connections) == 5


def test_a_recogniser_that_is_closed_with_an_error_again_and_again_is_cancelled(azure: AzureService) -> None:
    with translating(azure) as ear:
        rest = begun(azure, ear)
        azure.faults.close_after("recognition", 0.0, code=1011)
        ear.stream.write(rest.tobytes())
        ear.wait(lambda: ear.heard.canceled)
    assert ear.heard.canceled[0].code == Code.ServiceError
    assert "1011" in ear.heard.canceled[0].error_details


def unheard(azure: AzureService, ear: Ear) -> None:
    """Says a sentence that the service recognises and of which the SDK tells nothing; then the connection breaks, and
    the second sentence comes. Without the break, to stop such a recogniser would take ten seconds."""
    ear.say(azure.speak(0))
    azure.wait(lambda: azure.recognised)
    time.sleep(0.5)
    assert (ear.heard.texts, ear.heard.partials, ear.heard.canceled) == ([], [], [])
    azure.faults.clear()
    azure.faults.drop("recognition")
    ear.wait(lambda: len(ear.heard.connected) == 2)
    ear.say(azure.speak(1))


def test_a_silent_recogniser_gives_no_event_and_a_new_connection_hears_it_all_again(azure: AzureService) -> None:
    azure.faults.silence("recognition")
    with translating(azure) as ear:
        unheard(azure, ear)
        all_heard(azure, ear, 2)


def test_garbage_in_place_of_a_turns_beginning_costs_a_sentence_without_an_event(azure: AzureService) -> None:
    """The SDK takes the phrases that follow for received, so that a new connection does not hear them again, but
    tells nobody of them."""
    azure.faults.garbage("recognition")
    with translating(azure) as ear:
        unheard(azure, ear)
        ear.wait(lambda: ear.heard.texts)
        assert ear.heard.texts == [azure.script.sentences[1].text]


def test_a_slow_recogniser_is_late_and_loses_nothing(azure: AzureService) -> None:
    azure.faults.slow("recognition", 1.0)
    with translating(azure) as ear:
        began = time.monotonic()
        ear.say(azure.speak(0))
        all_heard(azure, ear, 1)
        assert time.monotonic() - began > 1.0


@pytest.mark.parametrize("kind", ["frame", "body"])
def test_garbage_in_the_middle_of_a_turn_is_ignored(azure: AzureService, kind: Any) -> None:
    with translating(azure) as ear:
        rest = begun(azure, ear)
        azure.faults.garbage("recognition", kind=kind)
        ear.stream.write(rest.tobytes())
        ear.say(silence(0.5), azure.speak(1))
        all_heard(azure, ear, 2)
        assert not azure.faults.takes_garbage("recognition")


@pytest.mark.parametrize(("code", "error"), [(1007, Code.BadRequest), (4429, Code.TooManyRequests)])
def test_an_exceeded_quota_is_not_tried_again(azure: AzureService, code: int, error: Code) -> None:
    azure.faults.quota("recognition", code=code)
    with translating(azure) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.canceled)
    assert ear.heard.canceled[0].code == error
    assert "Quota exceeded" in ear.heard.canceled[0].error_details
    assert [one.close_code for one in azure.connections] == [code]


def test_a_service_that_vanishes_is_an_error_and_comes_back_on_its_port(azure: AzureService) -> None:
    port = azure.port
    with translating(azure) as ear:
        rest = begun(azure, ear)
        azure.vanish()
        ear.stream.write(rest.tobytes())
        ear.wait(lambda: ear.heard.canceled)
    assert ear.heard.canceled[0].code == Code.ConnectionFailure
    azure.come_back()
    assert azure.port == port
    with translating(azure) as ear:
        ear.say(azure.speak(0))
        all_heard(azure, ear, 1)


# Voices


@pytest.mark.parametrize(
    ("status", "code", "attempts"),
    [
        (401, Code.AuthenticationFailure, 1),
        (403, Code.AuthenticationFailure, 1),
        (429, Code.TooManyRequests, 2),
        (503, Code.ServiceUnavailable, 2),
    ],
)
def test_a_refused_voice_is_cancelled(azure: AzureService, status: int, code: Code, attempts: int) -> None:
    azure.faults.refuse("synthesis", status)
    out = said(voice_config(azure), ssml(TEXT))
    assert out.details.error_code == code
    assert [one.status for one in azure.connections] == [status] * attempts


def test_a_voice_that_is_refused_once_tries_again(azure: AzureService) -> None:
    azure.faults.refuse("synthesis", 429, times=1)
    out = said(voice_config(azure), ssml(TEXT))
    assert out.result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted


def test_a_voice_whose_socket_breaks_is_cancelled_with_half_of_the_sound(azure: AzureService) -> None:
    whole = len(said(voice_config(azure), ssml(TEXT)).result.audio_data)
    azure.faults.drop_in_turn("synthesis")
    out = said(voice_config(azure), ssml(TEXT))
    assert out.details.error_code == Code.ConnectionFailure
    assert 0.3 * whole < len(out.result.audio_data) < 0.7 * whole
    again = said(voice_config(azure), ssml(TEXT))
    assert len(again.result.audio_data) == whole


@pytest.mark.parametrize("end", [False, True])
def test_a_voice_that_stops_in_the_middle_is_cancelled_after_three_seconds(azure_script: object, end: bool) -> None:
    """By silence, or by a socket that is closed in good order: the SDK sees no difference."""
    with AzureService(pace=Pace(realtime=2.0)) as azure:
        synthesizer = speechsdk.SpeechSynthesizer(voice_config(azure), None)
        chunks: list[Any] = []
        synthesizer.synthesizing.connect(chunks.append)
        running = synthesizer.speak_ssml_async(ssml(TEXT))
        until(lambda: chunks)
        if end:
            azure.faults.close("synthesis")
        else:
            azure.faults.silence("synthesis")
        result = running.get()
    assert result.cancellation_details.error_code == Code.ServiceTimeout
    assert result.audio_data


def test_a_voice_that_never_answers_gives_no_event(azure: AzureService) -> None:
    azure.faults.silence("synthesis")
    results: list[Any] = []
    synthesizer = speechsdk.SpeechSynthesizer(voice_config(azure), None)
    waiting = threading.Thread(target=lambda: results.append(synthesizer.speak_ssml_async(ssml(TEXT)).get()))
    waiting.start()
    azure.wait(lambda: azure.spoken)
    waiting.join(4.0)
    assert not results
    # To close the connection would not end it.
    synthesizer.stop_speaking_async().get()
    waiting.join(30)
    assert "499" in results[0].cancellation_details.error_details
    azure.faults.clear()
    again = synthesizer.speak_ssml_async(ssml(TEXT)).get()
    assert again.reason == speechsdk.ResultReason.SynthesizingAudioCompleted


def test_a_slow_voice_is_late(azure: AzureService) -> None:
    azure.faults.slow("synthesis", 1.0)
    out = said(voice_config(azure), ssml("Bonjour"))
    assert out.result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
    assert out.chunks[0][0] > 1.0


def test_garbage_in_a_voice_is_missing_sound_without_an_error(azure: AzureService) -> None:
    whole = len(said(voice_config(azure), ssml(TEXT)).result.audio_data)
    # turn.start and response come through, what follows does not
    synthesizer = speechsdk.SpeechSynthesizer(voice_config(azure), None)
    synthesizer.synthesis_started.connect(lambda _: None)
    chunks: list[Any] = []

    def first(event: Any) -> None:
        if not chunks:
            azure.faults.garbage("synthesis", 3)
        chunks.append(event)

    synthesizer.synthesizing.connect(first)
    result = synthesizer.speak_ssml_async(ssml(TEXT)).get()
    assert result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
    assert len(result.audio_data) < whole


@pytest.mark.parametrize(("code", "error"), [(1007, Code.BadRequest), (4429, Code.TooManyRequests)])
def test_a_voice_over_its_quota_is_cancelled(azure: AzureService, code: int, error: Code) -> None:
    azure.faults.quota("synthesis", code=code)
    out = said(voice_config(azure), ssml(TEXT))
    assert out.details.error_code == error
    assert not azure.spoken


def test_a_voice_of_a_service_that_has_vanished(azure: AzureService) -> None:
    azure.vanish()
    out = said(voice_config(azure), ssml(TEXT))
    assert out.details.error_code == Code.ConnectionFailure
    azure.come_back()
    out = said(voice_config(azure), ssml(TEXT))
    assert out.result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted


# HTTP


async def test_faults_of_http(azure: AzureService) -> None:
    path = "/cognitiveservices/voices/list"
    headers = {"Ocp-Apim-Subscription-Key": azure.key}
    async with httpx.AsyncClient(base_url=azure.http_url, headers=headers) as client:
        azure.faults.refuse("http", 403, times=1)
        azure.faults.refuse("http", 429, times=1)
        answers = [await client.get(path) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [403, 429, 200]
        assert answers[1].headers["Retry-After"] == "1"
        azure.faults.garbage("http")
        with pytest.raises(ValueError):
            (await client.get(path)).json()
        azure.faults.quota("http", 1)
        translation = "/translator/text/v3.0/translate?api-version=3.0&from=en&to=fr"
        assert (await client.post(translation, json=[{"Text": "a"}])).json()["error"]["code"] == 403001
        azure.faults.drop_in_turn("http")
        with pytest.raises(httpx.TransportError):
            await client.get(path)
        azure.faults.slow("http", 0.5)
        began = time.monotonic()
        await client.get(path)
        assert time.monotonic() - began >= 0.5
        azure.faults.clear("http")
        azure.faults.silence("http")
        with pytest.raises(httpx.ReadTimeout):
            await client.get(path, timeout=0.5)
        azure.faults.clear("http")
        azure.vanish()
        with pytest.raises(httpx.ConnectError):
            await client.get(path)
        azure.come_back()
        assert (await client.get(path)).status_code == 200
        assert [one.status for one in azure.asked].count(403) == 2
