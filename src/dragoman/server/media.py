"""Picture and sound: the HTTP by which our own pages, and players that speak WHEP, exchange offers and answers."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from dragoman.errors import BadRequest, WrongType
from dragoman.ice import IceServer
from dragoman.languages import is_tag
from dragoman.server import wire
from dragoman.server.access import guessing
from dragoman.server.described import refusals
from dragoman.server.desk import AtDesk, Client, Desk, From
from dragoman.session import Session

Json = dict[str, Any]

media = APIRouter()

SDP = "application/sdp"
_FLOOR = "floor"
"""In place of a language: the speaker's own sound."""
_WHEP_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    # PATCH is refused, but a player that tries it shall hear so.
    "Access-Control-Allow-Methods": "POST, DELETE, PATCH, OPTIONS",
    "Access-Control-Expose-Headers": "Location, Link",
}
_REFUSED = refusals(400, 403, 404, 409, 413, 422, 429, 503)

SessionHeader = Annotated[wire.SessionCode | None, Header(alias="SessionId")]
SessionDashed = Annotated[wire.SessionCode | None, Header(alias="session-id", include_in_schema=False)]
Passcode = Annotated[wire.Passcode | None, Header(alias="Passcode")]


def open_to_all(path: str) -> bool:
    """Whether players on any site's pages may use this path: who has the address of a talk may watch it anywhere."""
    return path.startswith("/whep/")


def headers(path: str) -> dict[str, str]:
    """What every answer to this path carries, refusals too: without it a page cannot even read why."""
    return _WHEP_HEADERS if open_to_all(path) else {}


# -- our own pages


_OFFER = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": wire.Offer.model_json_schema()},
            "text/plain": {"schema": {"type": "string", "description": "the same JSON in base64"}},
        },
    }
}
_ANSWER: dict[int | str, Json] = {
    200: {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"sdp": {"type": "string"}, "type": {"const": "answer"}}}
            },
            "text/plain": {"schema": {"type": "string", "description": "the same JSON in base64"}},
        }
    }
}


@media.post(
    "/api/connectListenerAvatar",
    summary="Watch and hear the avatar by WebRTC",
    response_class=Response,
    responses=_ANSWER | _REFUSED,
    openapi_extra=_OFFER,
)
async def connect_listener_avatar(
    at: AtDesk,
    whence: From,
    client: Client,
    request: Request,
    session_id: SessionHeader = None,
    dashed: SessionDashed = None,
    language: Annotated[wire.Tag | None, Header(alias="Language")] = None,
    passcode: Passcode = None,
) -> Response:
    """A newer offer of the same client replaces its peer. Without `Language` the client's own language is meant."""
    body = await request.body()
    plain = body.lstrip()[:1] == b"{"
    offer = wire.offer(body if plain else _unpacked(body))
    session = await _watched(at, session_id or dashed, passcode, whence)
    said = {"sdp": await at.media.connect(session, client, language, offer), "type": "answer"}
    packed = JSONResponse(said)
    return packed if plain else PlainTextResponse(base64.b64encode(packed.body))


def _unpacked(body: bytes) -> bytes:
    """What older clients send: the JSON as base64. Raises BadRequest."""
    try:
        return base64.b64decode(body.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("the body must be a JSON object with the offer as sdp, or its base64") from None


@media.post("/api/disconnectAvatar", summary="Stop watching", responses=refusals(400, 404, 409, 429))
async def disconnect_avatar(
    at: AtDesk,
    whence: From,
    client: Client,
    session_id: SessionHeader = None,
    dashed: SessionDashed = None,
) -> Json:
    """Captions go on. A client that has no media is answered in the same way."""
    await at.media.disconnect(await _found(at, session_id or dashed, whence), client)
    return {"status": "disconnected"}


async def _found(at: Desk, code: str | None, whence: str) -> Session:
    """The session that has not ended. Raises BadRequest, NotFound, Ended, TooMany."""
    if code is None:
        raise BadRequest("SessionId is missing; send the session's six digits in this header")
    with guessing(at.wrong_codes, whence):
        return await at.conference.find(code)


async def _watched(at: Desk, code: str | None, passcode: str | None, whence: str) -> Session:
    """The same for somebody who must know the passcode where there is one. Raises PasscodeNeeded too."""
    session = await _found(at, code, whence)
    await at.passcodes.check(session.record, passcode, whence, asyncio.get_running_loop().time())
    return session


# -- WHEP (draft-ietf-wish-whep)


async def _channel(sessionId: str, language: str) -> None:  # noqa: N803  # the interface's names
    """What a path names, for routes that do not look at it: the document describes every part of every path."""


async def _player(resource: str) -> None:
    """The same."""


_CHANNEL, _PLAYER = Depends(_channel), Depends(_player)


@media.post(
    "/whep/{sessionId}/{language}",
    summary="Watch by WHEP",
    status_code=201,
    response_class=Response,
    responses={
        201: {
            "content": {SDP: {"schema": {"type": "string"}}},
            "headers": {
                "Location": {"description": "DELETE it to leave", "schema": {"type": "string"}},
                "Link": {"description": "STUN and TURN servers", "schema": {"type": "string"}},
            },
        }
    }
    | _REFUSED
    | refusals(415),
    openapi_extra={"requestBody": {"required": True, "content": {SDP: {"schema": {"type": "string"}}}}},
)
async def whep_play(
    at: AtDesk,
    whence: From,
    request: Request,
    sessionId: str,  # noqa: N803  # the interface's name
    language: str,
    authorization: Annotated[str | None, Header()] = None,
) -> Response:
    """The offer is complete or without candidates. A session's passcode is the bearer token. With `floor` as the
    language it is the speaker's own sound, without a picture."""
    code = _place(sessionId, language)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != SDP:
        raise WrongType(f"the offer must be sent as Content-Type: {SDP}")
    session = await _watched(at, code, _bearer(authorization), whence)
    offer = wire.text(await request.body())
    playing = at.media.hear(session, offer) if language == _FLOOR else at.media.play(session, language, offer)
    resource, answer = await playing
    place = f"{at.settings.public_url}/whep/{code}/{language}/{resource}"
    told = Response(answer, 201, {"Location": place}, media_type=SDP)
    for server in at.ice.servers(resource, int(time.time())):
        told.headers.append("Link", _link(server))
    return told


def _place(code: str, language: str) -> str:
    """The session's code. Raises BadRequest."""
    if not wire.is_code(code) or not (language == _FLOOR or is_tag(language)):
        raise BadRequest("the address must be /whep/, the session's six digits, / and a language tag such as es")
    return code


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _link(server: IceServer) -> str:
    """An ICE server as WHEP tells it."""
    link = f'<{server.url}>; rel="ice-server"'
    if not server.username:
        return link
    username, password = (
        value.replace("\\", "\\\\").replace('"', '\\"') for value in (server.username, server.password)
    )
    return f'{link}; username="{username}"; credential="{password}"; credential-type="password"'


@media.delete(
    "/whep/{sessionId}/{language}/{resource}",
    summary="Leave",
    response_class=Response,
    responses=refusals(404),
    dependencies=[_CHANNEL],
)
async def whep_stop(at: AtDesk, sessionId: str, resource: str) -> Response:  # noqa: N803  # the interface's name
    """The address that the answer named; who knows it may."""
    await at.media.stop(sessionId, resource)
    return Response()


@media.patch(
    "/whep/{sessionId}/{language}/{resource}",
    summary="Not taken",
    status_code=405,
    response_class=Response,
    responses=refusals(405),
    dependencies=[_CHANNEL, _PLAYER],
)
async def whep_patch() -> Response:
    """Answers are complete: no candidates are added later, and ICE is not restarted."""
    raise HTTPException(405, headers={"Allow": "DELETE, OPTIONS"})


@media.options(
    "/whep/{sessionId}/{language}",
    summary="What is taken",
    status_code=204,
    response_class=Response,
    responses=refusals(),
    dependencies=[_CHANNEL],
)
async def whep_options() -> Response:
    return Response(status_code=204, headers={"Accept-Post": SDP})


@media.options(
    "/whep/{sessionId}/{language}/{resource}",
    summary="What is taken",
    status_code=204,
    response_class=Response,
    responses=refusals(),
    dependencies=[_CHANNEL, _PLAYER],
)
async def whep_player_options() -> Response:
    return Response(status_code=204)
