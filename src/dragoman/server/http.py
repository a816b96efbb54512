"""The HTTP interface: one function a route, each a few lines around the conference."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from dragoman.conference import AUTO, Draft
from dragoman.direct import Direct
from dragoman.errors import BadRequest, EngineFailed, NotBuilt, Unavailable, Unsupported
from dragoman.journal import SessionRecord
from dragoman.languages import is_tag, match
from dragoman.portrait import Changes
from dragoman.server import answers, wire
from dragoman.server.access import check_host_key, guessing, hash_passcode
from dragoman.server.described import refusals
from dragoman.server.desk import AtDesk, Client, Code, From, hosted, recorded
from dragoman.server.metrics import CONTENT_TYPE
from dragoman.server.presenters import listed, presenter
from dragoman.transcript import ALL, FORMATS, render

Json = dict[str, Any]

api = APIRouter(prefix="/api")
"""The interface's own routes."""
health = APIRouter()
"""For whoever watches the server."""

_HOST_ONLY = refusals(400, 403, 404, 409, 413, 429, 503)
_TEXTS: dict[int | str, Json] = {200: {"content": {kind: {"schema": {"type": "string"}} for kind in FORMATS.values()}}}


# -- sessions


@api.post("/createSession", summary="Make a session", responses=refusals(400, 401, 413, 422, 429, 503))
async def create_session(
    at: AtDesk,
    whence: From,
    client: Client,
    body: wire.CreateSession,
    request: Request,
    authorization: Annotated[str | None, Header()] = None,
) -> Json:
    """The client that makes a session is its host."""
    with guessing(at.wrong_codes, whence):
        check_host_key(authorization, at.settings.host_key)
    now = asyncio.get_running_loop().time()
    at.created.check(whence, now)
    at.created.count(whence, now)
    options = body.model_dump(
        by_alias=True,
        exclude_none=True,
        exclude={"session_name", "source_language", "source_languages", "target_languages", "passcode"},
    )
    presenter(options, at.conference.face(options))
    draft = Draft(
        client=client,
        name=body.session_name,
        source=body.source_language,
        targets=tuple(body.target_languages),
        options=options,
        passcode=await hash_passcode(body.passcode) if body.passcode else None,
        candidates=tuple(body.source_languages or ()),
    )
    session = await at.conference.create(draft)
    base = at.settings.public_url or str(request.base_url).rstrip("/")
    return {
        "sessionId": session.record.session_id,
        "listenerUrl": f"{base}/listener/{session.record.session_id}",
        "sessionInfo": answers.session_info(session.info),
    }


@api.get("/getSession/{sessionId}", summary="A session as anybody may see it", responses=refusals(400, 404, 429, 503))
async def get_session(at: AtDesk, whence: From, sessionId: Code) -> Json:  # noqa: N803  # the interface's name
    record = await recorded(at, sessionId, whence)
    return answers.session_info(await at.conference.info(record.session_id))


@api.post("/updateSession", summary="Change a session, from the next clause on", responses=_HOST_ONLY | refusals(422))
async def update_session(at: AtDesk, whence: From, client: Client, body: wire.UpdateSession) -> Json:
    session = await hosted(at, body.session_id, client, whence)
    targets = at.conference.changed(session, tuple(body.target_languages or ()), body.engines or {})
    changed = body.model_dump(by_alias=True, exclude_none=True, include={"latency_mode", "glossary", "target_voices"})
    passcode = body.passcode
    await session.update(
        Changes(
            name=body.session_name,
            targets=targets,
            options=changed,
            passcode=await hash_passcode(passcode) if passcode else passcode,
            engines=body.engines,
        )
    )
    return answers.session_info(session.info, for_host=True)


@api.post("/startTranslation", summary="Start, or go on after a pause", responses=_HOST_ONLY)
async def start_translation(at: AtDesk, whence: From, client: Client, body: wire.OneSession) -> Json:
    session = await hosted(at, body.session_id, client, whence)
    await session.start()
    info = session.info
    source = AUTO if info.candidates else info.source
    return {"status": "started", "sourceLanguage": source, "targetLanguages": list(info.targets)}


@api.post("/stopTranslation", summary="Pause", responses=_HOST_ONLY)
async def stop_translation(at: AtDesk, whence: From, client: Client, body: wire.OneSession) -> Json:
    """Listeners stay, and so does what was said."""
    await (await hosted(at, body.session_id, client, whence)).pause()
    return {"status": "stopped"}


@api.post("/endSession", summary="End a session for everybody", responses=_HOST_ONLY)
async def end_session(at: AtDesk, whence: From, client: Client, body: wire.OneSession) -> Json:
    await at.conference.end(await hosted(at, body.session_id, client, whence))
    return {"status": "ended"}


# -- what there is


@api.get("/getLanguages", summary="What can be spoken and what can be listened to", responses=refusals())
async def get_languages(at: AtDesk) -> Json:
    return answers.languages(at.conference.pool)


@api.get("/getAvatars", summary="The presenters", responses=refusals())
async def get_avatars(at: AtDesk) -> list[Json]:
    """Those that the configured face draws or connects to; the first is the default."""
    return answers.avatars(listed(at.conference.face({})))


@api.get(
    "/previewVoice",
    summary="Hear a voice",
    response_class=Response,
    responses=refusals(400, 422, 429, 503) | {200: {"content": {"audio/wav": {"schema": {"type": "string"}}}}},
)
async def preview_voice(
    at: AtDesk,
    whence: From,
    language: Annotated[wire.Tag, Query()],
    voice: Annotated[wire.Word | None, Query()] = None,
) -> Response:
    """A short sentence in the language, said by one of its voices: without `voice` by the best one."""
    sound = await at.previews.sound(language, voice, whence, asyncio.get_running_loop().time())
    return Response(sound, media_type="audio/wav", headers={"Cache-Control": "private, max-age=86400"})


@api.get("/getIceToken", summary="STUN and TURN servers", responses=refusals(400, 503))
async def get_ice_token(at: AtDesk, client: Client) -> Json:
    """TURN credentials are for those only who have joined a session."""
    joined = [session for session in at.conference.sessions() if session.audience.joined(client)]
    if not joined:
        return {"Urls": list(at.ice.stun()), "Username": "", "Password": ""}
    direct = next((session.stage.introducing for session in joined if session.stage.introducing is not None), None)
    if direct is not None:
        return await _lent(direct)
    username, password = at.ice.credentials(client, int(time.time()))
    return {"Urls": list(at.ice.urls), "Username": username, "Password": password}


async def _lent(direct: Direct) -> Json:
    """What the avatars' provider lends a listener to be reached by. Raises Unavailable."""
    try:
        relay = await direct.relay()
    except EngineFailed as error:
        raise Unavailable("the avatar's relay cannot be had now; ask again", retry_after=3) from error
    return {"Urls": list(relay.urls), "Username": relay.username, "Password": relay.password}


@api.get(
    "/getTranscript/{sessionId}",
    summary="What was said",
    response_class=Response,
    responses=_TEXTS | refusals(400, 403, 404, 422, 429, 503),
)
async def get_transcript(
    at: AtDesk,
    whence: From,
    sessionId: Code,  # noqa: N803  # the interface's name
    language: Annotated[str | None, Query(max_length=35)] = None,
    format: Annotated[Literal["vtt", "srt", "txt", "json"], Query()] = "vtt",
    passcode: Annotated[str | None, Header(alias="Passcode", max_length=64)] = None,
) -> Response:
    """Without `language` the floor; `language=*`, as json only, everything."""
    record = await recorded(at, sessionId, whence)
    await at.passcodes.check(record, passcode, whence, asyncio.get_running_loop().time())
    tag = _transcript_language(record, language, format)
    session = at.conference.running(record.session_id)
    entries = session.history.snapshot() if session else await at.journal.history(record.session_id)
    # Hours of talk take a second to lay out as subtitles; the loop has captions to carry meanwhile.
    text = await asyncio.to_thread(render, entries, format, floor=record.source, language=tag)
    return Response(text, media_type=FORMATS[format])


def _transcript_language(record: SessionRecord, language: str | None, form: str) -> str | None:
    """The tag that `render` takes. Raises BadRequest, Unsupported."""
    if language == ALL and form != "json":
        raise BadRequest("language=* exists as format=json only")
    if language is None or language == ALL:
        return language
    tags = (*(target.tag for target in record.targets), record.source)
    if not is_tag(language):
        raise BadRequest("language must be a language tag such as es or pt-BR, or * for all")
    found = match(language, tags)
    if found is None:
        raise Unsupported(f"this session has no such language; it has {', '.join(tags)}")
    return found


# -- parts that are not built yet


async def not_built() -> Response:
    """Answers 501 with a sentence."""
    raise NotBuilt("this version of Dragoman does not have this part yet")


def _later(router: APIRouter, path: str, method: str) -> None:
    places = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(path)
    ]
    router.add_api_route(
        path,
        not_built,
        methods=[method],
        summary="Not built yet",
        status_code=501,
        response_class=Response,
        responses=refusals(501),
        openapi_extra={"parameters": places},
    )


_PLACE = re.compile(r"{(\w+)}")
for _path, _method in (
    ("/avatars", "POST"),
    ("/consents", "GET"),
    ("/consents/{id}", "GET"),
    ("/consents/{id}", "DELETE"),
):
    _later(api, _path, _method)


# -- health


@health.get("/healthz", summary="Alive", responses=refusals())
async def healthz() -> Json:
    return {"status": "ok"}


@health.get("/readyz", summary="Ready to interpret", responses=refusals(503))
async def readyz(request: Request) -> Response:
    reasons = await request.app.state.unready()
    if reasons:
        return JSONResponse({"error": "; ".join(reasons), "code": "unavailable"}, 503)
    ready: Json = {"status": "ready"}
    absent = request.app.state.desk.conference.pool.absent
    if absent:
        ready["leftOut"] = [{"job": one.job, "engine": one.engine} for one in absent]
    return JSONResponse(ready)


@health.get(
    "/metrics",
    summary="Figures in OpenMetrics",
    response_class=Response,
    responses=refusals() | {200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}},
)
async def metrics(at: AtDesk) -> Response:
    return Response(at.metrics.text(), media_type=CONTENT_TYPE)
