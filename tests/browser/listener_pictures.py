"""Pictures of the listener's page in every state, on a phone, a tablet and a desk; a few at 400 %.

What goes wrong is made to go wrong in the browser: the page, the server and the talk are the real ones.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hosts import Host
from media import NO_SOUND
from served import serving, without_settings
from visitors import Visitor

if TYPE_CHECKING:
    from screenshots import Album

SAYING = " ".join(["The committee has agreed on the new plan for the coming year, and the work begins in spring."] * 4)
"""Long enough to be said while pictures are taken."""
ZOOMED = ((320, 256),)
"""What is left of 1280 by 1024 at 400 %."""
WAYS = (("", "en-US", "?language=es"), ("-rtl", "ar", ""))
"""Suffix of the pictures' names, the browser's language, what is asked for."""
NO_WEBRTC = "delete window.RTCPeerConnection;"
NO_H264 = """
    const all = RTCRtpReceiver.getCapabilities;
    RTCRtpReceiver.getCapabilities = kind => {
        const found = all.call(RTCRtpReceiver, kind);
        return { ...found, codecs: found.codecs.filter(({ mimeType }) => !mimeType.endsWith("H264")) };
    };
"""
NO_WAY = """
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(how) { super({ ...how, iceServers: [], iceTransportPolicy: "relay" }); }
    };
"""
"""A network that lets no media through, straight or by a relay."""
NO_SCRIPT = "**/static/listener.js*"


# -- what stands before a session


async def doors(album: Album) -> None:
    for suffix, locale, _ in WAYS:
        await door(album, f"listener-code{suffix}", "/listener", locale, "#code-form")
        await door(album, f"listener-none{suffix}", "/listener/000000", locale, "#code-form")
    if album.wants("listener-passcode", "listener-wrong"):
        host = await Host.create(album.server.url, passcode="open sesame")
        guest = await door(album, "listener-passcode", f"/listener/{host.code}", "en-US", "#passcode-form", low=True)
        await guest.page.fill("#passcode", "open barley")
        await guest.page.click("#passcode-form button")
        await guest.told("#door-sentence", "door.passcode.wrong")
        await album.take(guest, "listener-wrong")
    if album.wants("listener-full", "listener-waits"):
        await full(album)
    if album.wants("listener-failed"):
        guest = await album.visit("/listener", "en-US")
        await guest.page.route("**/api/getSession/**", lambda route: route.abort())
        await guest.page.goto(f"{album.server.url}/listener/123456")
        await guest.see("#again")
        await album.take(guest, "listener-failed")


async def door(album: Album, name: str, path: str, locale: str, until: str, *, low: bool = False) -> Visitor:
    guest = await album.visit(path, locale)
    await guest.see(until)
    await album.take(guest, name)
    if low:
        await album.take(guest, f"{name}-zoomed", sizes=ZOOMED)
    return guest


async def full(album: Album) -> None:
    """On a server with a single place."""
    with (
        TemporaryDirectory() as folder,
        serving(Path(folder), environment=without_settings({"MAX_LISTENERS": "1"})) as small,
    ):
        host = await Host.create(small.url)
        first = await album.crowd.visit(f"{small.url}/listener/{host.code}")
        await first.see("#watch")
        second = await album.crowd.visit(f"{small.url}/listener/{host.code}")
        await second.told("#door-title", "door.full")
        await album.take(second, "listener-full")
        for visitor in (first, second):
            await visitor.page.context.close()


async def ended(album: Album, code: str) -> None:
    for suffix, locale, _ in WAYS:
        await door(album, f"listener-ended{suffix}", f"/listener/{code}", locale, "#transcripts a", low=not suffix)


# -- the talk, which has been going on for a while


async def listeners(album: Album, host: Host) -> None:
    for suffix, locale, query in WAYS:
        for name, scene in SCENES.items():
            if album.wants(*(f"listener-{one}{suffix}" for one in (name, *scene.more))):
                visit = Visit(album, host, f"/listener/{host.code}{query}", locale, suffix)
                await scene.play(visit)


@dataclass(frozen=True)
class Visit:
    """One listener in front of a camera."""

    album: Album
    host: Host
    path: str
    locale: str
    suffix: str

    async def come(self, script: str = "") -> Visitor:
        return await self.album.visit(self.path, self.locale, script)

    async def take(self, guest: Visitor, name: str, *, low: bool = False, whole: bool = False) -> None:
        await self.album.take(guest, f"listener-{name}{self.suffix}", whole=whole)
        if low:
            await self.album.take(guest, f"listener-{name}{self.suffix}-zoomed", sizes=ZOOMED, whole=False)


@dataclass(frozen=True)
class Scene:
    play: Callable[[Visit], Awaitable[None]]
    more: tuple[str, ...] = ()
    """names of pictures that it takes beside the one by which it is known"""


async def coming(visit: Visit) -> None:
    """What the page's own text shows, before its script is there."""
    guest = await visit.album.visit("/listener", visit.locale)
    await guest.page.route(NO_SCRIPT, lambda route: route.abort())
    await guest.page.goto(f"{visit.album.server.url}{visit.path}")
    await visit.take(guest, "coming")


async def start(visit: Visit) -> None:
    guest = await visit.come()
    await guest.see("#watch")
    await visit.take(guest, "start", low=True, whole=True)


async def talk(visit: Visit) -> None:
    """From the first tap on."""
    guest = await visit.come()
    page = guest.page
    await page.click("#watch")
    await guest.see('#stage[data-sign="playing"]', 40)
    await visit.host.say(SAYING)
    await guest.see("#line > .spoken", 40)
    await visit.take(guest, "avatar", low=True)
    await asyncio.sleep(5)
    await visit.take(guest, "resting")
    await page.mouse.move(200, 200)
    await page.click("#more-toggle")
    await visit.take(guest, "settings", low=True)
    await page.click("#more-close")
    await page.click("#history-toggle")
    await visit.take(guest, "history", low=True)
    await reading(visit, guest)
    await page.click("#history-close")
    for mode in ("sound", "captions"):
        await page.click("#more-toggle")
        await page.check(f"#modes [value={mode}]")
        await page.click("#more-close")
        await visit.host.say("The next item is the budget.")
        await guest.see("#line > .line-text:not(:empty)", 40)
        await visit.take(guest, mode, low=True)


async def reading(visit: Visit, guest: Visitor) -> None:
    """The history with its search, with the speaker's own words, and scrolled back."""
    page = guest.page
    await page.click("#search-toggle")
    await page.fill("#search", "era")
    await visit.take(guest, "search")
    await page.click("#search-toggle")
    await page.click("#originals")
    await page.evaluate("document.querySelector('#scroller').scrollTop = 0")
    await asyncio.sleep(0.3)
    await visit.take(guest, "originals")
    await page.click("#originals")
    await page.click("#downloads-toggle")
    await visit.take(guest, "downloads")
    await page.click("#downloads-toggle")


async def voiceless(visit: Visit) -> None:
    """The floor's own language: nobody speaks it again."""
    guest = await visit.come()
    await guest.page.select_option("#language", "en")
    await guest.page.click("#watch")
    await guest.see("#voiceless")
    await visit.take(guest, "voiceless")


async def large(visit: Visit) -> None:
    guest = await visit.come()
    await guest.page.click("#watch")
    await guest.see('#stage[data-sign="playing"]', 40)
    await guest.page.click("#more-toggle")
    await guest.page.fill("#size", "5")
    await guest.page.click("#more-close")
    await visit.host.say(SAYING)
    await guest.see("#line > .spoken", 40)
    await visit.take(guest, "large", low=True)


async def blocked_autoplay(visit: Visit) -> None:
    guest = await visit.come(f"({NO_SOUND})()")
    await guest.page.click("#watch")
    await guest.see("#hear", 40)
    await guest.see('#stage[data-sign="playing"]', 40)
    await visit.take(guest, "hear", low=True)


async def blocked_network(visit: Visit) -> None:
    guest = await visit.come(NO_WAY)
    await guest.page.click("#watch")
    await guest.see('#stage[data-sign="connecting"]', 40)
    await visit.take(guest, "connecting")
    await guest.see('#stage[data-sign="blocked"]', 120)
    await visit.take(guest, "blocked")


async def reconnecting(visit: Visit) -> None:
    guest = await visit.come()
    await guest.page.click("#watch")
    await guest.see('#stage[data-sign="playing"]', 40)
    await guest.page.context.set_offline(True)
    # Media does not go through the network that the browser cuts: the server stops to send.
    visit.album.server.process.send_signal(signal.SIGSTOP)
    try:
        await guest.see('#connection[data-state="lost"]', 60)
        await guest.see('#stage[data-sign="interrupted"]', 60)
        await visit.take(guest, "reconnecting", low=True)
    finally:
        visit.album.server.process.send_signal(signal.SIGCONT)
    await guest.page.context.set_offline(False)
    await guest.see('#connection[data-state="connected"]', 60)


async def old_browser(visit: Visit) -> None:
    guest = await visit.come(NO_WEBRTC)
    await guest.see("#limits")
    await visit.take(guest, "old-browser", whole=True)


async def no_picture(visit: Visit) -> None:
    guest = await visit.come(NO_H264)
    await guest.see("#limits")
    await visit.take(guest, "no-picture", whole=True)


SCENES: dict[str, Scene] = {
    "coming": Scene(coming),
    "start": Scene(start),
    "avatar": Scene(talk, ("resting", "settings", "history", "search", "originals", "downloads", "sound", "captions")),
    "large": Scene(large),
    "voiceless": Scene(voiceless),
    "hear": Scene(blocked_autoplay),
    "connecting": Scene(blocked_network, ("blocked",)),
    "reconnecting": Scene(reconnecting),
    "old-browser": Scene(old_browser),
    "no-picture": Scene(no_picture),
}
