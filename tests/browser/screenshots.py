"""Pictures of every state of both pages, at three widths, in both schemes, and from right to left.

`make screenshots` writes them to screenshots/; `make screenshots ONLY=listener-start` those with that in their name.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from desk_states import TOURS, rooms
from dragoman.speech import FLOOR_RATE
from hosts import Host
from served import Server, serving, without_settings
from speech_data import recording, silence
from visitors import SCREENSHOTS, Visitor, Visitors, visitors, write_wav

SIZES = ((360, 740), (768, 1024), (1440, 900))
SCHEMES = ("light", "dark")
SAYING = " ".join(["The committee has agreed on the new plan for the coming year, and the work begins in spring."] * 4)
"""Long enough to be said while pictures are taken."""
STATES = ("avatar", "resting", "settings", "history", "sound", "captions")
NO_WEBRTC = "delete window.RTCPeerConnection;"


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

    async def take(self, visitor: Visitor, name: str, *, whole: bool = True) -> None:
        """whole: all of the page, however long it is; else what the screen shows."""
        if not self.wants(name):
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        page = visitor.page
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                # Focus rings and colours have arrived by then.
                await asyncio.sleep(0.3)
                await page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=whole)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        self.taken.append(name)

    async def visit(self, path: str, locale: str = "en-US", script: str = "") -> Visitor:
        return await self.crowd.visit(f"{self.server.url}{path}", locale=locale, script=script)


# -- the listener's page


async def doors(album: Album) -> None:
    """What stands before a session."""
    if album.wants("listener-code"):
        await album.take(await album.visit("/listener"), "listener-code")
    if album.wants("listener-none"):
        guest = await album.visit("/listener/000000")
        await guest.see("#code-form")
        await album.take(guest, "listener-none")
    if album.wants("listener-passcode"):
        host = await Host.create(album.server.url, passcode="open sesame")
        guest = await album.visit(f"/listener/{host.code}")
        await guest.see("#passcode-form")
        await album.take(guest, "listener-passcode")


async def ended(album: Album, code: str) -> None:
    guest = await album.visit(f"/listener/{code}")
    await guest.see("#transcripts a")
    await album.take(guest, "listener-ended")


async def listeners(album: Album, host: Host) -> None:
    """From the first tap on; the talk has been going on for a while."""
    code = host.code
    for suffix, locale in (("", "en-US"), ("-rtl", "ar")):
        path = f"/listener/{code}" + ("?language=es" if not suffix else "")
        if album.wants(f"listener-start{suffix}"):
            guest = await album.visit(path, locale)
            await guest.see("#watch")
            await album.take(guest, f"listener-start{suffix}")
        names = [f"listener-{what}{suffix}" for what in STATES]
        if album.wants(*names):
            guest = await album.visit(path, locale)
            await watching(album, guest, host, suffix)
    if album.wants("listener-old-browser"):
        guest = await album.visit(f"/listener/{code}?language=es", script=NO_WEBRTC)
        await guest.see("#limits")
        await album.take(guest, "listener-old-browser")


async def watching(album: Album, guest: Visitor, host: Host, suffix: str) -> None:
    page = guest.page
    await page.click("#watch")
    await guest.see('#stage[data-sign="playing"]', 40)
    await host.say(SAYING)
    await guest.see("#line > .spoken", 40)
    await album.take(guest, f"listener-avatar{suffix}", whole=False)
    await asyncio.sleep(5)
    await album.take(guest, f"listener-resting{suffix}", whole=False)
    await page.mouse.move(200, 200)
    await page.click("#more-toggle")
    await album.take(guest, f"listener-settings{suffix}", whole=False)
    await page.click("#more-close")
    await page.click("#history-toggle")
    await album.take(guest, f"listener-history{suffix}", whole=False)
    await page.click("#history-close")
    for mode in ("sound", "captions"):
        await page.click("#more-toggle")
        await page.check(f"#modes [value={mode}]")
        await page.click("#more-close")
        await host.say("The next item is the budget.")
        await guest.see("#line > .line-text:not(:empty)", 40)
        await album.take(guest, f"listener-{mode}{suffix}", whole=False)


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
                crowd.forgiven += ["status of 404", "status of 501", "GPU stall"]
                yield Album(server, crowd, wanted)


async def main(*wanted: str) -> None:
    async with album(wanted) as pictures:
        steps: list[Callable[[Album], Awaitable[None]]] = [doors, desks]
        for step in steps:
            await step(pictures)
        if not wanted or any("listener" in part for part in wanted):
            host = await Host.create(pictures.server.url)
            await host.speak(recording("two_cities").samples[: 30 * FLOOR_RATE])
            await host.post("startTranslation")
            await listeners(pictures, host)
            await host.post("endSession")
            await ended(pictures, host.code)
        print(f"{len(pictures.taken)} states, in {SCREENSHOTS}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
