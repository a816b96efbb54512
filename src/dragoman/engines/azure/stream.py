"""One speaker's stream: carries sound to the service, and what it tells back into the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from dragoman.engines.azure.doorway import Doorway
from dragoman.engines.azure.hearing import Hearing, Told
from dragoman.engines.azure.link import SERVICE, Broken, Event, Link, Result, Sign
from dragoman.engines.azure.positions import Positions
from dragoman.engines.azure.tags import tag_of
from dragoman.errors import EngineFailed
from dragoman.speech import FLOOR_RATE, Partial, Pcm, Recognition, Safe, samples

_GAP = samples(1_000)
"""a gap in the sound that ends speech; a shorter one becomes silence"""
_FILLER = samples(700)
"""silence that is sent in place of a longer gap, and as much as ends a phrase: the service ends phrases by it"""
_LEAD = samples(5_000)
"""sound that is given to the SDK at once; it sends as much before it paces itself"""
_CATCH_UP = 4
"""times as fast as it was spoken further sound is given, which is what the SDK sends (link._THROTTLE_PERCENT)"""
_PIECE = samples(1_000)
_TOLD = 256
"""results that wait to be looked at; of hypotheses the oldest are left out, so many phrases are an hour's silence of
this loop and break the stream"""
_EVENTS = 64
"""recognitions that wait to be read; when there are more, Partials are left out, and results wait"""
_TICK = 0.25
"""seconds after which the stream looks whether the service is still there"""
_MARKS = 16
"""into how many parts the wait for a word about a noise is parted"""
_UNHEARD = samples(4_000)
"""loud sound without a word of the service about it, before its silence is a fault: a cough is none"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a service may take, in seconds, before its stream is given up and the sound given to another one."""

    connect: float = 6.0
    """from the first sound to a connection; the SDK tries by itself meanwhile"""
    reconnect: float = 4.0
    """from a lost connection to another one"""
    silent: float = 8.0
    """without any event while somebody speaks"""
    finish: float = 10.0
    """without any event after the end of the sound"""
    gap: float = 5.0
    """without any event before a gap, which then ends what was being said"""
    noise: float = 15.0
    """from a loud sound of which the service tells nothing until it was no speech, where there was a result since"""
    unsure: float = 45.0
    """the same where there was none, so that nobody knows whether there ever will be: a speaker goes on before"""
    close: float = 2.0
    """for which `close` waits until the SDK has let go; it goes on doing so by itself"""


class AzureStream:
    """What AzureRecognizer opens; see RecognizerStream. One task reads what the service tells, and watches over it."""

    def __init__(
        self,
        link: Callable[[Callable[[Event], None]], Link],
        hearing: Hearing,
        *,
        start: int,
        silence: int,
        tags: Mapping[str, str],
        candidates: tuple[str, ...],
        closed: Callable[[AzureStream], None],
        judged: Callable[[EngineFailed, str | None], EngineFailed] = lambda failure, _token: failure,
        patience: Patience,
    ) -> None:
        """link: makes the connection, which is opened with the first sound. silence: ms that end a phrase.

        tags: offered tag by code of speech translation, in lower case. closed: is told once, at the end of `close`.
        judged: (a failure, the token that was used): what it means.
        """
        self._doorway: Doorway[Event] = Doorway(_TOLD, lambda event: isinstance(event, Result) and not event.final)
        self._link = link(self._doorway.hand)
        self._hearing = hearing
        self._positions = Positions(start)
        self._filler = _FILLER + samples(silence)
        self._tags = tags
        self._candidates = candidates
        self._closed = closed
        self._judged = judged
        self._patience = patience
        self._now = asyncio.get_running_loop().time
        self._fed = start
        self._credit, self._credited = float(_LEAD), self._now()
        self._opened: float | None = None
        """when the connection was asked for, seconds of the loop's clock"""
        self._lost: float | None = None
        """since when there is no connection"""
        self._heard_of = self._now()
        """when the service told anything last"""
        self._alive = self._told_at = -inf
        """when it last told anything, and a result, over the present connection"""
        self._sent: deque[tuple[float, int]] = deque()
        """over the present connection: (when, floor position up to which the SDK had the sound by then)"""
        self._finished = False
        self._ended = 0.0
        """when the sound ended"""
        self._over = asyncio.Event()
        self._progress = asyncio.Event()
        self._events: deque[Recognition] = deque()
        self._fresh = asyncio.Event()
        self._room = asyncio.Event()
        self._failure: EngineFailed | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start reading; `close` ends it."""
        self._task = asyncio.create_task(self._run(), name="azure recogniser stream")

    @property
    def link(self) -> Link:
        """The connection, to be given new tokens."""
        return self._link

    # -- sound

    async def feed(self, pcm: Pcm) -> None:
        """See RecognizerStream. Raises EngineFailed where the stream is broken, finished or closed."""
        if pcm.start < self._fed:
            raise ValueError(f"Sound from {pcm.start} was fed after sound up to {self._fed}.")
        gap = pcm.start - self._fed
        if gap >= _GAP and self._opened is not None:
            await self._pass_gap(pcm.start)
        elif gap and self._opened is None:
            self._positions.skip(0, pcm.start)
            self._give(self._hearing.pass_gap(pcm.start))
        elif gap:
            await self._send(np.zeros(gap, np.int16))
        self._fed = pcm.end
        for at in range(0, len(pcm.samples), _PIECE):
            piece = Pcm(pcm.samples[at : at + _PIECE], pcm.start + at)
            await self._send(piece.samples)
            self._give(self._hearing.feed(piece))

    async def _send(self, sound: npt.NDArray[np.int16]) -> None:
        """Give it to the SDK when it is its turn."""
        self._check()
        if self._opened is None:
            self._opened = self._lost = self._heard_of = self._now()
            self._link.open()
        while (wait := self._pay(len(sound))) > 0:
            await _within(self._over, wait)
            self._check()
        self._positions.send(len(sound))
        self._link.write(sound.astype("<i2", copy=False).tobytes())

    def _pay(self, number: int) -> float:
        """Seconds until so many samples may be sent; 0 where they may now, and are paid for."""
        now = self._now()
        self._credit = min(_LEAD, self._credit + (now - self._credited) * _CATCH_UP * FLOOR_RATE)
        self._credited = now
        if number > self._credit:
            return (number - self._credit) / (_CATCH_UP * FLOOR_RATE) + 0.001
        self._credit -= number
        return 0.0

    async def _pass_gap(self, to: int) -> None:
        """Send silence instead of a long gap, and go on behind it when the service has told all before it, or is waited
        for no longer."""
        self._check()
        self._link.write(bytes(2 * self._filler))
        self._positions.skip(self._filler, to)
        began = self._now()
        while self._hearing.unsettled and self._now() - max(began, self._heard_of) < self._patience.gap:
            self._progress.clear()
            await _within(self._progress, _TICK)
            self._check()
        self._give(self._hearing.pass_gap(to, there=self._lost is None))

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._finished or self._over.is_set():
            raise EngineFailed("The stream takes no more sound.")

    async def finish(self) -> None:
        """See RecognizerStream. Does not wait for what is left: `events` ends when it is there."""
        if self._finished:
            return
        self._finished, self._ended = True, self._now()
        if self._opened is not None:
            self._link.end()
        else:
            self._doorway.hand(Sign.ENDED)

    # -- recognitions

    async def events(self) -> AsyncIterator[Recognition]:
        """See RecognizerStream. For one reader."""
        while True:
            while self._events:
                event = self._events.popleft()
                self._room.set()
                yield event
            if self._over.is_set():
                break
            self._fresh.clear()
            await self._fresh.wait()
        if self._failure is not None:
            raise self._failure

    def _give(self, recognitions: Iterable[Recognition]) -> None:
        for one in recognitions:
            if isinstance(one, Partial) and len(self._events) >= _EVENTS:
                continue
            if isinstance(one, Safe):
                if self._lost is not None:
                    # Nobody hears: what was quiet here may be speech to the service. Another one follows.
                    continue
                if self._events and isinstance(self._events[-1], Safe):
                    self._events.pop()
            self._events.append(one)
        self._fresh.set()

    async def close(self) -> None:
        """See RecognizerStream. What the service still tells is thrown away."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        self._doorway.close()
        self._link.close()
        await asyncio.wait([task])
        self._finished = True
        self._events.clear()
        self._end()
        await self.gone(self._patience.close)
        self._closed(self)

    async def gone(self, seconds: float) -> None:
        """Wait until nothing of the SDK is left, for so long at most."""
        until = self._now() + seconds
        # Polled: the last thing that a thread can report is still before its end.
        while self._link.alive and self._now() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    def _end(self) -> None:
        self._over.set()
        self._fresh.set()
        self._progress.set()

    # -- what the service tells

    async def _run(self) -> None:
        try:
            while not await self._step():
                pass
            self._give(self._hearing.finish())
        except EngineFailed as error:
            self._failure = self._judged(error, self._link.token)
        except Exception as error:  # noqa: BLE001  # a bug in here: the session is told, and another stream opened
            self._failure = EngineFailed(f"The Azure recogniser broke ({type(error).__name__}).")
            self._failure.__cause__ = error
        self._end()

    async def _step(self) -> bool:
        """Take the next event, if there is one; whether it was the last."""
        while len(self._events) >= _EVENTS:
            self._room.clear()
            await self._room.wait()
        event = await self._doorway.next(_TICK)
        if event is not None and event is not Sign.DISCONNECTED:
            self._heard_of = self._now()
        match event:
            case Result():
                self._alive = self._told_at = self._now()
                self._give(self._hearing.tell(self._told(event)))
            case Broken(failure):
                raise failure
            case Sign.ENDED if self._finished:
                return True
            case Sign.ENDED:
                raise EngineFailed(f"Azure's {SERVICE} ended the talk.")
            case Sign.CONNECTED:
                self._lost = None
            case Sign.DISCONNECTED:
                self._lost = self._lost or self._now()
                self._alive = self._told_at = -inf
                self._sent.clear()
            case Sign.ALIVE:
                self._alive = self._now()
                self._hearing.notice()
        self._progress.set()
        return self._watch()

    def _told(self, result: Result) -> Told:
        positions = self._positions
        return Told(
            start=positions.at_tick(result.offset),
            end=positions.at_tick(result.offset + result.duration, end=True),
            text=result.text,
            final=result.final,
            translations={self._tags[code]: text for code, text in result.translations.items() if code in self._tags},
            language=tag_of(result.locale, self._candidates) if result.locale else "",
        )

    def _watch(self) -> bool:
        """Raise EngineFailed where the service is not there any more; whether the stream may end without its word."""
        now = self._now()
        if self._doorway.overrun:
            raise EngineFailed("The talk was not taken as fast as Azure recognised it.")
        if self._lost is not None:
            first = self._lost == self._opened
            if now - self._lost > (self._patience.connect if first else self._patience.reconnect):
                raise EngineFailed(f"Azure's {SERVICE} cannot be reached.")
        quiet = now - self._heard_of
        if self._hearing.unheard >= _UNHEARD and quiet > self._patience.silent:
            raise EngineFailed(f"Azure's {SERVICE} says nothing to what is being said.")
        if self._finished and min(quiet, now - self._ended) > self._patience.finish:
            if self._hearing.unsettled:
                raise EngineFailed(f"Azure's {SERVICE} did not come to an end.")
            return True
        self._pass_noise(now)
        return False

    def _pass_noise(self, now: float) -> None:
        """Give up waiting for a word about what was loud long ago. Raises EngineFailed; see Hearing.pass_noise.

        By the clock and not by the sound: of a backlog the SDK has seconds that it has not sent.
        """
        if self._opened is None or self._lost is not None:
            return
        patience, before, heard = self._patience, None, True
        while self._sent:
            at, position = self._sent[0]
            if now - at < (patience.noise if self._told_at >= at else patience.unsure):
                break
            self._sent.popleft()
            before, heard = position, heard and self._alive >= at
        if not self._sent or now - self._sent[-1][0] >= patience.noise / _MARKS:
            self._sent.append((now, self._positions.end))
        if before is not None:
            self._give(self._hearing.pass_noise(before, heard=heard))


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Wait for it, for so long at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
