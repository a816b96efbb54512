"""Debian's WebKitGTK, driven by WebDriver (W3C) through its own driver, on a screen that nobody sees."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from onlookers import PATIENCE, Onlooker

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""By this key WebDriver tells an element from other objects."""
_ROLES = {
    "button": "button",
    "textbox": "input:not([type]), input[type=text], input[type=password], textarea",
    "checkbox": "input[type=checkbox]",
}
"""What may have a role; the browser says what has it."""
_BROWSERS = (("/usr/lib", "*/webkit2gtk-4.*/MiniBrowser"), ("/usr/lib", "*/webkitgtk-6.*/MiniBrowser"))
"""Where Debian's WebKitGTK has its browser."""
_SAYING = "--enable-write-console-messages-to-stdout=true"
_TROUBLE = re.compile(r"CONSOLE (?:\S+ )?(?:ERROR|WARN)(?!.*'manifest-src').*")
"""Its policy knows no directive for the manifest, and it says so of every page that has one."""
_WATCH = """(() => {
    window.wrong = [];
    window.addEventListener("error", ({ message }) => window.wrong.push(message));
    window.addEventListener("unhandledrejection", ({ reason }) => window.wrong.push(String(reason)));
    for (const level of ["error", "warn"]) {
        const say = console[level];
        console[level] = (...what) => {
            window.wrong.push(what.join(" "));
            say.apply(console, what);
        };
    }
})()"""
"""Notes what goes wrong on a page after it was loaded; WebDriver has no way to the console. For what goes wrong before
that there is `console`."""


class _Window:
    """A window (`onlookers.Window`): the only one of its browser."""

    def __init__(self, session: httpx.AsyncClient) -> None:
        """session: its base URL is that of a WebDriver session."""
        self._session = session
        self.asked: list[str] = []
        """the URLs that pages requested"""
        self.wrong: list[str] = []
        """what their consoles said"""

    async def goto(self, url: str) -> None:
        await self.look_back()
        await self._do("POST", "url", url=url)
        await self.run(_WATCH)

    async def look_back(self) -> None:
        """Note what the page requested and complained of so far."""
        self.asked += await self.run("performance.getEntriesByType('resource').map(one => one.name)")
        self.wrong += await self.run("window.wrong ?? []")

    async def run(self, expression: str) -> Any:
        return await self._do("POST", "execute/sync", script=f"return {expression}", args=[])

    async def find(self, role: str, name: str) -> str | None:
        for one in await self._do("POST", "elements", using="css selector", value=_ROLES[role]):
            element: str = one[_ELEMENT]
            # Of what is not shown the browser tells no role.
            if not await self._do("GET", f"element/{element}/displayed"):
                continue
            is_role, is_name = [
                await self._do("GET", f"element/{element}/computed{what}") for what in ("role", "label")
            ]
            # WebKit makes a placeholder part of the name.
            fits = is_role == role and f"{is_name} ".startswith(f"{name} ")
            if fits and await self._do("GET", f"element/{element}/enabled"):
                return element
        return None

    async def click(self, element: str) -> None:
        await self._do("POST", f"element/{element}/click")

    async def type(self, element: str, text: str) -> None:
        await self._do("POST", f"element/{element}/value", text=text)

    async def _do(self, method: str, command: str, **parameters: Any) -> Any:
        return await _call(self._session, method, command, **parameters)


async def _call(http: httpx.AsyncClient, method: str, command: str, **parameters: Any) -> Any:
    """One command's value."""
    answer = await http.request(method, command, json=parameters if method == "POST" else None)
    value = answer.json()["value"]
    assert answer.status_code == 200, value
    return value


@asynccontextmanager
async def webkit(url: str) -> AsyncIterator[Onlooker]:
    """Somebody in front of a browser, and a check at the end that nothing went wrong on any page.

    url: opened first.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _display() as display:
        with _driver({**os.environ, "HOME": folder, "DISPLAY": display}) as driver:
            async with httpx.AsyncClient(base_url=driver, timeout=PATIENCE) as http:
                await _ready(http)
                begun = await _call(http, "POST", "session", capabilities={})
                session = f"session/{begun['sessionId']}"
                async with httpx.AsyncClient(base_url=f"{driver}/{session}/", timeout=PATIENCE) as commands:
                    window = _Window(commands)
                    onlooker = Onlooker(window, url)
                    await window.goto(url)
                    yield onlooker
                    await window.look_back()
                await _call(http, "DELETE", session)
        for one in window.asked:
            onlooker.asked(one)
        assert not (wrong := onlooker.wrong + window.wrong), wrong


@contextmanager
def _display() -> Iterator[str]:
    """A screen in memory, by its name."""
    told, tells = os.pipe()
    options = ("-displayfd", str(tells), "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
    process = subprocess.Popen(["Xvfb", *options], pass_fds=[tells], stderr=subprocess.DEVNULL)
    os.close(tells)
    try:
        with os.fdopen(told) as number:
            # Nothing but the end where it could not begin.
            name = number.readline().strip()
        assert name, "Xvfb did not start"
        yield f":{name}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def console(url: str) -> Iterator[Callable[[], list[str]]]:
    """The same browser with nobody who drives it: what its console says of this page from the first line of it on."""
    found = [file for where, pattern in _BROWSERS for file in Path(where).glob(pattern)]
    assert found, "there is no MiniBrowser; scripts/setup installs webkit2gtk-driver, which brings it"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _display() as display:
        said = Path(folder) / "said.txt"
        with said.open("wb") as output:
            process = subprocess.Popen(
                ["stdbuf", "-oL", str(found[0]), _SAYING, url],
                env={**os.environ, "HOME": folder, "DISPLAY": display},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield lambda: _TROUBLE.findall(said.read_text(encoding="utf-8", errors="replace"))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def _driver(environment: dict[str, str]) -> Iterator[str]:
    """The browser's driver; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["WebKitWebDriver", "--host=127.0.0.1", f"--port={port}"], env=environment, start_new_session=True
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # The browser is of its group, with all of its processes.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def _ready(http: httpx.AsyncClient) -> None:
    """Wait until the driver answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(httpx.ConnectError):
            if (await _call(http, "GET", "status"))["ready"]:
                return
        assert time.monotonic() < deadline, "the driver does not answer"
        await asyncio.sleep(0.05)
