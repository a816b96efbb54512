"""What goes out on the wire: the JSON of answers and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.responses import JSONResponse

from dragoman.conference import AUTO
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Listed
from dragoman.errors import ClientError, HostKeyNeeded
from dragoman.events import (
    AudienceChanged,
    AvatarState,
    Caption,
    Cost,
    CostUpdated,
    EngineState,
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

_REASONS = {"failed": "{} does not answer.", "cost": "This session has cost what it may."}
"""Why another engine does a job, as a sentence; none where all is well."""


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
        "sourceLanguage": AUTO if info.candidates else info.source,
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
    if info.candidates:
        shape["sourceLanguages"] = list(info.candidates)
    if for_host:
        shape["glossary"] = options.get("glossary", [])
        if info.cost is not None:
            shape["cost"] = cost(info.cost)
    return shape


def cost(what: Cost) -> Json:
    """What a session has cost so far."""
    return {
        "currency": what.currency,
        "amount": round(what.total, 4),
        "limit": what.limit,
        "items": [
            {
                "engine": item.engine,
                "kind": item.kind,
                "amount": round(item.amount, 1),
                "unit": item.unit,
                "cost": round(item.cost, 4),
            }
            for item in what.items
        ],
    }


def languages(pool: Pool) -> Json:
    """What getLanguages answers: what all engines can do together, each thing by the best that does it."""
    targets: list[Json] = []
    for tag, (engine, route) in pool.targets().items():
        shape: Json = {
            "tag": tag,
            "name": name(tag),
            "voices": [voice.name for voice in pool.speakers(tag)],
            "quality": route.quality,
            "engine": engine,
        }
        if route.pivot is not None:
            shape["relay"] = route.pivot
        targets.append(shape)
    return {
        "sourceLanguages": [{"tag": tag, "name": name(tag), "engine": engine} for tag, engine in pool.heard().items()],
        "targetLanguages": sorted(targets, key=lambda shape: str(shape["name"])),
        "engines": {job: list(names) for job, names in pool.names().items()},
        "mostCandidates": max(engine.most_candidates for engine in pool.recognizers.values()),
    }


def avatars(presenters: Sequence[Listed]) -> list[Json]:
    """What getAvatars answers."""
    return [
        {
            "character": who.character,
            "name": who.name,
            "styles": list(who.styles),
            "preview": who.preview,
            "licence": who.licence,
            **({"movingPreview": who.moving} if who.moving else {}),
        }
        for who in presenters
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
        case EngineState():
            return "engineState", {
                "sessionId": session_id,
                "job": what.job,
                "engine": what.engine,
                "reason": _REASONS.get(what.reason, "").format(what.before),
                "cause": what.reason,
            }
        case CostUpdated():
            return "costUpdated", {"sessionId": session_id, **cost(what.cost)}
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
        case Notice(message, code, notice, values):
            named: Json = {"notice": notice, "values": dict(values)} if notice else {}
            return "error", {"message": message, "code": code, **named}


def _caption(session_id: str, source: str, caption: Caption, now: int) -> tuple[str, Json]:
    shape: Json = {
        "sessionId": session_id,
        "segmentId": caption.segment_id,
        "sourceText": caption.source_text,
        "translatedText": caption.text,
        "sourceLanguage": caption.spoken or source,
        # Where the spoken language is identified the floor's own words are in that one.
        "targetLanguage": (caption.spoken or caption.language) if caption.floor else caption.language,
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
