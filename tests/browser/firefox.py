"""Debian's Firefox, driven by WebDriver BiDi: what Playwright's own build of it cannot show."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

BINARY = Path("/usr/bin/firefox-esr")
_PREFERENCES = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


@dataclass
class Firefox:
    """A running browser."""

    line: ClientConnection
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    said: list[str] = field(default_factory=list)
    """errors on the pages' consoles"""

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command's result. Commands are asked one after the other."""
        number = next(self.numbers)
        await self.line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(60):
            while True:
                answer = json.loads(await self.line.recv())
                if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                    self.said.append(str(answer["params"].get("text")))
                if answer.get("id") == number:
                    assert answer["type"] == "success", answer
                    return dict(answer["result"])

    async def open(self, url: str) -> Tab:
        """A tab with this page, loaded."""
        tab = Tab(self, str((await self.ask("browsingContext.create", type="tab"))["context"]))
        await self.ask("browsingContext.navigate", context=tab.context, url=url, wait="complete")
        return tab


@dataclass
class Tab:
    """One page."""

    browser: Firefox
    context: str

    async def run(self, function: str, *given: str, activated: bool = False) -> Any:
        """What a JavaScript function gives, as JSON. activated: as if in a click."""
        answer = await self.browser.ask(
            "script.callFunction",
            functionDeclaration=f"async (...given) => JSON.stringify(await ({function})(...given) ?? null)",
            arguments=[{"type": "string", "value": one} for one in given],
            target={"context": self.context},
            awaitPromise=True,
            userActivation=activated,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def until(self, function: str, *given: str, seconds: float = 30) -> Any:
        """Wait until a function gives something true; what it gave."""
        async with asyncio.timeout(seconds):
            while not (found := await self.run(function, *given)):
                await asyncio.sleep(0.1)
        return found

    async def click(self, selector: str) -> None:
        """Click at the element's middle, as a person does."""
        await self.until("at => document.querySelector(at)?.getClientRects().length > 0", selector)
        await self.run("at => document.querySelector(at).scrollIntoView({ block: 'center' })", selector)
        element = await self.browser.ask("browsingContext.locateNodes", context=self.context, locator=_css(selector))
        origin = {"type": "element", "element": {"sharedId": element["nodes"][0]["sharedId"]}}
        presses = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": presses}
        await self.browser.ask("input.performActions", context=self.context, actions=[pointer])

    async def fill(self, selector: str, text: str) -> None:
        """Click into a field and type."""
        await self.click(selector)
        strokes = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        keys = {"type": "key", "id": "keys", "actions": strokes}
        await self.browser.ask("input.performActions", context=self.context, actions=[keys])


def _css(selector: str) -> dict[str, str]:
    return {"type": "css", "value": selector}


@asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[Firefox]:
    """A browser with a new profile in this directory, gone at the end."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(BINARY, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr
        async with asyncio.timeout(60):
            while not (found := re.search(rb"BiDi listening on (ws://\S+)", await process.stderr.readline())):
                assert process.returncode is None
        # What it says later must not fill the pipe.
        reading = asyncio.create_task(process.stderr.read())
        async with connect(f"{found[1].decode()}/session", max_size=None) as line:
            browser = Firefox(line)
            await browser.ask("session.new", capabilities={})
            await browser.ask("session.subscribe", events=["log.entryAdded"])
            yield browser
        reading.cancel()
    finally:
        process.kill()
        await process.wait()
