"""One listener's media connection, from its offer to its end."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from aiortc import rtp

from dragoman.clock import MediaClock
from dragoman.errors import Unavailable
from dragoman.packets import Packet
from dragoman.webrtc.negotiation import Agreement, answer
from dragoman.webrtc.stream import Stream
from dragoman.webrtc.transport import Transport

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 15.0
"""A peer that is not connected so long after its answer is closed."""
SILENCE_SECONDS = 8.0
"""A peer that says nothing for so long has vanished. Receivers report every second or so, and their ICE checks come
every six seconds at most; ICE itself would wait for thirty (RFC 7675)."""
_INSIST_SECONDS = 0.1
_REPORT_SECONDS = (0.5, 1.5)
"""Between reports, at random within this, so that peers do not report in step (RFC 3550, 6.2)."""


class Peer:
    """A viewer (`stage.Viewer`). All work is done by `run`, whose task the maker owns."""

    def __init__(self, agreed: Agreement, clock: MediaClock, transport: Callable[..., Transport]) -> None:
        """transport: makes the transport, given `heard` and `gone`."""
        self._agreed = agreed
        self._clock = clock
        self._transport = transport(heard=self._heard, gone=self.over)
        # Nothing about a listener stands in it (RFC 7022).
        self._cname = secrets.token_hex(8)
        self._streams = {coding.kind: Stream(coding, self._cname) for coding in agreed.codings}
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self._leaving = False
        self._connected = False
        self._last_heard = clock.now()
        self.answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        """the answer's SDP; None where the peer was over before there was one. Raises Unavailable"""

    # -- what the stage calls

    def show(self, packets: Sequence[Packet]) -> None:
        """Send these, encrypted, in one go."""
        if not self._connected:
            return
        for packet in packets:
            stream = self._streams.get(packet.kind)
            if stream is not None:
                self._transport.send(stream.packets(packet))

    def over(self) -> None:
        """End: the task says goodbye and lets everything go. Idempotent."""
        if not self._over:
            self._over = True
            self._insist()

    def _insist(self) -> None:
        """Cancel until it is heard: before Python 3.12 asyncio.wait_for, in which aiortc's DTLS handshake waits,
        swallows a cancellation that comes together with a datagram."""
        if self._task is not None and not self._leaving and not self._task.done():
            self._task.cancel()
            asyncio.get_running_loop().call_later(_INSIST_SECONDS, self._insist)

    # -- life

    def start(
        self, name: str, *, wait: float, connected: Callable[[], None], key: Callable[[], None]
    ) -> asyncio.Task[None]:
        """Begin after `wait` seconds; the task is the caller's.

        connected: called once, when media can be sent. key: called when the receiver needs a key picture.
        """
        self._task = asyncio.create_task(self._run(wait, connected, key), name=name)
        # A task that is cancelled before its first step does not even get to its `finally`.
        self._task.add_done_callback(self._done)
        if self._over:
            self._insist()
        return self._task

    async def end(self) -> bool:
        """End, and wait until all is let go; whether this was the call that ended it."""
        first = not self._over
        self.over()
        if self._task is not None:
            await asyncio.wait((self._task,))
        return first

    async def _run(self, wait: float, connected: Callable[[], None], key: Callable[[], None]) -> None:
        try:
            await asyncio.sleep(wait)
            local = await self._transport.gather()
            sources = [stream.sources for stream in self._streams.values()]
            said = answer(self._agreed, sources, local, cname=self._cname, session=secrets.randbits(62))
            self.answered.set_result(said)
            late = asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._late)
            try:
                await self._transport.connect(self._agreed.security, self._agreed.candidates)
            finally:
                late.cancel()
            if self._over:
                return
            self._route(key)
            self._heard()
            self._connected = True
            connected()
            await self._report_until_silence()
        except ConnectionError as error:
            if not self.answered.done():
                self.answered.set_exception(Unavailable("this server has no network address to send media from"))
            log.info("a media peer did not connect", reason=str(error))
        finally:
            await self._leave()

    def _late(self) -> None:
        log.info("a media peer did not connect", reason="too late")
        self.over()

    def _route(self, key: Callable[[], None]) -> None:
        for stream in self._streams.values():
            self._transport.route(stream.sources.ssrc, partial(self._feedback, stream, key))

    async def _report_until_silence(self) -> None:
        while self._clock.until(self._last_heard) > -SILENCE_SECONDS:
            self._report(Stream.report)
            await asyncio.sleep(random.uniform(*_REPORT_SECONDS))
        log.info("a media peer has vanished")

    async def _leave(self) -> None:
        self._over = self._leaving = True
        if self._connected:
            self._connected = False
            self._report(Stream.bye)
        await self._transport.close()

    def _done(self, _: asyncio.Task[None]) -> None:
        # A cancelled task keeps the frames it was cancelled in, and they keep this: a circle (see Transport._part).
        self._task = None
        if not self.answered.done():
            self.answered.set_result(None)

    def _report(self, make: Callable[[Stream, int, float], bytes]) -> None:
        at = self._clock.now()
        for stream in self._streams.values():
            self._transport.send_report(make(stream, at, self._clock.wall(at)))

    def _heard(self) -> None:
        self._last_heard = self._clock.now()

    def _feedback(self, stream: Stream, key: Callable[[], None], packet: rtp.AnyRtcpPacket) -> None:
        """RTCP about one of our sources (RFC 4585, RFC 5104)."""
        if isinstance(packet, rtp.RtcpRtpfbPacket) and packet.fmt == rtp.RTCP_RTPFB_NACK:
            second = int(asyncio.get_running_loop().time())
            self._transport.send(stream.again(packet.lost, second))
        elif isinstance(packet, rtp.RtcpPsfbPacket) and packet.fmt in (rtp.RTCP_PSFB_PLI, rtp.RTCP_PSFB_FIR):
            key()
