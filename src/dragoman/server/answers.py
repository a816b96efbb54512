"""What goes out on the wire: the JSON of answers and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.responses import JSONResponse

from dragoman.avatar.characters import Character
from dragoman.engines.protocols import Engines
from dragoman.errors import ClientError, HostKeyNeeded
from dragoman.events import (
    AudienceChanged,
    AvatarState,
    Caption,
    Event,
    InfoChanged,
    ListenerJoined,
    Notice,
    PaceHint,
    SegmentCondensed,
    SegmentCorrected,
    SegmentRetracted,
    SessionInfo,
    SessionOver,
    StateChanged,
)
from dragoman.languages import name
from dragoman.speech import ms

Json = dict[str, Any]


def refusal(error: ClientError) -> Json:
    """The body of an error."""
    return {"error": str(error), "code": error.code}


def refused(error: ClientError, status: int | None = None) -> JSONResponse:
    """The HTTP answer of an error."""
    answer = JSONResponse(refusal(error), status or error.status)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if answer.status_code == HostKeyNeeded.status:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def session_info(info: SessionInfo, *, for_host: bool = False) -> Json:
    """sessionInfo; the glossary only for the host."""
    options = info.options
    shape: Json = {
        "sessionId": info.session_id,
        "sessionCode": info.session_id,
        "sessionName": info.name,
        "sourceLanguage": info.source,
        "targetLanguages": list(info.targets),
        "targetLanguage": info.targets[0],
        "avatarCharacter": options.get("avatarCharacter"),
        "avatarStyle": options.get("avatarStyle"),
        "active": info.active,
        "ended": info.ended,
        "listenerCount": info.listeners,
        "listenersByLanguage": dict(info.listeners_by_language),
        "engines": dict(info.engines),
        "latencyMode": options.get("latencyMode", "balanced"),
        "passcodeRequired": info.passcode_required,
        "floorAudio": options.get("floorAudio", True),
    }
    if for_host:
        shape["glossary"] = options.get("glossary", [])
    return shape


def languages(engines: Engines) -> Json:
    """What getLanguages answers."""
    heard = engines.recognizer.languages
    targets: dict[str, Json] = {}
    for route in (route for source in heard for route in engines.routes_from(source).values()):
        shape: Json = {
            "tag": route.target,
            "name": name(route.target),
            "voices": _voices(engines, route.target),
            "quality": route.quality,
        }
        if route.pivot is not None:
            shape["relay"] = route.pivot
        targets.setdefault(route.target, shape)
    return {
        "sourceLanguages": [{"tag": tag, "name": name(tag)} for tag in heard],
        "targetLanguages": sorted(targets.values(), key=lambda shape: str(shape["name"])),
    }


def _voices(engines: Engines, tag: str) -> list[str]:
    return [voice.name for voice in engines.voice.voices(tag)]


def avatars(characters: Sequence[Character]) -> list[Json]:
    """What getAvatars answers."""
    return [
        {
            "character": who.character,
            "name": who.name,
            "styles": list(who.styles),
            "preview": f"/static/avatars/{who.character}.svg",
            "movingPreview": f"/static/avatars/{who.character}-moving.svg",
            "licence": who.licence,
        }
        for who in characters
    ]


def event(session_id: str, source: str, what: Event, now: int) -> tuple[str, Json]:
    """An event's name and payload. source: the floor's tag; now: ms since 1970."""
    match what:
        case Caption():
            return _caption(session_id, source, what, now)
        case AvatarState():
            return "avatarState", {
                "sessionId": session_id,
                "language": what.language,
                "segmentId": what.segment_id,
                "speaking": what.speaking,
                "lagMs": what.lag_ms,
            }
        case SegmentCondensed(language, segment_id):
            return "segmentCondensed", {"sessionId": session_id, "language": language, "segmentId": segment_id}
        case SegmentRetracted(segment_id):
            return "segmentRetracted", {"sessionId": session_id, "segmentId": segment_id}
        case SegmentCorrected(segment_id, language, text):
            return "segmentCorrected", {
                "sessionId": session_id,
                "segmentId": segment_id,
                "language": language,
                "text": text,
            }
        case PaceHint(language, lag_ms, slow_down):
            return "paceHint", {
                "sessionId": session_id,
                "language": language,
                "lagMs": lag_ms,
                "slowDown": slow_down,
            }
        case StateChanged(active):
            return "sessionState", {"sessionId": session_id, "active": active}
        case InfoChanged(info, for_host):
            return "sessionUpdated", {"sessionId": session_id, "sessionInfo": session_info(info, for_host=for_host)}
        case SessionOver():
            return "sessionEnded", {"sessionId": session_id}
        case AudienceChanged(count, by_language):
            return "listenerCountUpdated", {"sessionId": session_id, "count": count, "byLanguage": dict(by_language)}
        case ListenerJoined(count):
            return "listenerJoined", {"sessionId": session_id, "listenerCount": count}
        case Notice(message, code):
            return "error", {"message": message, "code": code}


def _caption(session_id: str, source: str, caption: Caption, now: int) -> tuple[str, Json]:
    shape: Json = {
        "sessionId": session_id,
        "segmentId": caption.segment_id,
        "sourceText": caption.source_text,
        "translatedText": caption.text,
        "sourceLanguage": source,
        "targetLanguage": caption.language,
        "startMs": ms(caption.start),
        "endMs": ms(caption.end),
        "timestamp": caption.arrived,
        "latencyMs": max(0, now - caption.arrived),
    }
    if caption.untranslated:
        shape["untranslated"] = True
    if caption.condensed:
        shape["condensed"] = True
    if caption.typed:
        shape["typed"] = True
    if caption.retracted:
        shape["retracted"] = True
    if caption.source_tail:
        shape["sourceTail"] = caption.source_tail
    return ("translationResult" if caption.final else "translationPartial", shape)
