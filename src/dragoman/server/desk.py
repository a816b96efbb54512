"""What every route works with, and how it finds the session that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Header, Request

from dragoman.conference import Conference
from dragoman.ice import IceServers
from dragoman.journal import Journal, SessionRecord
from dragoman.server import wire
from dragoman.server.access import Attempts, Passcodes, check_host, guessing, not_host, visitor
from dragoman.server.metrics import Metrics
from dragoman.server.previews import Previews
from dragoman.session import Session, is_hosts
from dragoman.settings import Settings
from dragoman.speech import Entry


class Media(Protocol):
    """Media peers, which another room brings: offers in, answers out. Offers are untrusted SDP."""

    async def connect(self, session: Session, client: str, language: str | None, offer: str) -> str:
        """Answer a client's offer. language: as the client wrote it. Raises ClientErrors."""

    async def disconnect(self, session: Session, client: str) -> None:
        """End the client's peer, if it has one."""

    async def play(self, session: Session, language: str, offer: str) -> tuple[str, str]:
        """Answer a player's offer: the secret name by which it can be stopped, and the answer. Raises ClientErrors."""

    async def hear(self, session: Session, offer: str) -> tuple[str, str]:
        """The same for somebody who wants to hear the floor's own sound."""

    async def stop(self, session_id: str, resource: str) -> None:
        """End a player. Raises NotFound."""


class Film(Protocol):
    """A film of a talk."""

    @property
    def film_id(self) -> str:
        """Nobody guesses it: who has it may fetch the film."""

    @property
    def session_id(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def name(self) -> str:
        """What a browser may call the file."""

    @property
    def state(self) -> Literal["working", "ready", "failed"]: ...

    @property
    def error(self) -> str:
        """A sentence, where it has failed."""


class Films(Protocol):
    """Films of talks, which another room makes."""

    async def make(self, record: SessionRecord, entries: Sequence[Entry], tag: str) -> Film:
        """Have one made, or the one that there is. Raises WrongState, Unsupported, TooMany."""

    async def forget(self, session_id: str) -> None:
        """Delete the films of a session."""

    def find(self, film_id: str) -> Film | None:
        """The film of this id."""

    def share(self, film: Any) -> float:
        """How much of it is made, 0 to 1."""

    def file(self, film: Any) -> Path:
        """Where it lies once it is ready."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with; the composition root makes one."""

    conference: Conference
    journal: Journal
    settings: Settings
    passcodes: Passcodes
    created: Attempts
    wrong_codes: Attempts
    metrics: Metrics
    media: Media
    ice: IceServers
    """as they are told to clients"""
    films: Films
    previews: Previews


def desk(request: Request) -> Desk:
    """The desk of the server that this request came to."""
    found = request.app.state.desk
    assert isinstance(found, Desk)
    return found


def address(request: Request) -> str:
    """Where the request came from; behind a trusted proxy, from where it came to the proxy."""
    return visitor(request.client.host) if request.client else ""


AtDesk = Annotated[Desk, Depends(desk)]
From = Annotated[str, Depends(address)]
Client = Annotated[wire.ClientId, Header(alias="ClientId")]
Code = wire.SessionCode


async def hosted(at: Desk, code: str, client: str, whence: str) -> Session:
    """The session that has not ended, for its host. Raises NotFound, Ended, NotHost, TooMany."""
    session = at.conference.running(code)
    # The host itself is never slowed down by what others at its address guess.
    if session is None or not session.is_host(client):
        with guessing(at.wrong_codes, whence):
            session = await at.conference.find(code)
    check_host(session, client)
    return session


async def owned(at: Desk, code: str, client: str, whence: str) -> SessionRecord:
    """The record for its host, of a session that has ended too. Raises NotFound, NotHost, TooMany."""
    session = at.conference.running(code)
    if session is not None and session.is_host(client):
        return session.record
    record = await recorded(at, code, whence)
    if not is_hosts(record, client):
        raise not_host()
    return record


async def recorded(at: Desk, code: str, whence: str) -> SessionRecord:
    """The record, ended or not; who guesses codes is slowed down."""
    with guessing(at.wrong_codes, whence):
        return await at.conference.record(code)
