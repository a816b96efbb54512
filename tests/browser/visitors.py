"""People in front of a real Chromium, and what they see."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from playwright.async_api import Browser, ConsoleMessage, Page, TimeoutError, async_playwright

from dragoman.speech import FLOOR_RATE

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"
CHROMIUM = "/usr/bin/chromium"
_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PLAIN = "phone.test"
"""A name that the browser finds on this machine, and does not trust without HTTPS: what a phone on the network is."""
FLAGS = (
    f"--host-resolver-rules=MAP {PLAIN} 127.0.0.1",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
_PEERS = """
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...how) {
            super(...how);
            window.peers.push(this);
        }
    };
"""
"""Keeps the peers that a page makes, so that a test can ask them."""
_SHOWN = """() => ({
    words: document.body.innerText.slice(0, 2000),
    captions: document.querySelector("#captions")?.textContent.slice(0, 2000),
    connection: document.querySelector("#connection")?.dataset.state,
    fetched: performance.getEntriesByType("resource").map(one => [one.name, one.startTime | 0, one.responseEnd | 0]),
    now: performance.now() | 0,
})"""
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SIZES = ((360, 740), (1440, 900))


@dataclass
class Visitor:
    """One person's page, and what went wrong on it."""

    page: Page
    host: str
    """host and port that the page may talk to"""
    wrong: list[str] = field(default_factory=list)
    """console errors, uncaught exceptions, requests to another host"""

    def watch(self) -> None:
        """From here on note what goes wrong."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda line: self._asked(line.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            # A resource that failed is named beside the message only.
            self.wrong.append(f"{message.text} {message.location['url']}")

    def _asked(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.wrong.append(f"a request to {url}")

    async def another(self) -> Visitor:
        """The same person opens the same page once more."""
        other = Visitor(await self.page.context.new_page(), self.host, self.wrong)
        other.watch()
        await other.page.goto(self.page.url)
        return other

    async def see(self, selector: str, seconds: float = 20) -> None:
        """Wait until this is visible."""
        async with self._telling():
            await self.page.wait_for_selector(selector, timeout=seconds * 1000)

    async def there(self, selector: str, seconds: float = 20) -> None:
        """Wait until this is on the page, whether it is shown or not."""
        async with self._telling():
            await self.page.wait_for_selector(selector, state="attached", timeout=seconds * 1000)

    async def told(self, selector: str, words: str, seconds: float = 20) -> None:
        """Wait until the element says the words with this key (web/src/words), in whatever language the page is."""
        await self.see(f'{selector}[data-words="{words}"]:not(:empty)', seconds)

    async def read(self, selector: str, text: str, seconds: float = 20) -> None:
        """Wait until this text stands in the element."""
        await self.until(
            "([at, text]) => document.querySelector(at).textContent.includes(text)", [selector, text], seconds
        )

    async def until(self, condition: str, argument: Any = None, seconds: float = 20) -> None:
        """Wait until a JavaScript function gives true. Asks from outside: the pages forbid `eval`."""
        async with self._telling():
            await self.page.wait_for_function(condition, arg=argument, timeout=seconds * 1000, polling=100)

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[None]:
        """Where what is waited for does not come, the failure says what the page shows instead."""
        try:
            yield
        except TimeoutError as error:
            try:
                async with asyncio.timeout(5):
                    error.add_note(f"{self.page.url} shows: {await self.page.evaluate(_SHOWN)}")
            except Exception as silent:  # noqa: BLE001  # whatever it is, the failure itself is to be seen
                error.add_note(f"{self.page.url} does not say what it shows: {silent!r}")
            error.add_note(f"went wrong there: {self.wrong}")
            raise

    async def text(self, selector: str) -> str:
        """The element's text, also where it is not shown."""
        return await self.page.locator(selector).text_content() or ""

    async def captions(self, *, final: bool = True) -> list[tuple[int, str, str]]:
        """Segment id, language and text of every caption, from top to bottom."""
        found = await self.page.evaluate(
            """final => [...document.querySelectorAll("#captions > li")]
                .filter(item => !final || !item.classList.contains("growing"))
                .map(item => [Number(item.dataset.segment), item.firstChild.lang, item.firstChild.textContent])""",
            final,
        )
        return [(number, language, text) for number, language, text in found]

    async def passages(self) -> list[dict[str, Any]]:
        """What the speaker sees: id, the text heard, the translations by language."""
        found: list[dict[str, Any]] = await self.page.evaluate(
            """() => [...document.querySelectorAll("#passages > li")].map(item => ({
                id: Number(item.dataset.segment),
                growing: item.classList.contains("growing"),
                heard: item.querySelector(".heard").textContent,
                lines: Object.fromEntries([...item.querySelectorAll("[data-language]")].map(
                    row => [row.dataset.language, row.querySelector("dd").firstChild.textContent])),
            }))"""
        )
        return found

    async def picture(self, name: str) -> None:
        """Screenshots on a phone and on a desk, light and dark. The page must not be wider than the screen."""
        before = self.page.viewport_size
        SCREENSHOTS.mkdir(exist_ok=True)
        for width, height in _SIZES:
            await self.page.set_viewport_size({"width": width, "height": height})
            for scheme in _SCHEMES:
                await self.page.emulate_media(color_scheme=scheme)
                await self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
        await self.page.emulate_media(color_scheme="light")
        if before:
            await self.page.set_viewport_size(before)

    async def accessible(self, *, contrast: bool = False) -> None:
        """Nothing that axe-core can find stands between this page and somebody who hears, tabs or zooms it.

        contrast: only of colours, where all else has been looked at.
        """
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(f"{_AXE.read_text(encoding='utf-8')}\n;undefined")
        found = await self.page.evaluate(
            """async rules => (await axe.run({ runOnly: rules }))
                .violations
                .map(rule => `${rule.help}: ${rule.nodes.map(node => node.html).join(" ")}`)""",
            ["color-contrast"] if contrast else ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        )
        assert not found, found


@dataclass
class Visitors:
    """Everybody in front of one browser; each in a profile of their own."""

    browser: Browser
    everybody: list[Visitor] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    """what the browser itself remarks on in this test: parts of its messages"""

    async def visit(self, url: str, *, width: int = 1440, locale: str = "en-US", script: str = "") -> Visitor:
        """Somebody new opens this address. script: runs in the page before its own do."""
        context = await self.browser.new_context(viewport={"width": width, "height": 800}, locale=locale)
        await context.add_init_script(_PEERS + script)
        visitor = Visitor(await context.new_page(), urlsplit(url).netloc)
        visitor.watch()
        self.everybody.append(visitor)
        await visitor.page.goto(url)
        return visitor


@asynccontextmanager
async def visitors(microphone: Path | None = None, *flags: str) -> AsyncIterator[Visitors]:
    """A browser, and a check at the end that nothing went wrong on any page. microphone: what it hears, a WAV file.

    flags: of Chromium's command line, for a browser or a network that is not like others.
    """
    heard = [f"--use-file-for-fake-audio-capture={microphone}%noloop"] if microphone else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *heard, *flags])
        try:
            crowd = Visitors(browser)
            yield crowd
            wrong = [one for visitor in crowd.everybody for one in visitor.wrong]
            wrong = [one for one in wrong if not any(part in one for part in crowd.forgiven)]
            assert not wrong, wrong
        finally:
            await browser.close()


def write_wav(path: Path, parts: Sequence[npt.NDArray[np.int16]]) -> Path:
    """Sound at FLOOR_RATE, each part of shape (n,), as a file that a microphone can play."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(FLOOR_RATE)
        for part in parts:
            file.writeframes(part.astype("<i2").tobytes())
    return path
