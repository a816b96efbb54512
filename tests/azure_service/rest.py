"""HTTP: tokens, the list of voices, credentials of the avatars' relay."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .records import Asked, Token
from .state import State
from .voices import VOICES

Handler = Callable[[web.Request], Awaitable[web.Response]]
_REASONS = {
    401: "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an"
    " active subscription and use a correct regional API endpoint for your resource.",
    403: "The request is forbidden.",
    429: "Requests have exceeded the call rate limit of your current pricing tier. Please retry after 1 second.",
}
Problem = Callable[[int], dict[str, Any]]


def problem(status: int) -> dict[str, Any]:
    """The body of the speech services' errors."""
    return {"error": {"code": str(status), "message": _REASONS.get(status, "The service is not available.")}}


def guarded(state: State, handler: Handler, body: Problem = problem, *, key_only: bool = False) -> Handler:
    """With authorisation, the faults of http, and a record."""

    async def answer(request: web.Request) -> web.Response:
        response = await _answer(state, request, handler, body, key_only=key_only)
        state.records.asked.append(Asked(request.method, request.path, response.status))
        return response

    return answer


async def _answer(
    state: State, request: web.Request, handler: Handler, body: Problem, *, key_only: bool
) -> web.Response:
    faults = state.faults
    await asyncio.sleep(faults.delay("http"))
    while faults.is_silent("http"):
        await asyncio.sleep(0.05)
    if (status := faults.refusal("http")) is not None:
        headers = {"Retry-After": "1"} if status == 429 else {}
        return web.json_response(body(status), status=status, headers=headers)
    if faults.takes_quota("http") is not None:
        return web.json_response(body(403), status=403)
    if faults.takes_drop("http") and request.transport is not None:
        request.transport.abort()
    credential, good = state.keys.credential(request.headers, request.query)
    if not good or (key_only and credential != "key"):
        return web.json_response(body(401), status=401)
    response = await handler(request)
    if faults.takes_garbage("http"):
        return web.Response(body=b"\xff<html>\x00not what you asked for", content_type="text/html")
    return response


def routes(state: State) -> list[web.RouteDef]:
    async def token(request: web.Request) -> web.Response:
        text, expires = state.keys.issue()
        state.records.tokens.append(Token(text, "key", expires))
        return web.Response(text=text, content_type="application/jwt", charset="us-ascii")

    async def voices(request: web.Request) -> web.Response:
        return web.json_response(list(VOICES))

    async def relay(request: web.Request) -> web.Response:
        username = f"{int(time.time() + state.limits.relay)}:{secrets.token_hex(8)}"
        password = secrets.token_urlsafe(20)
        state.records.relays.append(Token(username, "relay", time.monotonic() + state.limits.relay))
        # On loopback peers find each other without it; the address leads to nobody.
        return web.json_response({"Urls": list(state.relays), "Username": username, "Password": password})

    def everywhere(path: str) -> tuple[str, str]:
        return f"/cognitiveservices{path}", f"/tts/cognitiveservices{path}"

    return [
        web.post("/sts/v1.0/issueToken", guarded(state, token, key_only=True)),
        web.post("/sts/v1.0/issuetoken", guarded(state, token, key_only=True)),
        *(web.get(path, guarded(state, voices)) for path in everywhere("/voices/list")),
        *(web.get(path, guarded(state, relay)) for path in everywhere("/avatar/relay/token/v1")),
    ]
