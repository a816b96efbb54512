"""Who says the next line: the presenter who speaks by itself, or the drawn one who stands in while it is not there.

They change between lines only. A line that broke off in the middle is said again, once, by whoever is there then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dragoman.clock import MediaClock
from dragoman.engines.protocols import FaceStream, Presenter, Said
from dragoman.packets import Picture
from dragoman.speech import MEDIA_RATE

PATIENCE = 2 * MEDIA_RATE
"""Media samples from when it was missed first for which lines wait for the presenter; while it stays away, later ones
are not held up again."""
NEAR = MEDIA_RATE // 2
"""Media samples before the end of what the channel has, from which on the presenter can be asked for the next line: its
pictures are kept for a little more than that."""


class StandIn:
    """One channel's two presenters. On the event loop; what draws is `Stage`."""

    def __init__(self, presenter: Presenter, clock: MediaClock) -> None:
        self._presenter = presenter
        self._clock = clock
        self._missed: int | None = None
        """media time since which the presenter is not there"""

    async def speaker(self, latest: int | None) -> Presenter | None:
        """The presenter, where it is there in time for a line that must begin by media time `latest`; else None."""
        now = self._clock.now()
        if self._presenter.ready:
            self._missed = None
        elif self._missed is None:
            self._missed = now
        wait = 0 if self._missed is None else self._missed + PATIENCE - now
        if latest is not None:
            # The one who stands in needs some time too.
            wait = min(wait, latest - now - PATIENCE // 2)
        there = await self._presenter.awaited(max(0, wait) / MEDIA_RATE)
        if there:
            self._missed = None
        return self._presenter if there else None


@asynccontextmanager
async def staged(
    presenter: Presenter | None, drawn: FaceStream, clock: MediaClock
) -> AsyncIterator[tuple[FaceStream, StandIn | None]]:
    """Who is drawn, and who decides who speaks: None where there is one presenter only, the drawn one."""
    if presenter is None:
        yield drawn, None
        return
    being_there = asyncio.create_task(presenter.run(), name="presenter")
    try:
        yield Doubled(presenter, drawn), StandIn(presenter, clock)
    finally:
        being_there.cancel()
        await asyncio.gather(being_there, return_exceptions=True)


class Doubled:
    """A FaceStream: the presenter's picture, and the drawn one's where there is none."""

    def __init__(self, presenter: Presenter, drawn: FaceStream) -> None:
        self._presenter = presenter
        self._drawn = drawn

    def draw(self, at: int, said: Sequence[Said]) -> Picture:
        """As FaceStream.draw."""
        picture = self._presenter.draw(at, said)
        return self._drawn.draw(at, said) if picture is None else picture
