"""The outermost shell: bounds what is read, adds the security headers, counts what is answered."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dragoman.errors import TooLarge
from dragoman.server import answers, media, pages, sockets
from dragoman.server.metrics import Metrics

MOST_BODY = 512 * 1024
"""Bytes of a request: a glossary of a thousand entries fits."""


class Guard:
    """Reads a request's body before anything else does, so that one which is too large has one answer, in one place.

    app: everything but the sockets, whose library bounds its own messages.
    """

    def __init__(self, app: ASGIApp, live: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._live = live
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for_sockets = f"{scope.get('path', '')}/".startswith(sockets.PATH)
        if scope["type"] != "http":
            await (self._live if for_sockets else self._app)(scope, receive, send)
            return
        extra = [(name.lower().encode(), value.encode()) for name, value in _headers(scope["path"])]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
                self._count(scope, message["status"])
            await send(message)

        if for_sockets:
            await self._live(scope, receive, sending)
            return
        try:
            body = await _read(scope, receive)
        except TooLarge as error:
            await answers.refused(error)(scope, receive, sending)
            return
        if body is not None:
            await self._app(scope, _again(body, receive), sending)

    def _count(self, scope: Scope, status: int) -> None:
        route = scope.get("route")
        self._metrics.requests.labels(getattr(route, "path", "other"), str(status)).inc()


def _headers(path: str) -> list[tuple[str, str]]:
    return [*pages.headers(path).items(), *media.headers(path).items()]


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, None where the client is gone. Raises TooLarge."""
    too_large = TooLarge(f"the body is larger than {MOST_BODY // 1024} KiB; send less at once")
    announced = dict(scope["headers"]).get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > 9 or int(announced) > MOST_BODY):
        raise too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            raise too_large
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
