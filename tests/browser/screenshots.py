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
from dragoman.speech import FLOOR_RATE
from hosts import Host
from served import Server, serving, without_settings
from speech_data import recording, silence
from visitors import SCREENSHOTS, Visitor, Visitors, visitors, write_wav

SIZES = ((360, 740), (768, 1024), (1440, 900))
SCHEMES = ("light", "dark")
DESK = ("ready", "live", "help", "project", "correct", "end", "over", "check")


@dataclass
class Album:
    """Takes the pictures that are asked for."""

    server: Server
    crowd: Visitors
    wanted: tuple[str, ...]
    taken: list[str] = field(default_factory=list)

    def wants(self, *names: str) -> bool:
        return not self.wanted or any(part in name for part in self.wanted for name in names)

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
                await asyncio.sleep(0.3)
                await page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=whole)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        await page.set_viewport_size({"width": SIZES[-1][0], "height": SIZES[-1][1]})
        self.taken.append(name)

    async def visit(self, path: str, locale: str = "en-US", script: str = "") -> Visitor:
        return await self.crowd.visit(f"{self.server.url}{path}", locale=locale, script=script)


# -- the speaker's page


async def setting_up(album: Album) -> None:
    for suffix, locale in (("", "en-US"), ("-rtl", "ar")):
        names = [f"speaker-setup{suffix}", f"speaker-mistakes{suffix}", f"speaker-advanced{suffix}"]
        if not album.wants(*names):
            continue
        speaker = await album.visit("/speaker", locale)
        await speaker.see("#setup-form")
        await album.take(speaker, names[0])
        await speaker.page.click("#create")
        await album.take(speaker, names[1])
        await speaker.page.fill("#session-name", "Annual meeting")
        for tag in ("es", "fr", "it"):
            await speaker.page.check(f"#target-languages input[value={tag}]")
        for summary in ("#setup-terms", "#access", "#looks"):
            await speaker.page.click(f"{summary} summary")
        await album.take(speaker, names[2])


async def desks(album: Album) -> None:
    for suffix, locale in (("", "en-US"), ("-rtl", "ar")):
        names = [f"speaker-{what}{suffix}" for what in DESK]
        if album.wants(*names):
            await desk(album, suffix, locale)


async def desk(album: Album, suffix: str, locale: str) -> None:
    speaker = await album.visit("/speaker", locale)
    page = speaker.page
    await speaker.see("#setup-form")
    await page.fill("#session-name", "Annual meeting")
    for tag in ("es", "fr"):
        await page.check(f"#target-languages input[value={tag}]")
    await page.click("#create")
    await speaker.see("#desk")
    await album.take(speaker, f"speaker-ready{suffix}")
    if album.wants(f"speaker-check{suffix}"):
        await page.click("#check-toggle")
        await speaker.see("#check-heard", 60)
        await album.take(speaker, f"speaker-check{suffix}")
        await page.click("#check-toggle")
    await page.click("#toggle")
    await speaker.see("#passages > :nth-child(2)", 90)
    await album.take(speaker, f"speaker-live{suffix}", whole=False)
    await page.click("#toggle")
    await album.take(speaker, f"speaker-paused{suffix}")
    await page.click("#help")
    await album.take(speaker, f"speaker-help{suffix}", whole=False)
    await page.click("#help-close")
    await page.click("#project")
    await album.take(speaker, f"speaker-project{suffix}", whole=False)
    await page.click("#project-close")
    await page.locator(".passage .correct").first.click()
    await album.take(speaker, f"speaker-correct{suffix}", whole=False)
    await page.click("#correct-no")
    await page.click("#end")
    await album.take(speaker, f"speaker-end{suffix}", whole=False)
    await page.click("#end-yes")
    await speaker.see("#over")
    await speaker.see("#whole td")
    await album.take(speaker, f"speaker-over{suffix}")


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
        steps: list[Callable[[Album], Awaitable[None]]] = [listener_pictures.doors, setting_up, desks]
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
