"""The local Azure's voices, through the unmodified SDK."""

from __future__ import annotations

import azure.cognitiveservices.speech as speechsdk
import numpy as np
import pytest

from azure_sdk import said, ssml, voice_config
from azure_service import AzureService, Pace

TICKS = 10_000_000
TEXT = "Chaque année quatre cents navires partent d'ici, mesdames."


@pytest.mark.parametrize("endpoint", [True, False])
def test_a_text_is_sound_in_the_format_that_was_asked_for(azure: AzureService, endpoint: bool) -> None:
    out = said(voice_config(azure, endpoint=endpoint), ssml(TEXT))
    assert out.result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
    pcm = np.frombuffer(out.result.audio_data, "<i2") / 32768
    assert len(pcm) / 48_000 == pytest.approx(len(TEXT) / 14, rel=0.2)
    loud = np.sqrt(np.mean(pcm.reshape(-1, 480)[: len(pcm) // 480] ** 2, axis=1)) if len(pcm) % 480 == 0 else None
    assert np.sqrt(np.mean(pcm**2)) > 0.1
    assert loud is None or (loud < 0.01).any()
    assert [(one.voice, one.text) for one in azure.spoken] == [("fr-FR-DeniseNeural", TEXT)]


def test_visemes_and_boundaries_come_with_their_ticks(azure: AzureService) -> None:
    out = said(voice_config(azure), ssml("Hello big world."))
    words = [b for b in out.boundaries if b.boundary_type == speechsdk.SpeechSynthesisBoundaryType.Word]
    assert [word.text for word in words] == ["Hello", "big", "world"]
    assert [word.text_offset for word in words] == sorted(word.text_offset for word in words)
    pcm = np.frombuffer(out.result.audio_data, "<i2") / 32768
    for word in words:
        start = round(word.audio_offset / TICKS * 48_000)
        end = start + round(word.duration.total_seconds() * 48_000)
        # loud inside of the word, quiet where it ends
        assert np.abs(pcm[start + 1000 : end - 3000]).max() > 0.3
        assert np.abs(pcm[end - 1200 : end]).max() < 0.01
    offsets = [at for at, _ in out.visemes]
    assert offsets == sorted(offsets)
    assert all(0 <= id_ <= 21 for _, id_ in out.visemes)
    assert (out.visemes[0][1], out.visemes[-1][1]) == (0, 0)
    # b closes the lips at the word's beginning
    assert (words[1].audio_offset, 21) in [(at, id_) for at, id_ in out.visemes if abs(at - words[1].audio_offset) < 10]


def test_the_first_sound_comes_before_the_text_is_said(azure_script: object) -> None:
    with AzureService(pace=Pace(first_audio=0.05, realtime=4.0)) as azure:
        out = said(voice_config(azure), ssml(TEXT))
    length = len(out.result.audio_data) / 96_000
    assert len(out.chunks) > 10
    assert out.seconds > length / 4
    assert out.chunks[0][0] < out.seconds / 2


def test_a_voice_says_it_as_fast_as_its_prosody(azure: AzureService) -> None:
    usual = said(voice_config(azure), ssml(TEXT))
    fast = said(voice_config(azure), ssml(f"<prosody rate='+50%'>{TEXT}</prosody><break time='500ms'/>"))
    lengths = [len(one.result.audio_data) / 96_000 for one in (usual, fast)]
    assert lengths[1] - 0.5 == pytest.approx(lengths[0] / 1.5, abs=0.2)
    assert [one.rate for one in azure.spoken] == [1.0, 1.5]


def test_what_was_escaped_is_said_as_it_was_written(azure: AzureService) -> None:
    said(voice_config(azure), ssml("Tom &amp; Jerry &lt;3"))
    assert azure.spoken[-1].text == "Tom & Jerry <3"


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (ssml("Tom & Jerry"), "Ssml parsing error"),
        (ssml("Hello", voice="xx-XX-NobodyNeural"), "Unsupported voice xx-XX-NobodyNeural"),
        ("<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>Hi</speak>", "[voice]"),
    ],
)
def test_a_text_that_is_none_ends_the_connection_with_the_reason(azure: AzureService, markup: str, reason: str) -> None:
    out = said(voice_config(azure), markup)
    assert out.result.reason == speechsdk.ResultReason.Canceled
    assert "1007" in out.details.error_details
    assert reason in out.details.error_details
    assert not azure.spoken
    assert azure.connections[-1].close_code == 1007


def test_other_formats(azure: AzureService) -> None:
    config = voice_config(azure)
    config.set_speech_synthesis_output_format(speechsdk.SpeechSynthesisOutputFormat.Riff24Khz16BitMonoPcm)
    out = said(config, ssml("Bonjour"))
    assert out.result.audio_data[:4] == b"RIFF"
    config.set_speech_synthesis_output_format(speechsdk.SpeechSynthesisOutputFormat.Ogg24Khz16BitMonoOpus)
    assert "Unsupported output format" in said(config, ssml("Bonjour")).details.error_details


def test_a_text_without_markup(azure: AzureService) -> None:
    config = voice_config(azure)
    config.speech_synthesis_voice_name = "es-ES-ElviraNeural"
    synthesizer = speechsdk.SpeechSynthesizer(config, None)
    result = synthesizer.speak_text_async("Hola & adiós").get()
    assert result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
    assert (azure.spoken[-1].voice, azure.spoken[-1].text) == ("es-ES-ElviraNeural", "Hola & adiós")


def test_one_connection_says_many_texts(azure: AzureService) -> None:
    synthesizer = speechsdk.SpeechSynthesizer(voice_config(azure), None)
    for text in ("Un", "Deux", "Trois"):
        synthesizer.speak_ssml_async(ssml(text)).get()
    assert [one.text for one in azure.spoken] == ["Un", "Deux", "Trois"]
    assert len({one.connection for one in azure.spoken}) == 1


def test_the_voices_of_the_region(azure: AzureService) -> None:
    config = speechsdk.SpeechConfig(subscription=azure.key, host=azure.http_url)
    synthesizer = speechsdk.SpeechSynthesizer(config, None)
    every = synthesizer.get_voices_async().get()
    assert every.reason == speechsdk.ResultReason.VoicesListRetrieved
    assert len(every.voices) >= 40
    french = synthesizer.get_voices_async("fr-FR").get().voices
    assert {voice.short_name for voice in french} >= {"fr-FR-DeniseNeural", "fr-FR-HenriNeural"}
    denise = next(voice for voice in french if voice.short_name == "fr-FR-DeniseNeural")
    assert denise.gender == speechsdk.SynthesisVoiceGender.Female
    assert denise.style_list == ["cheerful", "sad"]
