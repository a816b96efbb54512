"""What outlives a restart: the records of sessions, and the Protocol of whoever keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dragoman.speech import Entry, Final, Line, Segment


@dataclass(frozen=True, slots=True)
class Target:
    """A language that a session offers."""

    tag: str
    since: int = 0
    """translated are the segments after this id: a language added in mid-talk begins there"""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it is kept."""

    session_id: str
    """six digits"""
    name: str
    host: str
    """SHA-256 of the host's ClientId, hex: the secret itself is not kept"""
    source: str
    targets: tuple[Target, ...]
    created: int
    """ms since 1970"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """the other choices made in createSession, JSON"""
    passcode: str | None = None
    """salted hash, or None where none is needed"""
    active: bool = False
    started: bool = False
    """has been active at least once"""
    ended: int | None = None
    """ms since 1970"""
    used: int = 0
    """when it last changed or was spoken in, ms since 1970"""
    received: int = 0
    """floor position, samples: all before it is in a kept segment or held no speech"""
    said: str = ""
    """what is in kept segments of the speech after `received`, as it was recognised; see Final.said"""


class CodeTaken(Exception):
    """A session with this code exists."""


class JournalFailed(Exception):
    """It could not be kept or read (disk full, database locked, no such session). Nothing of the call was kept; the
    caller still has it and may try again."""


class Journal(Protocol):
    """Keeps sessions and what was said. A method that returns has committed.

    One writer; calls made while it is busy are committed together. Every method may raise JournalFailed.
    """

    async def create(self, record: SessionRecord) -> None:
        """Keep a new session. Raises CodeTaken."""

    async def update(self, record: SessionRecord) -> None:
        """Keep what a session has become, except `received` and `said`, which have their own ways."""

    async def append(self, session_id: str, final: Final, timestamp: int) -> Segment:
        """Keep a Final under the session's next id; `received` becomes final.safe, and `said` final.said, in the same
        transaction.

        timestamp: when the sample final.end arrived, ms since 1970.
        """

    async def lines(self, session_id: str, lines: Sequence[Line]) -> None:
        """Keep translations. A line that is already kept stays as it was; one whose segment was corrected or retracted
        meanwhile is not kept."""

    async def typed(self, session_id: str, texts: Sequence[str], position: int, timestamp: int) -> Sequence[Segment]:
        """Keep texts that the host wrote, under the session's next ids, all or none; `received` and `said` stay.

        position: where the floor is, samples. timestamp: when they were typed, ms since 1970.
        """

    async def retract(self, session_id: str, segment_id: int) -> None:
        """Forget what a segment says, in all languages; the segment itself stays, retracted."""

    async def correct(self, session_id: str, segment_id: int, text: str, language: str | None) -> None:
        """Keep what a segment should say: in a target language, or without one in the floor's. The lines that were
        made of the floor's old text are forgotten, those that were corrected are not.
        """

    async def received(self, session_id: str, position: int) -> None:
        """Keep that all before `position` is safe, and that no speech is open there; a position that is not greater
        than the kept one changes nothing."""

    async def spoken(self, session_id: str, segment_id: int, language: str, lag: int | None) -> None:
        """Keep that the avatar has said a line, and how far behind the floor it was (ms)."""

    async def condensed(self, session_id: str, segment_id: int, language: str) -> None:
        """Keep that a line was shown and not spoken."""

    async def find(self, session_id: str) -> SessionRecord | None:
        """The session, ended or not."""

    async def sessions(self) -> Sequence[SessionRecord]:
        """All sessions that have not ended, oldest first."""

    async def history(self, session_id: str) -> Sequence[Entry]:
        """All segments with their lines, in order of id."""

    async def delete(self, session_id: str) -> None:
        """Forget a session and all that was said in it. Nothing happens where there is none."""

    async def expired(self, *, ended_before: int, unstarted_before: int, idle_before: int) -> Sequence[str]:
        """Ids of sessions that ended before a time, were never started since their creation before a time, or
        were last used before a time (all ms since 1970)."""
