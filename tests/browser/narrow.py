"""A network between a page and the server that lets through as much as a test says: real datagrams, really dropped."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from playwright.async_api import Route

from visitors import Visitor

_HOST = re.compile(r"(?P<before>a=candidate:\S+ 1 udp \d+ )(?P<ip>[0-9.]+) (?P<port>\d+) typ host", re.IGNORECASE)
_BURST = 2000
"""Bytes that may come at once: a little more than one packet of a picture."""

Address = tuple[str, int]


@dataclass
class Narrow:
    """What lies between a page and the server's ports for picture and sound.

    Big packets find room more seldom than small ones, as in every queue that is full: a picture suffers before a voice.
    """

    rate: float | None = None
    """bytes a second towards the page; None: all that come, 0: none in either direction"""
    dropped: int = 0
    """datagrams"""
    _sides: list[_Side] = field(default_factory=list)
    _room: float = _BURST
    _filled: float = field(default_factory=time.monotonic)

    def lets(self, size: int) -> bool:
        """Whether there is room for a datagram of so many bytes towards the page."""
        if self.rate is None:
            return True
        now = time.monotonic()
        self._room = min(_BURST, self._room + (now - self._filled) * self.rate)
        self._filled = now
        fits = size <= self._room
        if fits:
            self._room -= size
        else:
            self.dropped += 1
        return fits

    async def lead(self, visitor: Visitor) -> None:
        """From here on this page's picture and sound come this way and no other."""
        await visitor.page.route("**/api/connectListenerAvatar", self._connect)

    async def _connect(self, route: Route) -> None:
        """Introduce the two sides; neither learns where the other one is."""
        offer = route.request.post_data_json
        answer = await route.fetch(post_data={**offer, "sdp": _without_candidates(offer["sdp"])})
        if not answer.ok:
            await route.fulfill(response=answer)
            return
        told = await answer.json()
        found = _HOST.search(told["sdp"])
        assert found, told
        port = await self._passage(found["ip"], int(found["port"]))
        here = f"{found['before']}{found['ip']} {port} typ host"
        # Where the first of them stood: the part of the only port there is.
        before, after = told["sdp"][: found.start()], told["sdp"][found.end() :]
        sdp = f"{_without_candidates(before)}{here}{_without_candidates(after)}"
        await route.fulfill(response=answer, json={**told, "sdp": sdp})

    async def _passage(self, host: str, port: int) -> int:
        """The port here that leads to this one of the server."""
        loop = asyncio.get_running_loop()
        far, near = _Side(), _Side()
        self._sides += (far, near)
        await loop.create_datagram_endpoint(lambda: near, local_addr=(host, 0))
        await loop.create_datagram_endpoint(lambda: far, local_addr=(host, 0), remote_addr=(host, port))
        near.comes = lambda data: far.send(data) if self.rate != 0 else None
        far.comes = lambda data: near.send(data) if self.lets(len(data)) else None
        bound: Address = near.transport.get_extra_info("sockname")
        return bound[1]

    def close(self) -> None:
        for side in self._sides:
            side.transport.close()


@asynccontextmanager
async def narrow(visitor: Visitor) -> AsyncIterator[Narrow]:
    """A network for this page alone, from here on; it lets everything through until it is told to let less."""
    network = Narrow()
    await network.lead(visitor)
    try:
        yield network
    finally:
        await visitor.page.unroute_all(behavior="wait")
        network.close()


class _Side(asyncio.DatagramProtocol):
    """A socket that answers whoever spoke to it last."""

    transport: asyncio.DatagramTransport
    _other: Address | None = None

    def __init__(self) -> None:
        self.comes: Callable[[bytes], None] = lambda data: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._other = addr
        self.comes(data)

    def send(self, data: bytes) -> None:
        connected = self.transport.get_extra_info("peername") is not None
        if connected or self._other:
            self.transport.sendto(data, None if connected else self._other)


def _without_candidates(sdp: str) -> str:
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith("a=candidate:"))
