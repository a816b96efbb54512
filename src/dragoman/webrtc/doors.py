"""Where offers come in: at this server's own peers, or at the provider of avatars that reach each listener directly."""

from __future__ import annotations

from dragoman.session import Session
from dragoman.webrtc.negotiation import agree
from dragoman.webrtc.peers import Peers
from dragoman.webrtc.sdp import read


class Doors:
    """`server.desk.Media` for both."""

    def __init__(self, peers: Peers) -> None:
        """peers: this server's own; its owner closes them."""
        self._peers = peers

    async def connect(self, session: Session, client: str, language: str | None, offer: str) -> str:
        """See Peers.connect; where the session's avatars are direct the answer is the provider's."""
        direct = session.stage.introducing
        if direct is None:
            answer = await self._peers.connect(session, client, language, offer)
            if session.stage.direct is not None:
                session.stage.direct.detach(client)
            return answer
        # What is no offer for picture and sound is refused here, with a sentence.
        agree(read(offer))
        answer = await session.introduce(client, direct, offer, language)
        await self._peers.disconnect(session, client)
        return answer

    async def disconnect(self, session: Session, client: str) -> None:
        """See Peers.disconnect."""
        if session.stage.direct is not None:
            session.stage.direct.detach(client)
        await self._peers.disconnect(session, client)

    async def play(self, session: Session, language: str, offer: str) -> tuple[str, str]:
        """See Peers.play: players by WHEP are always served from here."""
        return await self._peers.play(session, language, offer)

    async def hear(self, session: Session, offer: str) -> tuple[str, str]:
        """See Peers.hear: the floor's sound is always sent from here."""
        return await self._peers.hear(session, offer)

    async def stop(self, session_id: str, resource: str) -> None:
        """See Peers.stop."""
        await self._peers.stop(session_id, resource)
