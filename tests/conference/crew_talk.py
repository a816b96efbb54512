"""A talk with several engines per job, and what its host is told of them."""

from __future__ import annotations

from dragoman.conference import Draft
from dragoman.errors import EngineFailed
from dragoman.events import EngineState
from dragoman.session import Session
from rooms import HOST, Room
from scripted import speech

REFUSED = EngineFailed("401", lasting=True)
DOWN = EngineFailed("connection lost")


async def talk(here: Room, *targets: str, engines: dict[str, str] | None = None, **options: object) -> Session:
    """A started session whose host listens."""
    chosen = {"engines": engines, **options} if engines else options
    session = await here.conference.create(Draft(HOST, "A talk", "en", targets or ("es",), chosen, None))
    await session.start()
    await session.join("host", HOST, language=None, since=None)
    return session


def words(here: Room) -> list[int]:
    """The numbers of all words that were captioned on the floor, whoever recognised them."""
    return [int(word[1:]) for _, text in here.ears.finals("host", "en") for word in text.split()]


def states(here: Room) -> list[tuple[str, str, str]]:
    return [(s.job, s.engine, s.reason) for s in here.ears.heard["host"] if isinstance(s, EngineState)]


def said(session: Session, numbers: range, *, rest: bool = True) -> None:
    """Each number as a sentence."""
    for number in numbers:
        session.audio("host", speech(number, 0) if rest else speech(number), position=None, seq=None)
