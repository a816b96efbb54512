"""Puts routes, pages and live events behind one ASGI application, and turns every error into the interface's form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import socketio
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dragoman import __version__
from dragoman.errors import BadRequest, ClientError, NotFound, TooLarge, Unavailable
from dragoman.journal import JournalFailed
from dragoman.server import answers, pages, wire
from dragoman.server.http import Desk, api, health, media
from dragoman.server.metrics import Metrics

log = structlog.get_logger(__name__)

MOST_BODY = 512 * 1024
"""Bytes of a request: a glossary of a thousand entries fits."""


def application(desk: Desk, sio: socketio.AsyncServer, unready: Callable[[], Awaitable[list[str]]]) -> ASGIApp:
    """The whole server. unready: the reasons why it cannot interpret now, empty where it can."""
    app = FastAPI(
        title="Dragoman",
        version=__version__,
        description="Live speech translation. Live events are described in docs/interface.md.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.unready = unready
    app.include_router(api)
    app.include_router(media)
    app.include_router(health)
    app.include_router(pages.pages)
    app.mount("/static", pages.static())
    app.add_exception_handler(ClientError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(JournalFailed, _unsaved)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(Guard, metrics=desk.metrics)
    whole: ASGIApp = socketio.ASGIApp(sio, app)
    return whole


def _answer(error: ClientError, status: int | None = None) -> JSONResponse:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse(answers.refusal(error), status or error.status, headers)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ClientError)
    return _answer(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _answer(BadRequest(wire.sentence(error.errors()[0])))


async def _framework(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == NotFound.status:
        return _answer(NotFound("there is nothing at this address; the interface is described at /docs"))
    if error.status_code == 405:
        answer = _answer(BadRequest("this address does not take this method"), 405)
        answer.headers.update(error.headers or {})
        return answer
    return _answer(BadRequest("this request is not understood"), error.status_code)


async def _unsaved(_: Request, error: Exception) -> JSONResponse:
    log.error("journal failed", reason=str(error))
    return _answer(Unavailable("the server cannot save now; try again in a moment", retry_after=5))


async def _bug(request: Request, error: Exception) -> JSONResponse:
    return _answer(Unavailable("something went wrong here; it is in the server's log"), 500)


class Guard:
    """Bounds what is read, adds the security headers, counts what is answered. Innermost of the server's shells."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = [(name.lower().encode(), value.encode()) for name, value in pages.headers(scope["path"]).items()]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
                self._count(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, _bounded(receive), sending)
        except TooLarge as error:
            await _answer(error)(scope, receive, sending)

    def _count(self, scope: Scope, status: int) -> None:
        route = scope.get("route")
        self._metrics.requests.labels(getattr(route, "path", "other"), str(status)).inc()


def _bounded(receive: Receive) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BODY:
            raise TooLarge(f"the body is larger than {MOST_BODY // 1024} KiB")
        return message

    return bounded
