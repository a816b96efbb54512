"""The address of synthesis: a voice answers, or an avatar where the query asks for one."""

from __future__ import annotations

from aiohttp import web

from . import avatar, synthesis
from .state import State
from .wire import Wire

PATHS = ("/cognitiveservices/websocket/v1", "/tts/cognitiveservices/websocket/v1")


def routes(state: State) -> list[web.RouteDef]:
    async def speak(request: web.Request) -> web.StreamResponse:
        shown = request.query.get("enableTalkingAvatar", "").lower() == "true"
        wire = Wire(state, "avatar" if shown else "synthesis", request)
        status = wire.refusal()
        if status is None and shown:
            status = avatar.refusal(state)
        if status is not None:
            return wire.refuse(status)
        async with wire:
            await (avatar.serve(wire) if shown else synthesis.serve(wire))
        return wire.socket

    return [web.get(path, speak) for path in PATHS]
