"""Puts routes, pages and live events behind one ASGI application, and turns every error into the interface's form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import socketio
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from dragoman import __version__
from dragoman.errors import BadRequest, ClientError, NotFound, Unavailable
from dragoman.journal import JournalFailed
from dragoman.server import answers, pages, wire
from dragoman.server.desk import Desk
from dragoman.server.files import Files
from dragoman.server.films import films
from dragoman.server.guard import Guard
from dragoman.server.http import api, health
from dragoman.server.media import media, open_to_all
from dragoman.server.sockets import Sockets
from dragoman.server.words import words

log = structlog.get_logger(__name__)

_REQUEST_HEADERS = ("Authorization", "ClientId", "Content-Type", "Language", "Passcode", "SessionId", "session-id")


def application(desk: Desk, sio: socketio.AsyncServer, unready: Callable[[], Awaitable[list[str]]]) -> ASGIApp:
    """The whole server. unready: the reasons why it cannot interpret now, empty where it can."""
    app = FastAPI(
        title="Dragoman",
        version=__version__,
        description="Live speech translation. Live events are described in docs/interface.md.",
        docs_url=None,
        redoc_url=None,
        # A redirect would repeat the address, Host and all, instead of saying that there is nothing.
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.unready = unready
    app.include_router(api)
    app.include_router(words)
    app.include_router(films)
    app.include_router(media)
    app.include_router(health)
    app.include_router(pages.pages)
    if pages.STATIC.is_dir():
        app.mount("/static", Files(directory=pages.STATIC))
    app.add_exception_handler(ClientError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(JournalFailed, _unsaved)
    app.add_exception_handler(Exception, _bug)
    if desk.settings.allowed_origins:
        app.add_middleware(
            Cors,
            allow_origins=desk.settings.allowed_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=("Retry-After",),
        )
    return Guard(app, Sockets(sio), metrics=desk.metrics)


class Cors(CORSMiddleware):
    """Lets pages of ALLOWED_ORIGINS use the interface; others are told so in the interface's form."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """WHEP is for pages everywhere, and its own routes say so."""
        if open_to_all(scope.get("path", "")):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser that asks whether its page may send a request."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        sentence = "pages of this origin may not send this request; ALLOWED_ORIGINS and /docs say which may be sent"
        return answers.refused(BadRequest(sentence))


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ClientError)
    return answers.refused(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answers.refused(BadRequest(wire.sentence(error.errors()[0])))


async def _framework(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == NotFound.status:
        return answers.refused(NotFound("there is nothing at this address; the interface is described at /docs"))
    if error.status_code == 405:
        answer = answers.refused(
            BadRequest("this address does not take this method; the header Allow names those it takes"), 405
        )
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == BadRequest.status:
        # Too deep, numbers too long, no Unicode: FastAPI says no more than that the body cannot be read.
        return answers.refused(BadRequest("the body cannot be read; it must be a JSON object in UTF-8"))
    return answers.refused(BadRequest("this request is not understood"), error.status_code)


async def _unsaved(_: Request, error: Exception) -> JSONResponse:
    log.error("journal failed", reason=str(error))
    return answers.refused(Unavailable("the server cannot save now; try again in a moment", retry_after=5))


async def _bug(request: Request, error: Exception) -> JSONResponse:
    return answers.refused(Unavailable("something went wrong here; it is in the server's log"), 500)
