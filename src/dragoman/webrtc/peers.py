"""All media peers of a server: made from offers, one per client and session, ended with their sessions."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from aiortc import RTCCertificate

from dragoman.clock import MediaClock
from dragoman.errors import NotFound, WrongState
from dragoman.floorsound import FloorSound
from dragoman.ice import IceServers
from dragoman.session import Session
from dragoman.stage import Stage
from dragoman.webrtc.negotiation import Kind, agree
from dragoman.webrtc.pace import Pace
from dragoman.webrtc.peer import Peer
from dragoman.webrtc.sdp import read
from dragoman.webrtc.transport import Transport

log = structlog.get_logger(__name__)

_RENEW = timedelta(days=10)
"""A certificate that ends earlier is used for no new peer."""
_OWN_NAME = "server"
"""Under which the server itself asks its TURN server for a relay."""


class Peers:
    """Owns the peers and their tasks. A peer's place in its session is the stage's to give."""

    def __init__(self, clock: MediaClock, ice: IceServers) -> None:
        """ice: what the peers themselves use to be reached."""
        self._clock = clock
        self._ice = ice
        self._certificate = RTCCertificate.generateCertificate()
        self._pace = Pace()
        self._peers: dict[tuple[str, str], Peer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, session: Session, client: str, language: str | None, offer: str) -> str:
        """The answer to a client's offer; a peer that it had in this session gives way.

        language: as the client wrote it; None for what it listens to already. offer: SDP, untrusted. Raises BadRequest,
        TooLarge, Unsupported, Full, Ended, TooMany, Unavailable, and WrongState where a newer offer came in between.
        """
        peer, wait = self._made(offer, "video", "audio")
        try:
            await session.watch(client, peer, language)
        except BaseException:  # cancelled too: nothing of it is left behind
            # It may have its place already: telling the audience of the language waits, and can be cancelled.
            session.stage.detach(client, peer)
            raise
        return await self._answer(session, client, peer, wait, session.stage)

    async def disconnect(self, session: Session, client: str) -> None:
        """The client wants no media any more. It need not have any."""
        await self._end(session.record.session_id, client)

    async def play(self, session: Session, language: str, offer: str) -> tuple[str, str]:
        """The same for a WHEP player, which keeps its language: the name of the resource, and the answer."""
        tag = session.offered(language)
        peer, wait = self._made(offer, "video", "audio")
        resource = secrets.token_urlsafe(16)
        session.stage.attach(_whep(resource), peer, tag)
        return resource, await self._answer(session, _whep(resource), peer, wait, session.stage)

    async def hear(self, session: Session, offer: str) -> tuple[str, str]:
        """The same for somebody who hears the floor's own sound; no picture is served."""
        peer, wait = self._made(offer, "audio")
        resource = secrets.token_urlsafe(16)
        session.listen(_whep(resource), peer)
        return resource, await self._answer(session, _whep(resource), peer, wait, session.floor_sound)

    async def stop(self, session_id: str, resource: str) -> None:
        """A WHEP player leaves. Raises NotFound."""
        if not await self._end(session_id, _whep(resource)):
            raise NotFound("there is no such player, or it has left; POST an offer to make one")

    async def close(self) -> None:
        """End all peers. Idempotent."""
        for peer in tuple(self._peers.values()):
            peer.over()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _made(self, offer: str, *kinds: Kind) -> tuple[Peer, float]:
        """A peer for this offer, and the seconds to wait for its turn."""
        agreed = agree(read(offer), kinds)
        wait = self._pace.turn(asyncio.get_running_loop().time())
        servers = self._ice.servers(_OWN_NAME, int(time.time()))
        # One certificate for all, made anew in time: it is good for a month, a server runs for longer.
        if self._certificate.expires - datetime.now(UTC) < _RENEW:
            self._certificate = RTCCertificate.generateCertificate()
        transport: Callable[..., Transport] = partial(Transport, self._certificate, servers)
        return Peer(agreed, self._clock, transport), wait

    async def _answer(self, session: Session, viewer: str, peer: Peer, wait: float, stage: Stage | FloorSound) -> str:
        code = session.record.session_id
        task = peer.start(
            f"peer {code}",
            wait=wait,
            connected=lambda: stage.renew(viewer),
            key=lambda: stage.request_key(viewer),
        )
        self._tasks.add(task)
        self._peers[code, viewer] = peer

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            stage.detach(viewer, peer)
            if self._peers.get((code, viewer)) is peer:
                del self._peers[code, viewer]
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("a media peer failed", session=code, exc_info=error)

        task.add_done_callback(ended)
        answer = await peer.answered
        if answer is None:
            raise WrongState("the media was stopped, or a newer offer took its place, before it was answered")
        return answer

    async def _end(self, code: str, viewer: str) -> bool:
        """Whether there was such a peer."""
        peer = self._peers.get((code, viewer))
        return peer is not None and await peer.end()


def _whep(resource: str) -> str:
    """The stage's name for a WHEP player: no ClientId is like it."""
    return f"whep:{resource}"
