"""The unmodified SDK as the tests of the local service use it: blocking, everything it says collected."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import azure.cognitiveservices.speech as speechsdk
import numpy as np
from azure.cognitiveservices.speech.translation import SpeechTranslationConfig, TranslationRecognizer
from numpy.typing import NDArray

from azure_service import AzureService, silence

CLASSIC = "/speech/translation/cognitiveservices/v1"


@dataclass
class Heard:
    """What a recogniser said."""

    partials: list[Any] = field(default_factory=list)
    finals: list[Any] = field(default_factory=list)
    canceled: list[Any] = field(default_factory=list)
    connected: list[Any] = field(default_factory=list)
    disconnected: list[Any] = field(default_factory=list)
    stopped: list[Any] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [result.text for result in self.finals if result.text]


class Ear:
    """A recogniser on a push stream."""

    def __init__(self, recogniser: Any, stream: Any) -> None:
        self.heard = Heard()
        self.recogniser = recogniser
        self.stream = stream
        self.connection = speechsdk.Connection.from_recognizer(recogniser)
        self.connection.connected.connect(self.heard.connected.append)
        self.connection.disconnected.connect(self.heard.disconnected.append)
        recogniser.recognizing.connect(lambda event: self.heard.partials.append(event.result))
        recogniser.recognized.connect(lambda event: self.heard.finals.append(event.result))
        recogniser.canceled.connect(lambda event: self.heard.canceled.append(event.cancellation_details))
        recogniser.session_stopped.connect(self.heard.stopped.append)

    def say(self, *sounds: NDArray[np.int16]) -> None:
        """All at once; each followed by 0.8 s of silence."""
        for sound in sounds:
            self.stream.write(sound.tobytes())
            self.stream.write(silence(0.8).tobytes())

    def wait(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:
        until(condition, timeout)


def until(condition: Callable[[], Any], timeout: float = 30.0) -> None:
    """Raises AssertionError where it does not come true."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.01)


@contextlib.contextmanager
def listening(recogniser: Any, stream: Any) -> Iterator[Ear]:
    ear = Ear(recogniser, stream)
    recogniser.start_continuous_recognition_async().get()
    try:
        yield ear
    finally:
        stream.close()
        recogniser.stop_continuous_recognition_async().get()
        # Otherwise its last event may come while the interpreter ends, which aborts the process.
        ear.connection.close()


def translation_config(service: AzureService, targets: Sequence[str], *, path: str = "") -> Any:
    config = SpeechTranslationConfig(subscription=service.key, endpoint=service.url + path)
    config.speech_recognition_language = "en-US"
    for target in targets:
        config.add_target_language(target)
    return config


@contextlib.contextmanager
def translating(
    service: AzureService,
    targets: Sequence[str] = ("fr", "es"),
    *,
    path: str = "",
    candidates: Sequence[str] = (),
    phrases: Sequence[str] = (),
    configure: Callable[[Any], None] = lambda config: None,
) -> Iterator[Ear]:
    """A TranslationRecognizer that listens to a push stream of 16 kHz."""
    config = translation_config(service, targets, path=path)
    configure(config)
    stream = speechsdk.audio.PushAudioInputStream()
    more: dict[str, Any] = {}
    if candidates:
        config.set_property(speechsdk.PropertyId.SpeechServiceConnection_LanguageIdMode, "Continuous")
        more["auto_detect_source_language_config"] = speechsdk.languageconfig.AutoDetectSourceLanguageConfig(
            languages=list(candidates)
        )
    recogniser = TranslationRecognizer(
        translation_config=config, audio_config=speechsdk.audio.AudioConfig(stream=stream), **more
    )
    if phrases:
        grammar = speechsdk.PhraseListGrammar.from_recognizer(recogniser)
        for phrase in phrases:
            grammar.addPhrase(phrase)
    with listening(recogniser, stream) as ear:
        yield ear


@contextlib.contextmanager
def recognising(service: AzureService, *, endpoint: bool = True) -> Iterator[Ear]:
    """A SpeechRecognizer, by `endpoint=` or `host=`."""
    where = {"endpoint": service.url} if endpoint else {"host": service.url}
    config = speechsdk.SpeechConfig(subscription=service.key, **where)
    config.speech_recognition_language = "en-US"
    stream = speechsdk.audio.PushAudioInputStream()
    recogniser = speechsdk.SpeechRecognizer(config, speechsdk.audio.AudioConfig(stream=stream))
    with listening(recogniser, stream) as ear:
        yield ear


@dataclass
class Said:
    """What a synthesizer said of one text."""

    result: Any
    visemes: list[tuple[int, int]] = field(default_factory=list)
    """ticks and id"""
    boundaries: list[Any] = field(default_factory=list)
    chunks: list[tuple[float, int]] = field(default_factory=list)
    """seconds since the call, and bytes"""
    seconds: float = 0.0

    @property
    def details(self) -> Any:
        return self.result.cancellation_details


def voice_config(service: AzureService, *, endpoint: bool = False) -> Any:
    where = {"endpoint": f"{service.url}/tts/cognitiveservices/websocket/v1"} if endpoint else {"host": service.url}
    config = speechsdk.SpeechConfig(subscription=service.key, **where)
    config.set_speech_synthesis_output_format(speechsdk.SpeechSynthesisOutputFormat.Raw48Khz16BitMonoPcm)
    return config


def ssml(text: str, voice: str = "fr-FR-DeniseNeural") -> str:
    return (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        f"<voice name='{voice}'>{text}</voice></speak>"
    )


def said(config: Any, markup: str) -> Said:
    """Speaks, and waits until it is said."""
    synthesizer = speechsdk.SpeechSynthesizer(config, None)
    out = Said(None)
    began = time.monotonic()
    synthesizer.viseme_received.connect(lambda event: out.visemes.append((event.audio_offset, event.viseme_id)))
    synthesizer.synthesis_word_boundary.connect(out.boundaries.append)
    synthesizer.synthesizing.connect(
        lambda event: out.chunks.append((time.monotonic() - began, len(event.result.audio_data)))
    )
    out.result = synthesizer.speak_ssml_async(markup).get()
    out.seconds = time.monotonic() - began
    return out
