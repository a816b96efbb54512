"""One peer's ICE and DTLS, of aiortc.

What is private in aiortc and aioice is used in this module only; pyproject.toml holds them to the versions that have
it, and tests/webrtc/test_peer.py fails where it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import cast

import structlog
from aioice.ice import StunProtocol
from aioice.stun import Message
from aioice.turn import TurnTransport
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceCandidate,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceServer,
    RTCIceTransport,
)
from aiortc.rtp import AnyRtcpPacket

from dragoman.ice import IceServer
from dragoman.webrtc.negotiation import Local
from dragoman.webrtc.sdp import Candidate, Security

log = structlog.get_logger(__name__)

_COMPONENT = 1
"""RTP and RTCP on one port (RFC 8445)."""
GATHER_SECONDS = 2
"""How long STUN and TURN servers are waited for: the answer to an offer waits too."""
_MOST_WAITING = 256 * 1024
"""Bytes that may wait for a socket that takes no more; what comes then is lost, as the network would lose it."""


class Transport:
    """Carries packets to one peer. `gather`, then `connect`, then `send`; `close` at any time."""

    def __init__(
        self,
        certificate: RTCCertificate,
        servers: Sequence[IceServer],
        *,
        heard: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        """heard: called whenever anything comes from the other side. gone: it has closed, or ICE has given it up."""
        self._gatherer = RTCIceGatherer(
            iceServers=[RTCIceServer([each.url], each.username or None, each.password or None) for each in servers]
        )
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._connection = self._ice._connection
        self._connection.get_component_candidates = partial(  # type: ignore[method-assign]  # no hook for it
            self._connection.get_component_candidates, timeout=GATHER_SECONDS
        )
        self._relayed = any(each.url.startswith("turn") for each in servers)
        self._gathering: asyncio.Future[None] | None = None
        self._listen(heard)
        self._notice(gone)

    def _listen(self, heard: Callable[[], None]) -> None:
        """Call this before aioice looks at what arrives: what is no STUN, and the other side's own ICE checks, of which
        there is something every few seconds from everybody who is there."""
        datagram, check = self._connection.data_received, self._connection.request_received

        def data_received(data: bytes, component: int) -> None:
            heard()
            datagram(data, component)

        def request_received(message: Message, addr: tuple[str, int], protocol: StunProtocol) -> None:
            heard()
            check(message, addr, protocol)

        self._connection.data_received = data_received  # type: ignore[method-assign]  # no hook for it
        self._connection.request_received = request_received  # type: ignore[method-assign]  # no hook for it

    def _notice(self, gone: Callable[[], None]) -> None:
        """Call this when the other side has closed, or ICE has given it up."""

        def changed() -> None:
            if self._dtls.state in ("closed", "failed"):
                gone()

        self._dtls.on("statechange", changed)

    async def gather(self) -> Local:
        """This side's addresses. Takes as long as the configured STUN and TURN servers take, GATHER_SECONDS at most."""
        self._gathering = asyncio.ensure_future(self._gatherer.gather())
        # Cancelled in the middle it would leave sockets open that nobody knows; `close` waits for it.
        await asyncio.shield(self._gathering)
        candidates = self._gatherer.getLocalCandidates()
        if not candidates:
            raise ConnectionError("this machine has no network address")
        if self._relayed and not any(each.type == "relay" for each in candidates):
            log.warning("the TURN server gives no relay; check ICE_SERVER_URL and its credentials")
        parameters = self._gatherer.getLocalParameters()
        return Local(
            ufrag=parameters.usernameFragment or "",
            pwd=parameters.password or "",
            fingerprints=tuple(
                (each.algorithm, each.value)
                for each in self._dtls.getLocalParameters().fingerprints
                if each.algorithm == "sha-256"
            ),
            candidates=tuple(_line(each) for each in candidates),
            host=candidates[0].ip,
            port=candidates[0].port,
        )

    async def connect(self, security: Security, candidates: Sequence[Candidate]) -> None:
        """ICE, then DTLS. Raises ConnectionError; waits for as long as it takes.

        The end of the other side's candidates is never announced, so that ICE goes on waiting for its checks: a
        browser hides its addresses, and may offer before it knows them.
        """
        for each in candidates:
            await self._ice.addRemoteCandidate(
                RTCIceCandidate(
                    component=_COMPONENT,
                    foundation=each.foundation,
                    ip=each.host,
                    port=each.port,
                    priority=each.priority,
                    protocol="udp",
                    type=each.kind,
                )
            )
        # A lite one makes no checks, so it is for us to nominate.
        self._connection.ice_controlling = security.lite
        await self._ice.start(RTCIceParameters(security.ufrag, security.pwd, security.lite))
        if self._ice.state != "completed":
            raise ConnectionError("no ICE candidate pair works")
        self._dtls._set_role("client" if security.passive else "server")
        prints = [RTCDtlsFingerprint(name, value) for name, value in security.fingerprints]
        await self._dtls.start(RTCDtlsParameters(prints, "server" if security.passive else "client"))
        if self._dtls.state != "connected":
            raise ConnectionError("the DTLS handshake failed")

    def route(self, ssrc: int, feedback: Callable[[AnyRtcpPacket], None]) -> None:
        """Hand on what the receiver says about this source."""
        self._dtls._rtp_router.register_sender(_Source(ssrc, feedback), ssrc)

    def send(self, packets: Iterable[bytes]) -> None:
        """Encrypt RTP packets and send them at once; they are lost where the peer is not connected."""
        session = self._dtls._tx_srtp
        if session is not None:
            self._send(session.protect(packet) for packet in packets)

    def send_report(self, packet: bytes) -> None:
        """The same for a compound RTCP packet."""
        session = self._dtls._tx_srtp
        if session is not None:
            self._send([session.protect_rtcp(packet)])

    def _send(self, datagrams: Iterable[bytes]) -> None:
        pair = self._connection._nominated.get(_COMPONENT)
        if pair is None or self._dtls.state != "connected":
            return
        socket, address = pair.protocol.transport, pair.remote_addr
        # A relay's transport keeps what waits to itself.
        if not isinstance(socket, TurnTransport):
            waiting = cast(asyncio.WriteTransport, socket).get_write_buffer_size()
            if socket.is_closing() or waiting > _MOST_WAITING:
                return
        for datagram in datagrams:
            socket.sendto(datagram, address)

    async def close(self) -> None:
        """Let everything go. Idempotent."""
        if self._gathering is not None:
            await asyncio.wait((self._gathering,))
        self._dtls.remove_all_listeners()
        receiving = self._dtls._task
        await self._dtls.stop()
        await self._ice.stop()
        if receiving is not None:
            await asyncio.wait((receiving,))
        self._part()

    def _part(self) -> None:
        """Undo the circles of references that all of a peer hangs in.

        OpenSSL's and libsrtp's memory, 130 kB, would wait with them for a full collection: the collector counts
        objects, of which a peer has 175, and not their bytes, so that it comes after a thousand joins or more.
        """
        self._dtls._ssl = None
        self._dtls._rx_srtp = self._dtls._tx_srtp = None  # type: ignore[assignment]
        self._dtls._rtp_router.senders.clear()
        for name in ("data_received", "request_received", "get_component_candidates"):
            vars(self._connection).pop(name, None)
        for pair in self._connection._check_list:
            pair.task = None
        self._connection._check_list.clear()
        self._connection._early_checks.clear()


class _Source:
    """What aiortc's router wants of a sender."""

    def __init__(self, ssrc: int, feedback: Callable[[AnyRtcpPacket], None]) -> None:
        self._ssrc = ssrc
        self._feedback = feedback

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self._feedback(packet)


def _line(candidate: RTCIceCandidate) -> str:
    """The value of an a=candidate line (RFC 8839, 5.1)."""
    line = (
        f"{candidate.foundation} {candidate.component} {candidate.protocol} {candidate.priority} "
        f"{candidate.ip} {candidate.port} typ {candidate.type}"
    )
    if candidate.relatedAddress is not None:
        line += f" raddr {candidate.relatedAddress} rport {candidate.relatedPort}"
    return line
