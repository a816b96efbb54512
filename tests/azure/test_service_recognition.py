"""The local Azure's recognition and translation, through the unmodified SDK."""

from __future__ import annotations

import itertools

import azure.cognitiveservices.speech as speechsdk
import numpy as np
import pytest

from azure_sdk import CLASSIC, recognising, translating
from azure_service import AzureService, Script, Sentence, silence
from azure_service.hearing import ToneEar
from azure_service.segmenting import Phrase, Segmentation, Segmenter
from azure_service.tone_words import speak

TICKS = 10_000_000


@pytest.mark.parametrize("path", ["", CLASSIC])
def test_each_sentence_is_recognised_once_with_all_its_translations(azure: AzureService, path: str) -> None:
    with translating(azure, ("fr", "es", "zh-Hans"), path=path) as ear:
        ear.say(azure.speak(0), azure.speak(1))
        ear.wait(lambda: len(ear.heard.texts) == 2)
    assert ear.heard.texts == [sentence.text for sentence in azure.script.sentences[:2]]
    for result, sentence in zip(ear.heard.finals, azure.script.sentences, strict=False):
        assert result.reason == speechsdk.ResultReason.TranslatedSpeech
        assert result.translations == {t: sentence.translation(t) for t in ("fr", "es", "zh-Hans")}
    assert [one.text for one in azure.recognised] == ear.heard.texts
    assert not ear.heard.canceled


def test_offsets_and_durations_are_ticks_of_the_stream(azure: AzureService) -> None:
    with translating(azure) as ear:
        ear.stream.write(silence(1.3).tobytes())
        sound = azure.speak(0)
        ear.say(sound, azure.speak(1))
        ear.wait(lambda: len(ear.heard.texts) == 2)
    first, second = ear.heard.finals[:2]
    assert first.offset / TICKS == pytest.approx(1.3, abs=0.02)
    assert first.duration / TICKS == pytest.approx(len(sound) / 16_000 - 0.08, abs=0.03)
    assert second.offset / TICKS == pytest.approx(1.3 + len(sound) / 16_000 + 0.8, abs=0.02)


def test_hypotheses_grow_with_their_translations(azure: AzureService) -> None:
    with translating(azure) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
    texts = [result.text for result in ear.heard.partials]
    assert len(texts) >= 4
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert texts[-1].startswith("good morning everybody and")
    assert ear.heard.partials[-1].reason == speechsdk.ResultReason.TranslatingSpeech
    assert ear.heard.partials[-1].translations["fr"].startswith("Bonjour à tous")


def test_wobbling_hypotheses_are_put_right_in_the_end(azure_script: Script) -> None:
    with AzureService(azure_script, wobble=True) as azure, translating(azure) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
    texts = [result.text for result in ear.heard.partials]
    assert not all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert ear.heard.texts == [azure.script.sentences[0].text]


def test_the_middle_of_a_sentence_is_just_those_words(azure: AzureService) -> None:
    with translating(azure) as ear:
        ear.say(azure.speak(1, first=3, last=6))
        # A word is cut after its first tenth: the rest of it is enough, less than half would not be.
        ear.say(azure.speak(2)[320:])
        ear.wait(lambda: len(ear.heard.texts) == 2)
    assert ear.heard.texts == ["About ships that.", azure.script.sentences[2].text]
    whole = azure.script.sentences[1].translation("fr").split()
    assert set(ear.heard.finals[0].translations["fr"].split()) < set(whole)


def test_parts_of_a_sentence_have_parts_of_its_translation() -> None:
    translations = {"fr": "Un deux trois quatre cinq six sept.", "zh-Hans": "一二三四五。"}
    sentence = Sentence("One two three four five.", translations)
    for target, gap in (("fr", " "), ("zh-Hans", ""), ("de", " ")):
        pieces = [sentence.translated(i, i + 1, target) for i in range(5)]
        assert gap.join(piece for piece in pieces if piece) == sentence.translation(target)


def test_the_silence_that_ends_a_phrase_is_the_one_that_was_asked_for(azure: AzureService) -> None:
    def short(config: speechsdk.SpeechConfig) -> None:
        config.set_property(speechsdk.PropertyId.Speech_SegmentationSilenceTimeoutMs, "200")

    pieces = [azure.speak(0, last=4), silence(0.35), azure.speak(0, first=4), silence(1)]
    with translating(azure, configure=short) as ear:
        ear.stream.write(np.concatenate(pieces).tobytes())
        ear.wait(lambda: len(ear.heard.texts) == 2)
    assert ear.heard.texts == ["Good morning everybody, and.", "Welcome to the harbour."]
    with translating(azure) as ear:
        ear.stream.write(np.concatenate(pieces).tobytes())
        ear.wait(lambda: ear.heard.texts)
    assert ear.heard.texts == [azure.script.sentences[0].text]


def test_the_language_is_identified_among_the_candidates(azure: AzureService) -> None:
    with translating(azure, ("fr", "en"), candidates=("en-US", "de-DE")) as ear:
        ear.say(azure.speak(0), azure.speak(3))
        ear.wait(lambda: len(ear.heard.texts) == 2)
    languages = [
        result.properties[speechsdk.PropertyId.SpeechServiceConnection_AutoDetectSourceLanguageResult]
        for result in ear.heard.finals[:2]
    ]
    assert languages == ["en-US", "de-DE"]
    assert ear.heard.finals[1].translations["fr"] == "Merci de votre attention."
    assert ear.heard.finals[0].translations["en"] == azure.script.sentences[0].text


def test_a_phrase_list_arrives_and_changes_what_is_heard() -> None:
    script = Script(["Contoso ships grain."], misheard={"contoso": "can tow so"})
    with AzureService(script) as azure:
        with translating(azure) as ear:
            ear.say(azure.speak(0))
            ear.wait(lambda: ear.heard.texts)
        assert ear.heard.texts == ["Can tow so ships grain."]
        with translating(azure, phrases=("Contoso", "bill of lading")) as ear:
            ear.say(azure.speak(0))
            ear.wait(lambda: ear.heard.texts)
        assert ear.heard.texts == ["Contoso ships grain."]
        assert azure.phrase_lists[-1].phrases == ("Contoso", "bill of lading")


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (speechsdk.ProfanityOption.Masked, "What a **** ship."),
        (speechsdk.ProfanityOption.Raw, "What a damn ship."),
        (speechsdk.ProfanityOption.Removed, "What a ship."),
    ],
)
def test_profanity_is_treated_as_asked(option: speechsdk.ProfanityOption, text: str) -> None:
    script = Script(["What a damn ship."], profane=["damn"])
    with AzureService(script) as azure, translating(azure, configure=lambda c: c.set_profanity(option)) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
        assert ear.heard.texts == [text]


def test_stable_partial_results_wait_until_a_word_was_there_several_times(azure: AzureService) -> None:
    def stable(config: speechsdk.SpeechConfig) -> None:
        config.set_property(speechsdk.PropertyId.SpeechServiceResponse_StablePartialResultThreshold, "3")

    with translating(azure) as at_once, translating(azure, configure=stable) as later:
        for ear in (at_once, later):
            ear.say(azure.speak(0))
            ear.wait(lambda ear=ear: ear.heard.texts)
    lengths = [len(ear.heard.partials[0].text.split()) for ear in (at_once, later)]
    assert lengths == [1, 1]
    first = [ear.heard.partials[0] for ear in (at_once, later)]
    assert first[0].duration == first[1].duration
    assert len(later.heard.partials) <= len(at_once.heard.partials) - 2


def test_what_was_asked_for_is_recorded(azure: AzureService) -> None:
    with translating(azure, phrases=("Dragoman",)) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
        assert [one.path for one in azure.live("recognition")] == ["/stt/speech/universal/v2"]
    context = next(one for one in azure.contexts if one.path == "speech.context")
    assert context.body["translation"]["targetLanguages"] == ["fr", "es"]
    assert context.body["phraseDetection"]["language"] == "en-US"
    assert azure.connections[0].credential == "key"


def test_an_added_language_is_not_told_to_the_service_before_the_next_turn(azure: AzureService) -> None:
    with translating(azure, ("fr",)) as ear:
        ear.say(azure.speak(0))
        ear.wait(lambda: ear.heard.texts)
        ear.recogniser.add_target_language("es")
        ear.say(azure.speak(1))
        ear.wait(lambda: len(ear.heard.texts) == 2)
        assert [sorted(result.translations) for result in ear.heard.finals[:2]] == [["fr"], ["fr"]]
        assert len([one for one in azure.contexts if one.path == "speech.context"]) == 1
        azure.faults.drop("recognition")
        ear.wait(lambda: len(ear.heard.connected) == 2)
        ear.say(azure.speak(2))
        ear.wait(lambda: len(ear.heard.texts) == 3)
    sentence = azure.script.sentences[2]
    assert ear.heard.finals[2].translations == {t: sentence.translation(t) for t in ("fr", "es")}


@pytest.mark.parametrize("endpoint", [True, False])
def test_recognition_without_translation(azure: AzureService, endpoint: bool) -> None:
    with recognising(azure, endpoint=endpoint) as ear:
        ear.say(azure.speak(0), azure.speak(1))
        ear.wait(lambda: len(ear.heard.texts) == 2)
    assert ear.heard.texts == [sentence.text for sentence in azure.script.sentences[:2]]
    assert ear.heard.partials[0].reason == speechsdk.ResultReason.RecognizingSpeech


def test_segmentation_by_meaning_ends_a_phrase_at_a_sentences_end(azure: AzureService) -> None:
    def semantic(config: speechsdk.SpeechConfig) -> None:
        config.set_property(speechsdk.PropertyId.Speech_SegmentationStrategy, "Semantic")

    run = np.concatenate([azure.speak(0), azure.speak(1, last=3)])
    for configure, texts in (
        (semantic, [azure.script.sentences[0].text, "We will talk."]),
        (lambda config: None, [azure.script.sentences[0].text + " We will talk."]),
    ):
        with translating(azure, configure=configure) as ear:
            ear.say(run)
            ear.wait(lambda ear=ear, texts=texts: len(ear.heard.texts) == len(texts))
        assert ear.heard.texts == texts


def test_a_phrase_without_a_pause_is_ended_at_the_longest_time_and_no_word_is_lost() -> None:
    text = " ".join(f"w{i}" for i in range(90))
    ear = ToneEar(Script([text]), 16_000)
    segmenter = Segmenter(ear, Script([text]), 16_000, Segmentation(longest=7.0))
    events = [*segmenter.feed(np.concatenate([speak(Script([text]), 0), silence(1)])), *segmenter.end()]
    phrases = [[word.number for word in event.words] for event in events if isinstance(event, Phrase)]
    assert len(phrases) == 4
    assert [number for phrase in phrases for number in phrase] == list(range(90))


def test_the_end_of_the_stream_ends_phrase_and_session(azure: AzureService) -> None:
    with translating(azure) as ear:
        ear.stream.write(azure.speak(0).tobytes())
        ear.stream.close()
        ear.wait(lambda: ear.heard.stopped)
    assert ear.heard.texts == [azure.script.sentences[0].text]
    assert ear.heard.canceled[0].reason == speechsdk.CancellationReason.EndOfStream


def test_recordings_are_matched_by_their_energy_in_order(azure_script: Script) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 16_000 * 3).astype(np.int16)
    with AzureService(azure_script, listens="energy") as azure, translating(azure) as ear:
        ear.say(noise, noise[:16_000])
        ear.wait(lambda: len(ear.heard.texts) == 2)
        assert ear.heard.texts == [sentence.text for sentence in azure_script.sentences[:2]]
        partials = [result.text for result in ear.heard.partials]
        assert partials[0] == "good"
        assert len(partials) > 5
        assert ear.heard.finals[0].duration / TICKS == pytest.approx(3, abs=0.05)
