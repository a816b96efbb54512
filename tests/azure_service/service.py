"""The whole service: one port for websockets and HTTP, on a thread and loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from . import recognition, rest, speaking, tone_words, translator
from .faults import Faults
from .keys import Keys
from .records import Connection, Service
from .script import Script, Sentence
from .state import Limits, Pace, State

KEY = "0123456789abcdef0123456789abcdef"


class AzureService:
    """Use as a context, `with` or `async with`. Every method may be called from any thread.

    It listens on 127.0.0.1 only. A blocking call of the SDK in a test cannot hold it up, for it runs on its own thread.
    """

    def __init__(
        self,
        script: Script | Iterable[Sentence | str | tuple[str, Mapping[str, str]]] = (),
        *,
        listens: Literal["tones", "energy"] = "tones",
        wobble: bool = False,
        key: str = KEY,
        port: int = 0,
        pace: Pace | None = None,
        limits: Limits | None = None,
        relays: Iterable[str] = ("turn:127.0.0.1:9?transport=udp",),
    ) -> None:
        """script: what is said. listens: to the tone language, or to the energy of recordings in the script's order.
        wobble: hypotheses are sometimes wrong at their end. port: 0 is a free one. relays: URLs told to avatars."""
        self.script = script if isinstance(script, Script) else Script(script)
        self.faults = Faults(self._hang_up, self._peers_die)
        self.state = State(
            script=self.script,
            listens=listens,
            wobble=wobble,
            keys=Keys(key, (limits or Limits()).token),
            faults=self.faults,
            pace=pace or Pace(),
            limits=limits or Limits(),
            relays=tuple(relays),
        )
        records = self.records = self.state.records
        self.connections = records.connections
        self.contexts = records.contexts
        self.phrase_lists = records.phrase_lists
        self.recognised = records.recognised
        self.spoken = records.spoken
        self.pictures = records.pictures
        self.tokens = records.tokens
        self.relays = records.relays
        self.translated = records.translated
        self.asked = records.asked
        self.failures = records.failures
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None

    # Where it is

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def key(self) -> str:
        return self.state.keys.key

    def settings(self) -> dict[str, str]:
        """As in the environment, for `Account.of`."""
        return {"SPEECH_KEY": self.key, "SPEECH_REGION": "westeurope", "SPEECH_ENDPOINT": self.url}

    # What is said to it, and what it heard and did

    def speak(self, sentence: Sentence | str | int, *, first: int = 0, last: int | None = None) -> NDArray[np.int16]:
        """Words first..last-1 of a sentence of the script in the tone language, 16 kHz. Raises KeyError."""
        return tone_words.speak(self.script, sentence, first=first, last=last)

    def talk(self, *, pause: float = 0.8, lead: float = 0.2) -> NDArray[np.int16]:
        """The whole script in the tone language, 16 kHz, with so many seconds of silence after each sentence."""
        return tone_words.talk(self.script, pause=pause, lead=lead)

    def live(self, service: Service) -> list[Connection]:
        """Its websockets that are open."""
        return [one for one in self.records.connections if one.service == service and one.closed is None]

    async def until(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:
        """Waits without blocking. Raises TimeoutError after so many seconds."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("what was waited for did not happen")
            await asyncio.sleep(0.01)

    def wait(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:
        """The same for code without a loop."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("what was waited for did not happen")
            time.sleep(0.01)

    def change(self, *, pace: Pace | None = None, limits: Limits | None = None) -> None:
        """Faster, slower, more or less patient from the next turn, token or avatar on."""
        if pace is not None:
            self.state.pace = pace
        if limits is not None:
            self.state.limits = limits
            self.state.keys.token_life = limits.token

    # Gone and back

    def vanish(self) -> None:
        """Nobody listens any more: connections break, new ones are refused by the system. Blocks until it is so."""
        self._call(self._vanish())

    def come_back(self) -> None:
        """On the same port. Blocks until it listens."""
        self._call(self._listen())

    # Life

    def __enter__(self) -> Self:
        started = threading.Event()
        loop = asyncio.new_event_loop()
        self._loop = loop

        def run() -> None:
            asyncio.set_event_loop(loop)
            loop.call_soon(started.set)
            loop.run_forever()

        self._thread = threading.Thread(target=run, name="azure-service", daemon=True)
        self._thread.start()
        started.wait()
        try:
            self._call(self._start())
        except BaseException:  # cancelled too: nothing of it is left behind
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._stop)

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 22)
        for part in (recognition, speaking, rest, translator):
            app.add_routes(part.routes(self.state))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await self._listen()

    async def _listen(self) -> None:
        assert self._runner is not None
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self._site = web.SockSite(self._runner, listener)
        await self._site.start()

    async def _vanish(self) -> None:
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self._drop_all()
        # What a client keeps open for its next request is gone as well.
        for transport in self._transports():
            transport.abort()

    def _transports(self) -> list[asyncio.Transport]:
        """Of every connection, of whatever kind, that somebody has open."""
        server = self._runner.server if self._runner is not None else None
        found = (connection.transport for connection in (server.connections if server is not None else ()))
        return [transport for transport in found if transport is not None]

    def _drop_all(self) -> None:
        for wires in self.state.wires.values():
            for wire in list(wires):
                wire.drop()

    def _hang_up(self, service: Service, code: int | None, after: float) -> None:
        if self._loop is None:
            return

        def end() -> None:
            for wire in list(self.state.wires.get(service, ())):
                wire.end_later(after, code)

        self._loop.call_soon_threadsafe(end)

    def _peers_die(self, quietly: bool) -> None:
        async def die() -> None:
            for avatar in list(self.state.avatars):
                await avatar.die(quietly=quietly)

        self._call(die())

    def _call(self, work: Any) -> Any:
        assert self._loop is not None, "the service has not been started"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _stop(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = None
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._shut(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()

    async def _shut(self) -> None:
        self.faults.clear()
        self._drop_all()
        if self._site is not None:
            await self._site.stop()
            # Who was let in just before has a transport now.
            await asyncio.sleep(0)
        open_still = self._transports()
        if self._runner is not None:
            await self._runner.cleanup()
        # Closing waits for what was not sent yet, and this loop does not wait for that.
        for transport in open_still:
            transport.abort()
        await asyncio.sleep(0)
