"""Debian's Firefox, driven by WebDriver BiDi (W3C) over its own remote end: no driver stands in between."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from onlookers import PATIENCE, Onlooker

_PREFERENCES: dict[str, bool | str | int] = {
    # A microphone that gives a tone, and nobody is asked whether it may be used.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # A sound card that nobody hears. Where there is none at all, Firefox lets no AudioContext run.
    "media.cubeb.force_mock_context": True,
    "intl.accept_languages": "en-US",
}
_EVENTS = ("log.entryAdded", "network.beforeRequestSent", "browsingContext.userPromptOpened")
_PEERS = """() => {
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...how) {
            super(...how);
            window.peers.push(this);
        }
    };
}"""
"""Keeps the peers that a page makes, so that a test can ask them."""

Json = dict[str, Any]


class Refused(Exception):
    """The browser did not do what it was told."""


@dataclass
class Firefox:
    """One browser, and everybody in front of it."""

    line: ClientConnection
    everybody: dict[str, Onlooker] = field(default_factory=dict)
    """by browsing context"""
    _numbers: Any = field(default_factory=itertools.count)
    _asked: dict[int, asyncio.Future[Json]] = field(default_factory=dict)

    async def visit(self, url: str, *, script: str = "") -> Onlooker:
        """Somebody new, with nothing of anybody else's in the storage, opens this address.

        script: a JavaScript function that runs in the page before its own scripts.
        """
        context = (await self.call("browser.createUserContext"))["userContext"]
        for function in (_PEERS, *([script] if script else [])):
            await self.call("script.addPreloadScript", functionDeclaration=function, userContexts=[context])
        tab = (await self.call("browsingContext.create", type="tab", userContext=context))["context"]
        onlooker = self.everybody[tab] = Onlooker(_Tab(self, tab), url)
        await onlooker.window.goto(url)
        return onlooker

    async def call(self, method: str, **parameters: Any) -> Json:
        """One command's result. Raises Refused."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        await self.line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def listen(self) -> None:
        """Take what the browser says, until it says no more."""
        async for message in self.line:
            said = json.loads(message)
            answer = self._asked.pop(said.get("id", -1), None)
            if said["type"] == "event":
                self._noted(said["method"], said["params"])
            elif answer is not None and not answer.done():
                if said["type"] == "success":
                    answer.set_result(said["result"])
                else:
                    answer.set_exception(Refused(f"{said['error']}: {said['message']}"))

    def _noted(self, event: str, what: Json) -> None:
        onlooker = self.everybody.get(what.get("context") or what.get("source", {}).get("context") or "")
        if onlooker is None:
            return
        if event == "network.beforeRequestSent":
            onlooker.asked(what["request"]["url"])
        elif event == "log.entryAdded" and what["level"] in ("error", "warn"):
            onlooker.wrong.append(what["text"])
        elif event == "browsingContext.userPromptOpened":
            onlooker.wrong.append(f"a prompt: {what['message']}")


class _Tab:
    """A window (`onlookers.Window`)."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox = firefox
        self._context = context

    async def goto(self, url: str) -> None:
        await self._firefox.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, expression: str) -> Any:
        # As text: what BiDi itself makes of a value is a tree of types.
        answer = await self._firefox.call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await {expression}) ?? 'null')()",
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise Refused(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    async def find(self, role: str, name: str) -> str | None:
        locator = {"type": "accessibility", "value": {"role": role, "name": name}}
        nodes = (await self._firefox.call("browsingContext.locateNodes", context=self._context, locator=locator))[
            "nodes"
        ]
        for node in nodes:
            if await self._usable(node["sharedId"]):
                found: str = node["sharedId"]
                return found
        return None

    async def _usable(self, element: str) -> bool:
        """Whether it can be pressed; brings it into view."""
        answer = await self._firefox.call(
            "script.callFunction",
            functionDeclaration="""it => {
                it.scrollIntoView({ block: "center", behavior: "instant" });
                return it.checkVisibility() && !it.disabled;
            }""",
            arguments=[{"sharedId": element}],
            target={"context": self._context},
            awaitPromise=False,
        )
        return bool(answer["result"]["value"])

    async def click(self, element: str) -> None:
        at = {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": {"sharedId": element}}}
        press = [at, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        await self._act({"type": "pointer", "id": "mouse", "actions": press})

    async def type(self, element: str, text: str) -> None:
        await self.click(element)
        keys = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})

    async def _act(self, *sources: Json) -> None:
        await self._firefox.call("input.performActions", context=self._context, actions=list(sources))


@asynccontextmanager
async def firefox(forgiven: tuple[str, ...] = ()) -> AsyncIterator[Firefox]:
    """A browser, and a check at the end that nothing went wrong on any page.

    forgiven: what the browser itself remarks on in this test, parts of its messages.
    """
    # Firefox goes on writing for a moment after it has gone.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "user.js").write_text(_written(_PREFERENCES), encoding="utf-8")
        with (home / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                ["firefox-esr", "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", folder],
                env={**os.environ, "HOME": folder, "MOZ_CRASHREPORTER_DISABLE": "1"},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            url = await _listening(process, home / "said.txt")
            async with connect(f"{url}/session", max_size=None) as line:
                browser = Firefox(line)
                listening = asyncio.create_task(browser.listen())
                try:
                    await browser.call("session.new", capabilities={})
                    await browser.call("session.subscribe", events=list(_EVENTS))
                    yield browser
                finally:
                    listening.cancel()
                    await asyncio.wait((listening,))
            wrong = [one for onlooker in browser.everybody.values() for one in onlooker.wrong]
            wrong = [one for one in wrong if not any(part in one for part in forgiven)]
            assert not wrong, wrong
        finally:
            # Its helpers are of its own process group.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _written(preferences: Mapping[str, bool | str | int]) -> str:
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())


async def _listening(process: subprocess.Popen[bytes], said: Path) -> str:
    """Where it can be told what to do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        text = said.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)\n", text)
        if found:
            return found[1]
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        await asyncio.sleep(0.05)
