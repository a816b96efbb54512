"""Texts to sound by the Speech SDK: synthesizers whose connections stay open, and who may use them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from dragoman.engines.azure.account import Account
from dragoman.engines.azure.doorway import Doorway
from dragoman.engines.azure.making import Heard, Shape, Sound, Word
from dragoman.engines.azure.refusals import cancelled
from dragoman.engines.azure.sdk import speech, synthesis_config
from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.errors import EngineFailed

log = structlog.get_logger(__name__)

MOST = 16
"""Texts under way at a time; others wait in the order of asking. Each is a websocket, and the service's own limits are
far above. https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits"""
FIRST_SECONDS = 4.0
"""How long nothing may come of a text; with an open connection it takes some tenths of a second."""
NEXT_SECONDS = 3.0
"""How long nothing more may come, where the service says nothing at all: it raises no event then."""
_LOST_SECONDS = 0.5
"""How long what follows upon the loss of a connection is waited for."""
WHOLE_SECONDS = 90.0
"""How long a text may take, which is a minute of sound at most: what comes drop by drop is as good as nothing."""
SERVICE = "voice"
_CLOSED = "The voice was closed."
_EVENTS = 20_000
"""Of one text that wait for the loop: a minute has less than 3,000."""


@dataclass(frozen=True, slots=True)
class _Done:
    """The text's sound is complete."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """There will be no more of it."""

    failure: EngineFailed


@dataclass(frozen=True, slots=True)
class _Connection:
    """It was made, or it was lost."""

    made: bool


_Event = Heard | _Done | _Failed | _Connection


class Throttled(EngineFailed):
    """The service has too much to do for this account: a moment later it may not."""


class Lost(EngineFailed):
    """The connection was lost: with a new one the text can be said."""


class Synthesizer:
    """One of the SDK's, with a connection of its own; for one text at a time. What it does may block."""

    def __init__(self, account: Account, endpoint: str, token: str | None) -> None:
        """endpoint: the deployment of a custom voice, or empty. token: in place of the key."""
        sdk = speech()
        config = synthesis_config(account, token=token, endpoint=endpoint)
        config.set_speech_synthesis_output_format(sdk.SpeechSynthesisOutputFormat.Raw48Khz16BitMonoPcm)
        self.endpoint = endpoint
        self._door: Doorway[_Event] | None = None
        self._asked: Any = None
        self._sdk = sdk
        self._synthesizer = sdk.SpeechSynthesizer(config, None)
        self._connection = sdk.Connection.from_speech_synthesizer(self._synthesizer)
        self._signals = (
            (self._synthesizer.synthesizing, self._heard_sound),
            (self._synthesizer.viseme_received, self._heard_viseme),
            (self._synthesizer.synthesis_word_boundary, self._heard_word),
            (self._synthesizer.synthesis_completed, self._completed),
            (self._synthesizer.synthesis_canceled, self._canceled),
            (self._connection.connected, self._connected),
            (self._connection.disconnected, self._disconnected),
        )
        for signal, handler in self._signals:
            signal.connect(handler)

    def open(self) -> None:
        """Begin to connect, so that the first text need not wait for it."""
        self._connection.open(True)

    def begin(self, ssml: str, door: Doorway[_Event], token: str | None) -> None:
        """Ask for a text, whose events go through the door."""
        if token is not None:
            self._synthesizer.authorization_token = token
        self._door = door
        self._asked = self._synthesizer.speak_ssml_async(ssml)

    def settle(self) -> None:
        """The text is complete: let go of what the SDK holds of it."""
        self._door = None
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.get()

    def end(self) -> None:
        """Stop whatever is under way and close the connection."""
        self._door = None
        for signal, _ in self._signals:
            signal.disconnect_all()
        if self._asked is not None:
            self._synthesizer.stop_speaking_async().get()
            self.settle()
        self._connection.close()

    # -- on the SDK's threads

    def _hand(self, event: _Event) -> None:
        door = self._door
        if door is not None:
            door.hand(event)

    def _heard_sound(self, event: Any) -> None:
        self._hand(Sound(event.result.audio_data))

    def _heard_viseme(self, event: Any) -> None:
        self._hand(Shape(event.audio_offset, event.viseme_id))

    def _heard_word(self, event: Any) -> None:
        if event.boundary_type == self._sdk.SpeechSynthesisBoundaryType.Word:
            self._hand(Word(event.audio_offset))

    def _completed(self, _event: Any) -> None:
        self._hand(_Done())

    def _canceled(self, event: Any) -> None:
        details = event.result.cancellation_details
        failure = cancelled(SERVICE, details.error_code.name, details.error_details)
        codes = self._sdk.CancellationErrorCode
        kind = {codes.TooManyRequests: Throttled, codes.ConnectionFailure: Lost}.get(details.error_code)
        self._hand(_Failed(failure if failure.lasting or kind is None else kind(str(failure))))

    def _connected(self, _event: Any) -> None:
        self._hand(_Connection(made=True))

    def _disconnected(self, _event: Any) -> None:
        self._hand(_Connection(made=False))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, seconds."""

    first: float = FIRST_SECONDS
    following: float = NEXT_SECONDS
    whole: float = WHOLE_SECONDS


class Synthesizers:
    """All of an account. Who asks holds a place until its text is complete; who waits for one is a task of its own."""

    def __init__(
        self,
        make: Callable[[str, str | None], Synthesizer],
        *,
        most: int = MOST,
        patience: Patience | None = None,
    ) -> None:
        """make: by the deployment of a custom voice and a token. most: texts under way at a time."""
        self._make = make
        self._patience = patience or Patience()
        self._places = asyncio.Semaphore(most)
        self._idle: deque[Synthesizer] = deque()
        self._busy: dict[Synthesizer, Doorway[_Event]] = {}
        self._worker = Worker("azure voice")
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def warm(self, token: str | None) -> None:
        """Open a connection that nobody needs yet, where there is none."""
        if not self._idle and not self._closed:
            self._spawn(self._warm(token))

    async def say(self, ssml: str, endpoint: str, token: str | None) -> AsyncGenerator[Heard, None]:
        """What is heard of a text, in the service's order, to its end. Raises EngineFailed.

        endpoint: the deployment of a custom voice, or empty. token: in place of the key.
        """
        async with self._places:
            if self._closed:
                raise EngineFailed(_CLOSED)
            try:
                synthesizer = self._free(endpoint)
                if synthesizer is None:
                    synthesizer = await self._worker.run(0, self._make, endpoint, token)
            except (WorkerClosed, RuntimeError, ValueError) as error:
                raise EngineFailed(f"Azure's voice cannot be started ({type(error).__name__})") from error
            async with aclosing(self._said(synthesizer, ssml, token)) as events:
                async for event in events:
                    yield event

    async def close(self) -> None:
        """End all. Idempotent."""
        self._closed = True
        for door in self._busy.values():
            door.hand(_Failed(EngineFailed(_CLOSED)))
        for synthesizer in (*self._busy, *self._idle):
            self._end(synthesizer)
        self._idle.clear()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await self._worker.close()

    def _free(self, endpoint: str) -> Synthesizer | None:
        """The one that was used last: its connection is the least likely to have been closed."""
        found = next((one for one in reversed(self._idle) if one.endpoint == endpoint), None)
        if found is not None:
            self._idle.remove(found)
        return found

    async def _said(self, synthesizer: Synthesizer, ssml: str, token: str | None) -> AsyncGenerator[Heard, None]:
        door: Doorway[_Event] = Doorway(_EVENTS, lambda _: False)
        self._busy[synthesizer] = door
        complete = False
        try:
            await self._asked(synthesizer.begin, ssml, door, token)
            async with aclosing(self._through(door)) as events:
                async for event in events:
                    yield event
            await self._asked(synthesizer.settle)
            complete = True
        finally:
            door.close()
            if self._busy.pop(synthesizer, None) is not None:
                if complete and not self._closed:
                    self._idle.append(synthesizer)
                else:
                    # What it says from now on belongs to nobody; a new one is cheaper than to sort that out.
                    self._end(synthesizer)

    async def _through(self, door: Doorway[_Event]) -> AsyncGenerator[Heard, None]:
        """What comes through a door until the text is complete. Raises EngineFailed where it is not, or not in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.whole
        wait, lost = self._patience.first, False
        while True:
            event = await door.next(min(wait, max(0.0, end - loop.time())))
            if event is None and lost:
                raise Lost("The connection to Azure's voice was lost.")
            if event is None:
                raise EngineFailed("Azure's voice was waited for in vain: it says nothing, and not why.")
            if isinstance(event, _Done):
                return
            if isinstance(event, _Failed):
                raise event.failure
            if isinstance(event, _Connection):
                # The SDK tells why, or makes a new one; or it does neither: where the service closes a connection on
                # which nothing was said for long just when a text is asked for, nothing else is ever told of the text.
                lost, wait = not event.made, self._patience.first if event.made else min(wait, _LOST_SECONDS)
                continue
            yield event
            wait, lost = self._patience.following, False

    async def _asked(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            await self._worker.run(0, work, *arguments)
        except (WorkerClosed, RuntimeError, ValueError) as error:
            raise EngineFailed(f"Azure's voice cannot be asked ({type(error).__name__})") from error

    async def _warm(self, token: str | None) -> None:
        with suppress(WorkerClosed, RuntimeError, ValueError):
            synthesizer = await self._worker.run(1, self._make, "", token)
            try:
                await self._worker.run(1, synthesizer.open)
            finally:
                if self._closed:
                    self._end(synthesizer)
                else:
                    self._idle.append(synthesizer)

    def _end(self, synthesizer: Synthesizer) -> None:
        self._busy.pop(synthesizer, None)
        self._spawn(self._ended(synthesizer))

    async def _ended(self, synthesizer: Synthesizer) -> None:
        # A second each where the other end does not answer: not in the worker, where texts wait to begin.
        with suppress(RuntimeError):
            await asyncio.to_thread(synthesizer.end)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work, name="azure voice")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
