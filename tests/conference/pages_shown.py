"""Who is in a session, and what their pages show of it."""

from __future__ import annotations

from uuid import uuid4

from dragoman.events import Caption, Event, SegmentCorrected, SegmentRetracted
from dragoman.session import Session
from rooms import HOST, Room


async def people(here: Room, session: Session, **languages: str) -> None:
    """The host, and listeners by name."""
    await session.join("host", HOST, language=None, since=None)
    for name, language in languages.items():
        await session.join(name, str(uuid4()), language=language, since=None)


def of(here: Room, socket: str, kind: type[Event]) -> list[Event]:
    return [event for event in here.ears.heard.get(socket, []) if isinstance(event, kind)]


def shown(here: Room, socket: str, language: str) -> dict[int, str]:
    """What a page of this socket shows in a language: finals as they came, corrected and retracted."""
    page: dict[int, str] = {}
    for event in here.ears.heard.get(socket, []):
        match event:
            case Caption(final=True) if event.language == language and not event.retracted:
                assert event.segment_id not in gone(here, socket, event), "a retracted line came out"
                page[event.segment_id] = event.text
            case SegmentCorrected() if event.language == language and event.segment_id in page:
                page[event.segment_id] = event.text
            case SegmentRetracted():
                page.pop(event.segment_id, None)
    return page


def gone(here: Room, socket: str, upto: Event) -> set[int]:
    before = here.ears.heard[socket][: here.ears.heard[socket].index(upto)]
    return {event.segment_id for event in before if isinstance(event, SegmentRetracted)}
