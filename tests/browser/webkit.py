"""Debian's WebKit in its small browser, driven by WebDriver on a screen that nobody sees."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_DRIVER = Path("/usr/bin/WebKitWebDriver")
_SCREEN = Path("/usr/bin/Xvfb")
_BROWSER = Path("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
PRESENT = all(path.exists() for path in (_DRIVER, _SCREEN, _BROWSER))
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""By this key an element is told (W3C WebDriver, 12)."""


@dataclass
class WebKit:
    """A running browser with one window."""

    http: httpx.AsyncClient
    session: str

    async def ask(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.http.post(f"/session/{self.session}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    async def open(self, url: str) -> None:
        await self.ask("url", {"url": url})

    async def run(self, function: str, *given: str) -> Any:
        """What a JavaScript function gives."""
        return await self.ask("execute/sync", {"script": f"return ({function})(...arguments);", "args": list(given)})

    async def until(self, function: str, *given: str, seconds: float = 30) -> Any:
        """Wait until a function gives something true; what it gave."""
        async with asyncio.timeout(seconds):
            while not (found := await self.run(function, *given)):
                await asyncio.sleep(0.1)
        return found

    async def _element(self, selector: str) -> str:
        await self.until("at => document.querySelector(at)?.getClientRects().length > 0", selector)
        return str((await self.ask("element", {"using": "css selector", "value": selector}))[_ELEMENT])

    async def click(self, selector: str) -> None:
        await self.ask(f"element/{await self._element(selector)}/click", {})

    async def fill(self, selector: str, text: str) -> None:
        await self.ask(f"element/{await self._element(selector)}/value", {"text": text})


@asynccontextmanager
async def webkit() -> AsyncIterator[WebKit]:
    """A browser with nothing remembered, gone at the end."""
    reading, writing = os.pipe()
    quiet = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL}
    arguments = ("-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp")
    screen = await asyncio.create_subprocess_exec(_SCREEN, *arguments, pass_fds=(writing,), **quiet)
    os.close(writing)
    try:
        display = (await asyncio.to_thread(os.read, reading, 32)).decode().strip()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {**os.environ, "DISPLAY": f":{display}", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        driver = await asyncio.create_subprocess_exec(
            *(_DRIVER, f"--port={port}", "--host=127.0.0.1"), env=environment, **quiet
        )
        try:
            address = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=address, timeout=60) as http, _session(http) as session:
                yield WebKit(http, session)
        finally:
            driver.kill()
            await driver.wait()
    finally:
        os.close(reading)
        screen.kill()
        await screen.wait()


@asynccontextmanager
async def _session(http: httpx.AsyncClient) -> AsyncIterator[str]:
    options = {"binary": str(_BROWSER), "args": ["--automation"]}
    wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
    assert answer.status_code == 200, answer.text
    session = str(answer.json()["value"]["sessionId"])
    try:
        yield session
    finally:
        await http.delete(f"/session/{session}")
