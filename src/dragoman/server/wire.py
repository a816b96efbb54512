"""What comes off the wire: every request becomes a checked value here, or an error that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from dragoman.conference import AUTO
from dragoman.errors import BadRequest, ClientError, TooLarge
from dragoman.languages import is_tag
from dragoman.speech import FLOOR_RATE

M = TypeVar("M", bound=BaseModel)

MAX_CHUNK_SECONDS = 10
"""Sound in one audioData; clients send 40 ms."""
MOST_TYPED = 2000
"""Characters of one text that the host types."""
MAX_POSITION = 2**53
"""Whole numbers above it are not exact in a client written in JavaScript."""

# Control characters have no place in a name; newlines and tabs neither.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Nobody types these; a new line, a tab and what a word processor puts between paragraphs somebody may paste.
_UNTYPABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-?)[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{12}")
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_PASSCODE = re.compile(r"([!-~]([ -~]*[!-~])?)?")
_URL = re.compile(r"[!-~]+")
_COLOUR = re.compile(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


def _tag(text: str) -> str:
    if not is_tag(text):
        raise ValueError("must be a language tag such as es or pt-BR")
    return text


def client_id(value: object) -> str | None:
    """A ClientId in its usual form; None for anything that is none."""
    # UUID() alone would also take digits of other scripts, underscores and blanks.
    return str(UUID(value)) if isinstance(value, str) and _UUID.fullmatch(value) else None


def _client_id(text: str) -> str:
    found = client_id(text)
    if found is None:
        raise ValueError("must be a UUID that the client makes for itself and keeps")
    return found


def is_code(text: str) -> bool:
    """Whether this has the form of a session's code."""
    return _SIX_DIGITS.fullmatch(text) is not None


def _code(text: str) -> str:
    if not is_code(text):
        raise ValueError("must be six digits")
    return text


def _source(text: str) -> str:
    return text if text == AUTO else _tag(text)


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise ValueError("must be a colour as #rrggbb or #rrggbbaa")
    return text


def _picture_url(text: str) -> str:
    parts = urlsplit(text) if _URL.fullmatch(text) else None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise ValueError("must be the address of a picture, beginning with https://")
    return text


def _one_line(text: str) -> str:
    text = text.strip()
    if _CONTROL.search(text):
        raise ValueError("must be one line without control characters")
    return text


def _filled_line(text: str) -> str:
    text = _one_line(text)
    if not text:
        raise ValueError("must not be blank")
    return text


def _typed(text: str) -> str:
    text = text.strip()
    if _UNTYPABLE.search(text):
        raise ValueError("must be text without control characters other than new lines and tabs")
    if not text:
        raise ValueError("must not be blank")
    return text


def _sendable(text: str) -> str:
    # Listeners send it in a header too, which carries neither other characters nor blanks at its ends.
    if not _PASSCODE.fullmatch(text):
        raise ValueError("must be printable ASCII characters without blanks at the ends")
    return text


Tag = Annotated[str, Field(max_length=35, description="BCP-47, such as es or pt-BR"), AfterValidator(_tag)]
Source = Annotated[
    str, Field(max_length=35, description="BCP-47, or auto: one of sourceLanguages"), AfterValidator(_source)
]
SessionCode = Annotated[
    str, Field(description="six digits", json_schema_extra={"pattern": "^[0-9]{6}$"}), AfterValidator(_code)
]
ClientId = Annotated[str, Field(json_schema_extra={"format": "uuid"}), AfterValidator(_client_id)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_filled_line)]
Word = Annotated[str, Field(max_length=100), AfterValidator(_one_line)]
Passcode = Annotated[str, Field(max_length=64)]
Typed = Annotated[str, Field(max_length=MOST_TYPED), AfterValidator(_typed)]
LatencyMode = Literal["consecutive", "balanced", "low"]


class _Message(BaseModel):
    """Strict: `"5"` is no number. Unknown fields are ignored, so that newer clients can talk to this server."""

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, frozen=True)


class Term(_Message):
    """A glossary entry."""

    source: Annotated[str, Field(min_length=1, max_length=200)]
    target: dict[Tag, Annotated[str, Field(max_length=200)]] = Field(default_factory=dict, max_length=100)
    keep: bool | None = None
    sounds: Annotated[str, Field(max_length=200)] | None = None


class _Choices(_Message):
    """What createSession and updateSession share."""

    latency_mode: LatencyMode | None = None
    glossary: Annotated[list[Term], Field(max_length=1000)] | None = None
    target_voices: Annotated[dict[Tag, Word], Field(max_length=200)] | None = None
    passcode: Annotated[Passcode, AfterValidator(_sendable)] | None = None
    engines: Annotated[dict[Word, Word], Field(max_length=10)] | None = None


class CreateSession(_Choices):
    """Body of createSession."""

    session_name: Name
    source_language: Source
    source_languages: Annotated[list[Tag], Field(max_length=20)] | None = None
    target_languages: Annotated[list[Tag], Field(min_length=1, max_length=200)]
    avatar_character: Word | None = None
    avatar_style: Word | None = None
    background_color: Annotated[str, AfterValidator(_colour)] | None = None
    target_voice: Word | None = None
    background_image: Annotated[str, Field(max_length=2000), AfterValidator(_picture_url)] | None = None
    transparent_background: bool | None = None
    video_crop: bool | None = None
    video_bitrate: Annotated[int, Field(ge=100_000, le=10_000_000, description="bits per second")] | None = None
    is_custom_avatar: bool | None = None
    consent_id: (
        Annotated[Word, Field(description="of the record with which a custom avatar's person agreed")] | None
    ) = None
    use_built_in_voice: bool | None = None
    floor_audio: bool | None = None
    greeting: Annotated[str, Field(max_length=500)] | bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_target(cls, value: Any) -> Any:
        """`targetLanguage`, one string, is accepted in place of the list."""
        if isinstance(value, dict) and "targetLanguages" not in value and isinstance(value.get("targetLanguage"), str):
            return {**value, "targetLanguages": [value["targetLanguage"]]}
        return value


class UpdateSession(_Choices):
    """Body of updateSession."""

    session_id: SessionCode
    session_name: Name | None = None
    target_languages: Annotated[list[Tag], Field(max_length=200)] | None = None


class OneSession(_Message):
    """Body of startTranslation, stopTranslation and endSession."""

    session_id: SessionCode


class SayText(OneSession):
    """Body of sayText."""

    text: Typed


class MakeFilm(OneSession):
    """Body of makeFilm."""

    language: Tag


class OneSegment(OneSession):
    """Body of retractSegment."""

    segment_id: Annotated[int, Field(ge=1, le=MAX_POSITION)]


class CorrectSegment(OneSegment):
    """Body of correctSegment."""

    language: Tag
    text: Typed


class JoinSession(_Message):
    """Payload of joinSession."""

    session_id: SessionCode
    client_id: ClientId
    language: Tag | None = None
    passcode: Passcode | None = None
    since: Annotated[int, Field(ge=0, le=MAX_POSITION)] | None = None
    page: Annotated[str, Field(max_length=100, description="a name that a host's page gives itself")] | None = None


class SetLanguage(_Message):
    """Payload of setLanguage."""

    session_id: SessionCode
    language: Tag
    since: Annotated[int, Field(ge=0, le=MAX_POSITION)] | None = None


class AudioData(_Message):
    """Payload of audioData without the sound."""

    session_id: SessionCode
    client_id: ClientId
    seq: Annotated[int, Field(ge=0, le=MAX_POSITION)] | None = None
    position: Annotated[int, Field(ge=0, le=MAX_POSITION)] | None = None


class Offer(_Message):
    """Body of connectListenerAvatar."""

    sdp: str
    type: Literal["offer"] = "offer"


_MESSAGES = (Term, CreateSession, UpdateSession, CorrectSegment, JoinSession, SetLanguage, AudioData, Offer)
_FIELDS = frozenset(str(field.alias) for model in _MESSAGES for field in model.model_fields.values()) | {
    "ClientId",
    "Language",
    "Passcode",
    "SessionId",
    "session-id",
    "format",
}
_SUBJECT = re.compile(r"^(Input|String|List|Dictionary|Value) should ")


def sentence(error: Mapping[str, Any]) -> str:
    """One of pydantic's findings as a sentence, without the value: it may be a secret or an attack."""
    # A place in a dictionary is named by the client's own key, so only the interface's names are said again.
    place = ".".join(str(part) for part in error["loc"] if isinstance(part, int) or part in _FIELDS)
    if error["type"] == "json_invalid":
        return "the body is not valid JSON"
    if error["type"] == "missing":
        return f"{place} is missing" if place else "the body is missing; it must be a JSON object"
    if not place:
        return "the body must be a JSON object, sent as Content-Type: application/json"
    if error["type"] == "string_unicode":
        return f"{place} must be Unicode text"
    said = _SUBJECT.sub("must ", str(error["msg"]).removeprefix("Value error, ")).replace(" after validation", "")
    return f"{place} {said}" if said.startswith("must ") else f"{place}: {said}"


def parse(model: type[M], payload: object) -> M:
    """An event's payload as a message. Raises BadRequest."""
    if not isinstance(payload, dict):
        raise BadRequest("the payload must be an object")
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise BadRequest(sentence(error.errors(include_url=False, include_input=False)[0])) from None


def offer(body: bytes) -> str:
    """The SDP in the body of connectListenerAvatar. Raises BadRequest."""
    try:
        return Offer.model_validate_json(body).sdp
    except ValidationError as error:
        raise BadRequest(sentence(error.errors(include_url=False, include_input=False)[0])) from None


def text(body: bytes) -> str:
    """A body of text. Raises BadRequest."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadRequest("the body must be text in UTF-8") from None


def pcm(payload: Mapping[str, Any]) -> npt.NDArray[np.int16]:
    """The sound of an audioData payload, shape (n,), 16-bit at FLOOR_RATE. Raises BadRequest, TooLarge."""
    sound = payload.get("audio", payload.get("audioData"))
    most = MAX_CHUNK_SECONDS * FLOOR_RATE
    if isinstance(sound, bytes | bytearray | memoryview):
        size = memoryview(sound).nbytes
        if size % 2:
            raise BadRequest("audio has an odd number of bytes; it must be 16-bit little-endian mono PCM at 16 kHz")
        if size > 2 * most:
            raise _too_long()
        return np.frombuffer(sound, dtype="<i2").astype(np.int16, copy=False)
    if isinstance(sound, list):
        if len(sound) > most:
            raise _too_long()
        if not all(type(value) is int and -32768 <= value <= 32767 for value in sound):
            raise BadRequest("audio as a list must hold whole numbers from -32768 to 32767")
        return np.array(sound, dtype=np.int16)
    raise BadRequest("audio is missing; it must be binary 16-bit little-endian mono PCM at 16 kHz")


def _too_long() -> ClientError:
    return TooLarge(f"audio holds more than {MAX_CHUNK_SECONDS} s; send chunks of 40 ms")
