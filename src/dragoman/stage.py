"""The stage of one session: which languages are on air, and who watches which."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from dragoman.broadcast import Broadcast
from dragoman.cast import Cast, Reporter, Span
from dragoman.channel import Batch
from dragoman.direct import Direct
from dragoman.errors import Ended, Full, Unsupported
from dragoman.events import PaceHint
from dragoman.history import History
from dragoman.packets import Packet
from dragoman.studio import Studio

log = structlog.get_logger(__name__)

LINGER_SECONDS = 5.0
"""How long a language stays on air without viewers: who reloads the page, or changes there and back, finds it there."""
_HELD = ""
"""The source of a viewer that cannot receive yet."""
_LATEST = 50
"""Segments looked through for recent ones: nobody says more in RECENT_MS."""
HANDED_MS = 30_000
"""Who comes from an avatar of its own that broke off hears what was said since then, and this long ago at most: a page
may take some seconds, and some attempts, to come."""
RECENT_MS = 3000
"""A channel that opens begins with what was said this long ago at most: what somebody who was there would be hearing,
so that a restart of the server costs no sentence."""


class Viewer(Protocol):
    """A media peer."""

    def show(self, packets: Sequence[Packet]) -> None:
        """Hand these on. Called on the loop; never waits."""

    def over(self) -> None:
        """The session is over, or a newer peer of this client came: go."""


@dataclass(slots=True)
class _Place:
    """One viewer."""

    viewer: Viewer
    language: str
    """what it wants"""
    source: str | None = None
    """what it is shown: the old language until the new one has a key picture; nothing before the first"""


def after(shown: Mapping[str, int] | None, packets: Sequence[Packet]) -> Sequence[Packet]:
    """What a viewer is shown first of another channel, whose ticks are the same as those of the one it leaves.

    shown: media time of the last packet of each kind. Of a tick that was heard already the sound is left out, and its
    picture, which is needed, comes a sample later: a stamp that came before would make it part of the old picture.
    """
    if not shown:
        return packets
    pictures = [replace(p, at=max(p.at, shown.get("video", -1) + 1)) for p in packets if p.kind == "video"]
    return [*pictures, *(p for p in packets if p.kind == "audio" and p.at > shown.get("audio", -1))]


class Stage:
    """Broadcasts and their viewers. All decisions are made at the call. Owns the broadcasts' tasks; see `close`."""

    def __init__(
        self,
        session_id: str,
        history: History,
        *,
        cast: Cast,
        studio: Studio,
        span: Span,
        most: int,
        report: Reporter,
        now: Callable[[], int],
        since: Callable[[str], int] = lambda _tag: 0,
    ) -> None:
        """most: viewers at a time. now: ms since 1970. since: the last segment of which there is no line in a tag, for
        it was added then.
        """
        self._session_id = session_id
        self._history = history
        self._cast = cast
        self._studio = studio
        self._span = span
        self._most = most
        self._report = report
        self._now = now
        self._since = since
        self._places: dict[str, _Place] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._on_air: dict[str, Broadcast] = {}
        self._lingering: dict[str, asyncio.TimerHandle] = {}
        self._shown: dict[str, dict[str, int]] = {}
        """media times of the last packets by language and kind"""
        self._ending: set[asyncio.Task[None]] = set()
        self._over = False
        self._handed: dict[str, int] = {}
        """the last segment that clients heard whose own avatars are over"""
        self.direct: Direct | None = None
        """those whose avatar does not come from here"""
        if cast.direct is not None:
            self.direct = Direct(
                cast.direct,
                history,
                cast=cast,
                span=span,
                most=most,
                report=report,
                spoken=self.spoken,
                handed=lambda language: self._begins(language, HANDED_MS),
            )

    # -- who watches

    @property
    def introducing(self) -> Direct | None:
        """What connects a listener to an avatar of its own; None where it is to be shown the channel that is for all,
        if only for as long as those avatars do not answer.
        """
        return self.direct if self._cast.direct_now() else None

    def viewers(self) -> Mapping[str, int]:
        """Media peers by the language that they want."""
        here = Counter(place.language for place in self._places.values())
        return here + Counter(self.direct.viewers()) if self.direct is not None else here

    @property
    def on_air(self) -> tuple[str, ...]:
        """Languages whose avatar is drawn and encoded now."""
        return tuple(self._on_air)

    def attach(self, viewer_id: str, viewer: Viewer, language: str) -> None:
        """Give a viewer a place; the language goes on air if it is not yet. Nothing is shown before `renew`.

        language: offered tag. An older viewer of this id gives its place up. Raises Ended, Unsupported, Full.
        """
        if self._over:
            raise Ended("this session has ended; create a new one")
        self.check(language)
        before = self._places.get(viewer_id)
        if before is None and len(self._places) >= self._most:
            raise Full(f"all {self._most} places of this session are taken; try again when somebody has left")
        self._places[viewer_id] = _Place(viewer, language, source=_HELD)
        self._open(language, self._heard_by(viewer_id))
        if before is not None:
            before.viewer.over()
            self._unwatched(before.language)

    def check(self, language: str) -> None:
        """Raises Unsupported where no avatar speaks this offered tag."""
        if self._cast.voice_of(language) is None:
            raise Unsupported("no avatar speaks this language here; it has captions only")

    def renew(self, viewer_id: str) -> None:
        """The viewer can receive now: begin with the next key picture."""
        place = self._places.get(viewer_id)
        if place is not None:
            place.source = None
            self.request_key(viewer_id)

    def request_key(self, viewer_id: str) -> None:
        """The viewer cannot decode what it has."""
        place = self._places.get(viewer_id)
        broadcast = self._on_air.get(place.language) if place else None
        if broadcast is not None:
            broadcast.request_key()

    def tune(self, viewer_id: str, language: str) -> None:
        """Another language from its next key picture on; a tag that nobody speaks stops the picture."""
        if self.direct is not None:
            self.direct.tune(viewer_id, language)
        place = self._places.get(viewer_id)
        if place is None or place.language == language or self._over:
            return
        before, place.language = place.language, language
        if self._cast.voice_of(language) is not None:
            self._open(language)
            self.request_key(viewer_id)
        else:
            place.source = _HELD if place.source == _HELD else None
        self._unwatched(before)

    def detach(self, viewer_id: str, viewer: Viewer) -> None:
        """The viewer is gone. Idempotent; does nothing where another one has its place."""
        place = self._places.get(viewer_id)
        if place is not None and place.viewer is viewer:
            del self._places[viewer_id]
            self._unwatched(place.language)

    # -- what is on air

    def line_added(self, language: str) -> None:
        """The history has a further line."""
        if self.direct is not None:
            self.direct.line_added(language)
        broadcast = self._on_air.get(language)
        if broadcast is not None:
            broadcast.line_added()

    def retract(self, segment_id: int) -> None:
        """The host took this back: no avatar says it any more."""
        if self.direct is not None:
            self.direct.retract(segment_id)
        for broadcast in self._on_air.values():
            broadcast.retract(segment_id)

    def corrected(self, language: str, segment_id: int) -> None:
        """A line has another text."""
        broadcast = self._on_air.get(language)
        if broadcast is not None:
            broadcast.corrected(segment_id)

    @property
    def lags(self) -> Mapping[str, int]:
        """How far the avatars on air were behind with what they said last, ms by language."""
        return {tag: broadcast.lag for tag, broadcast in self._on_air.items() if broadcast.lag is not None}

    def recast(self) -> None:
        """Another face is at work: every language on air changes its presenter."""
        for broadcast in self._on_air.values():
            broadcast.recast()
        direct = self.direct
        if direct is not None and not self._cast.direct_still():
            # Their connections end; pages come back, and are shown the channel that is for all, which says again what
            # broke off.
            self.direct = None
            self._handed = direct.all_heard()
            task = asyncio.create_task(direct.close(), name=f"direct listeners {self._session_id}")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def hints(self) -> Sequence[PaceHint]:
        """What the speaker is asked for now."""
        return [hint for broadcast in self._on_air.values() if (hint := broadcast.hint()) is not None]

    def _heard_by(self, client: str) -> int | None:
        """The last segment that a client was said by an avatar of its own; None where it had none."""
        here = self.direct.heard(client) if self.direct is not None else None
        return self._handed.get(client) if here is None else here

    def _open(self, language: str, heard: int | None = None) -> None:
        """heard: the last segment that who opens it has heard elsewhere."""
        timer = self._lingering.pop(language, None)
        if timer is not None:
            timer.cancel()
        if language in self._on_air:
            return
        broadcast = Broadcast(
            language,
            self._history,
            cast=self._cast.into(language),
            studio=self._studio,
            span=self._span,
            since=self.spoken(language) if heard is None else max(heard, self._begins(language, HANDED_MS)),
            deliver=lambda batch: self._deliver(language, batch),
            report=self._report,
        )
        self._on_air[language] = broadcast
        self._tasks[language] = asyncio.create_task(broadcast.run(), name=f"channel {self._session_id} {language}")
        log.info("on air", session=self._session_id, language=language)

    def spoken(self, language: str) -> int:
        """The last segment that an avatar of this tag which begins now leaves out."""
        return self._begins(language, RECENT_MS)

    def _begins(self, language: str, span: int) -> int:
        """The last segment that is older than so many ms, or that the language does not have."""
        since = self._now() - span
        recent = [entry.segment.id for entry in self._history.latest(_LATEST) if entry.segment.timestamp >= since]
        return max(min(recent, default=self._history.last_id + 1) - 1, self._since(language))

    def _unwatched(self, language: str) -> None:
        watched = any(place.language == language for place in self._places.values())
        if not watched and language in self._on_air and language not in self._lingering:
            loop = asyncio.get_running_loop()
            self._lingering[language] = loop.call_later(LINGER_SECONDS, self._close, language)

    def _close(self, language: str) -> None:
        self._lingering.pop(language, None)
        broadcast = self._on_air.pop(language, None)
        if broadcast is not None:
            broadcast.over()
        task = self._tasks.pop(language, None)
        if task is not None:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            log.info("off air", session=self._session_id, language=language)

    def _deliver(self, language: str, batch: Batch) -> None:
        if not batch.packets:
            return
        key = any(packet.key for packet in batch.packets if packet.kind == "video")
        for place in tuple(self._places.values()):
            if place.source == language:
                place.viewer.show(batch.packets)
            elif key and place.language == language and place.source != _HELD:
                place.viewer.show(after(self._shown.get(place.source or ""), batch.packets))
                place.source = language
        shown = self._shown.setdefault(language, {})
        shown.update({packet.kind: packet.at for packet in batch.packets})

    async def close(self) -> None:
        """The session is over or the server stops: viewers go, all work ends. Idempotent."""
        self._over = True
        places, self._places = tuple(self._places.values()), {}
        for place in places:
            place.viewer.over()
        for timer in self._lingering.values():
            timer.cancel()
        for language in tuple(self._on_air):
            self._close(language)
        if self.direct is not None:
            await self.direct.close()
        await asyncio.gather(*self._ending, return_exceptions=True)
