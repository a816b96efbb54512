"""People in front of browsers that speak a standard instead of Playwright's protocol: what they see and press."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

_WORDS = Path(__file__).resolve().parents[2] / "web" / "src" / "words"
PATIENCE = 40.0
"""Seconds to wait for what must come, on a machine that is busy with other tests."""
_POLL = 0.1


@cache
def words(language: str) -> dict[str, str]:
    """What the pages say in this language, by key."""
    said: dict[str, str] = json.loads((_WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return said


class Window(Protocol):
    """What a protocol can do in one window of its browser."""

    async def goto(self, url: str) -> None:
        """Load this; returns when it is loaded."""

    async def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""

    async def find(self, role: str, name: str) -> Any | None:
        """The element that assistive technology is told of by this role and name; None where there is none."""

    async def click(self, element: Any) -> None:
        """Press it, as a pointer does."""

    async def type(self, element: Any, text: str) -> None:
        """Give it the focus and press these keys."""


class NotThere(AssertionError):
    """What should have come did not."""


@dataclass
class Onlooker:
    """One person in front of one window."""

    window: Window
    url: str
    """the page's"""
    wrong: list[str] = field(default_factory=list)
    """errors and warnings of the console, uncaught exceptions, requests to another host"""

    def asked(self, url: str) -> None:
        """Note a request that the page made."""
        address = urlsplit(url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"a request to {url}")

    async def ask(self, function: str, *arguments: Any) -> Any:
        """What a JavaScript function answers to these arguments; both are values of JSON."""
        given = ", ".join(json.dumps(argument) for argument in arguments)
        return await self.window.run(f"({function})({given})")

    async def until(self, function: str, *arguments: Any, seconds: float = PATIENCE) -> None:
        """Wait until a JavaScript function answers something that counts as true there."""
        deadline = time.monotonic() + seconds
        while not await self.ask(f"async (...given) => Boolean(await ({function})(...given))", *arguments):
            if time.monotonic() > deadline:
                raise NotThere(f"{function} {arguments} on: {await self._shown()}")
            await asyncio.sleep(_POLL)

    async def see(self, selector: str) -> None:
        """Wait until this is visible."""
        await self.until("at => document.querySelector(at)?.checkVisibility()", selector)

    async def read(self, selector: str, text: str) -> None:
        """Wait until this text stands visibly in the element."""
        await self.until(
            "(at, text) => { const it = document.querySelector(at);"
            " return it?.checkVisibility() && it.textContent.includes(text); }",
            selector,
            text,
        )

    async def text(self, selector: str) -> str:
        """The element's text."""
        found: str = await self.ask("at => document.querySelector(at).textContent", selector)
        return found

    async def press(self, role: str, name: str) -> None:
        """Press what has this role and name, as soon as it is there."""
        await self.window.click(await self._found(role, name))

    async def write(self, role: str, name: str, text: str) -> None:
        """Type into what has this role and name."""
        await self.window.type(await self._found(role, name), text)

    async def choose(self, selector: str, value: str) -> None:
        """Take another option of a list of options."""
        await self.until("(at, value) => [...document.querySelector(at).options].some(one => one.value === value)",
                         selector, value)  # fmt: skip
        await self.ask(
            """(at, value) => {
                const list = document.querySelector(at);
                list.value = value;
                for (const event of ["input", "change"]) list.dispatchEvent(new Event(event, { bubbles: true }));
            }""",
            selector,
            value,
        )

    async def _shown(self) -> str:
        return f"{await self.ask('() => document.body.innerText')}; wrong: {self.wrong}"

    async def _found(self, role: str, name: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while (element := await self.window.find(role, name)) is None:
            if time.monotonic() > deadline:
                raise NotThere(f"no {role} {name!r} on: {await self._shown()}")
            await asyncio.sleep(_POLL)
        return element

    async def standing(self, count: int, language: str = "") -> None:
        """Wait until this many captions stand, all of this language where one is named."""
        await self.until(
            """(count, language) => {
                const all = [...document.querySelectorAll("#captions > li:not(.growing)")];
                return all.length >= count && (!language || all.every(one => one.firstChild.lang === language));
            }""",
            count,
            language,
        )

    async def captions(self) -> list[tuple[int, str, str]]:
        """Segment id, language and text of every caption that stands, from top to bottom."""
        found = await self.ask(
            """() => [...document.querySelectorAll("#captions > li:not(.growing)")]
                .map(item => [Number(item.dataset.segment), item.firstChild.lang, item.firstChild.textContent])"""
        )
        return [(number, language, text) for number, language, text in found]
