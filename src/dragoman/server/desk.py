"""What every route works with, and how it finds the session that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from dragoman.conference import Conference
from dragoman.journal import Journal, SessionRecord
from dragoman.server import wire
from dragoman.server.access import Attempts, Passcodes, check_host, guessing, visitor
from dragoman.server.metrics import Metrics
from dragoman.session import Session
from dragoman.settings import Settings


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


async def recorded(at: Desk, code: str, whence: str) -> SessionRecord:
    """The record, ended or not; who guesses codes is slowed down."""
    with guessing(at.wrong_codes, whence):
        return await at.conference.record(code)
