"""Pictures of every state of both pages, at three widths, in both schemes, and from right to left.

`make screenshots` writes them to screenshots/; `make screenshots ONLY=listener-start` those with that in their name.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import listener_pictures
from desk_states import TOURS, rooms
from dragoman.speech import FLOOR_RATE
from hosts import Host
from served import Server, serving, without_settings
from speech_data import recording, silence
from visitors import SCREENSHOTS, Visitor, Visitors, visitors, write_wav

SIZES = ((360, 740), (768, 1024), (1440, 900))
SCHEMES = ("light", "dark")


@dataclass
class Album:
    """Takes the pictures that are asked for."""

    server: Server
    crowd: Visitors
    wanted: tuple[str, ...]
    taken: list[str] = field(default_factory=list)

    def wants(self, *names: str) -> bool:
        return not self.wanted or any(part in name for part in self.wanted for name in names)

    def begins(self, name: str) -> bool:
        """Whether a picture may be wanted whose name begins so."""
        return not self.wanted or any(part in name or part.startswith(name) for part in self.wanted)

    async def take(
        self, visitor: Visitor, name: str, *, whole: bool = True, sizes: Sequence[tuple[int, int]] = SIZES
    ) -> None:
        """whole: all of the page, however long it is; else what the screen shows."""
        if not self.wants(name):
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        page = visitor.page
        for width, height in sizes:
            await page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                # Focus rings and colours have arrived by then.
                await asyncio.sleep(0.3)
                await page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=whole)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        await page.set_viewport_size({"width": SIZES[-1][0], "height": SIZES[-1][1]})
        self.taken.append(name)

    async def visit(self, path: str, locale: str = "en-US", script: str = "") -> Visitor:
        return await self.crowd.visit(f"{self.server.url}{path}", locale=locale, script=script)


# -- the speaker's page


async def desks(album: Album) -> None:
    """Each tour of the speaker's page (desk_states.py), from left to right and from right to left."""
    for tour in TOURS:
        name = f"speaker-{tour.__name__}"
        for suffix, locale in (("", "en-US"), ("-rtl", "ar")):
            if not album.begins(name):
                continue
            with tempfile.TemporaryDirectory() as folder:
                async with rooms(Path(folder), album.crowd) as here:
                    async for state in tour(here, locale):
                        await album.take(state.visitor, f"{name}-{state.name}{suffix}", whole=state.whole)


@asynccontextmanager
async def album(wanted: tuple[str, ...]) -> AsyncIterator[Album]:
    with tempfile.TemporaryDirectory() as folder:
        microphone = write_wav(Path(folder) / "talk.wav", [recording("two_cities").samples, silence(60)])
        environment = without_settings({"LOG_LEVEL": "warning"})
        with serving(Path(folder), environment=environment) as server:
            async with visitors(microphone) as crowd:
                crowd.forgiven += [
                    "status of 404",
                    "status of 501",
                    "GPU stall",
                    "ERR_FAILED",
                    "ERR_INTERNET",
                    "WebSocket connection",
                ]
                yield Album(server, crowd, wanted)


async def main(*wanted: str) -> None:
    async with album(wanted) as pictures:
        steps: list[Callable[[Album], Awaitable[None]]] = [listener_pictures.doors, desks]
        for step in steps:
            await step(pictures)
        if not wanted or any("listener" in part for part in wanted):
            host = await Host.create(pictures.server.url)
            await host.speak(recording("two_cities").samples[: 30 * FLOOR_RATE])
            await host.post("startTranslation")
            await listener_pictures.listeners(pictures, host)
            await host.post("endSession")
            await listener_pictures.ended(pictures, host.code)
        print(f"{len(pictures.taken)} states, in {SCREENSHOTS}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
