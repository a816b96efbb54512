"""The SDK's recogniser for one stream, on a thread of its own, where opening and closing may block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dragoman.engines.azure import sdk
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.refusals import cancelled
from dragoman.errors import EngineFailed

SERVICE = "speech recognition"
_THROTTLE_PERCENT = "400"
"""How much faster than it was spoken sound is sent that has waited; the SDK's own 200 would take half a minute to make
up for half a minute without a connection. A property of the SDK's that its documentation does not name."""
_PHRASES = 500
"""Names in a phrase list: the service takes no more
(https://learn.microsoft.com/azure/ai-services/speech-service/improve-accuracy-phrase-list)"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the service is asked to hear."""

    locale: str
    targets: tuple[str, ...] = ()
    """codes of speech translation; empty: it only recognises"""
    candidates: tuple[str, ...] = ()
    """locales among which the spoken one is identified, again and again; empty: it is `locale`"""
    phrases: tuple[str, ...] = ()
    profanity: str = "raw"
    silence: int = 500
    """ms of silence that end a phrase"""
    stable: int = 0
    """in how many hypotheses a word must have been before the service tells it; 0: in one"""


@dataclass(frozen=True, slots=True)
class Result:
    """What was recognised."""

    text: str
    translations: Mapping[str, str]
    """by code of speech translation, in lower case"""
    offset: int
    """ticks of 100 ns since the connection's first sample"""
    duration: int
    final: bool
    locale: str = ""
    """that was identified"""


class Sign(Enum):
    """What happened to the connection."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ALIVE = "alive"
    """the service has told something that is no result"""
    ENDED = "ended"
    """it has told everything"""


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection is over."""

    failure: EngineFailed


Event = Result | Sign | Broken


class Link:
    """One recogniser of the SDK's. The constructor starts nothing; `open` starts the thread, which `close` ends."""

    def __init__(self, account: Account, wish: Wish, token: str | None, hand: Callable[[Event], None]) -> None:
        """token: in place of the key. hand: is given every event, on the SDK's threads."""
        self._account = account
        self._wish = wish
        self._token = token
        self._hand = hand
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._recognizer: Any = None
        self._connection: Any = None
        self._sound = sdk.speech().audio.PushAudioInputStream()

    def open(self) -> None:
        """Connect; what comes of it is handed over."""
        # A daemon: a server that ends must not hang on a service that does not answer.
        self._thread = threading.Thread(target=self._live, name="azure recogniser", daemon=True)
        self._thread.start()

    def write(self, pcm: bytes) -> None:
        """Sound, 16-bit mono at FLOOR_RATE. The SDK keeps what it cannot send yet; whoever writes, paces."""
        self._sound.write(pcm)

    def end(self) -> None:
        """No more sound comes."""
        self._sound.close()

    def renew(self, token: str) -> None:
        """From now on connections are made with this token."""
        self._token = token
        recognizer = self._recognizer
        if recognizer is not None and not self._closing.is_set():
            recognizer.authorization_token = token

    def close(self) -> None:
        """Let go of the SDK, in the thread: a service that does not answer holds that up for 20 seconds."""
        self._closing.set()

    @property
    def token(self) -> str | None:
        """The one with which connections are made now; None: the key is used."""
        return self._token

    @property
    def alive(self) -> bool:
        """Whether anything of the SDK's is left."""
        return self._thread is not None and self._thread.is_alive()

    def _live(self) -> None:
        """The thread's whole life."""
        try:
            self._begin()
        except Exception as error:  # noqa: BLE001  # the SDK raises what it likes
            # Without the SDK's words: they quote addresses and what was sent.
            self._hand(Broken(EngineFailed(f"The Speech SDK could not begin ({type(error).__name__}).")))
        self._closing.wait()
        self._let_go()

    def _begin(self) -> None:
        self._recognizer = self._make()
        self._connection = self._watch(self._recognizer)
        self._recognizer.start_continuous_recognition_async().get()

    def _let_go(self) -> None:
        """Stop and release. The last reference goes here, for releasing blocks as stopping does."""
        recognizer, self._recognizer = self._recognizer, None
        connection, self._connection = self._connection, None
        if recognizer is None:
            return
        # First: an SDK's thread that calls into an interpreter which is ending takes the whole process down.
        for signal in (*_signals(recognizer), *((connection.connected, connection.disconnected) if connection else ())):
            with suppress(Exception):
                signal.disconnect_all()
        with suppress(Exception):
            recognizer.stop_continuous_recognition_async().get()

    def _make(self) -> Any:
        speech, wish = sdk.speech(), self._wish
        config = sdk.recognition_config(self._account, token=self._token, translates=bool(wish.targets))
        for name, value in _properties(speech.PropertyId, wish).items():
            config.set_property(name, value)
        config.set_property_by_name("SPEECH-AudioThrottleAsPercentageOfRealTime", _THROTTLE_PERCENT)
        config.set_profanity(getattr(speech.ProfanityOption, wish.profanity.capitalize()))
        audio = speech.audio.AudioConfig(stream=self._sound)
        detect: dict[str, Any] = {}
        if wish.candidates:
            languages = speech.languageconfig.AutoDetectSourceLanguageConfig(languages=list(wish.candidates))
            detect = {"auto_detect_source_language_config": languages}
        else:
            config.speech_recognition_language = wish.locale
        for target in wish.targets:
            config.add_target_language(target)
        if wish.targets:
            recognizer = sdk.translation().TranslationRecognizer(
                translation_config=config, audio_config=audio, **detect
            )
        else:
            recognizer = speech.SpeechRecognizer(speech_config=config, audio_config=audio, **detect)
        if wish.phrases:
            names = speech.PhraseListGrammar.from_recognizer(recognizer)
            for phrase in wish.phrases[:_PHRASES]:
                names.addPhrase(phrase)
        return recognizer

    def _watch(self, recognizer: Any) -> Any:
        speech = sdk.speech()
        connection = speech.Connection.from_recognizer(recognizer)
        connection.connected.connect(lambda _: self._hand(Sign.CONNECTED))
        connection.disconnected.connect(lambda _: self._hand(Sign.DISCONNECTED))
        recognizer.speech_start_detected.connect(lambda _: self._hand(Sign.ALIVE))
        recognizer.speech_end_detected.connect(lambda _: self._hand(Sign.ALIVE))
        recognizer.recognizing.connect(lambda event: self._told(event.result, final=False))
        recognizer.recognized.connect(lambda event: self._told(event.result, final=True))
        recognizer.canceled.connect(self._cancelled)
        recognizer.session_stopped.connect(lambda _: self._hand(Sign.ENDED))
        return connection

    def _told(self, result: Any, *, final: bool) -> None:
        """Take a result's values here: it is the SDK's, and goes when the callback returns."""
        identified = ""
        if self._wish.candidates:
            identified = sdk.speech().AutoDetectSourceLanguageResult(result).language or ""
        translations = getattr(result, "translations", {})
        self._hand(
            Result(
                text=result.text or "",
                translations={code.lower(): text for code, text in translations.items()},
                offset=int(result.offset),
                duration=int(result.duration),
                final=final,
                locale=identified,
            )
        )

    def _cancelled(self, event: Any) -> None:
        details = event.cancellation_details
        if details.reason.name == "EndOfStream":
            self._hand(Sign.ENDED)
        else:
            self._hand(Broken(cancelled(SERVICE, details.code.name, details.error_details or "")))


def _signals(recognizer: Any) -> tuple[Any, ...]:
    return (
        *(recognizer.recognizing, recognizer.recognized, recognizer.canceled, recognizer.session_stopped),
        *(recognizer.speech_start_detected, recognizer.speech_end_detected),
    )


def _properties(ids: Any, wish: Wish) -> dict[Any, str]:
    properties = {ids.Speech_SegmentationSilenceTimeoutMs: str(wish.silence)}
    if wish.stable:
        properties[ids.SpeechServiceResponse_StablePartialResultThreshold] = str(wish.stable)
    if wish.targets:
        properties[ids.SpeechServiceResponse_TranslationRequestStablePartialResult] = "true"
    if wish.candidates:
        properties[ids.SpeechServiceConnection_LanguageIdMode] = "Continuous"
    return properties
