"""One language on air: its lines are spoken, its avatar is drawn, and what comes out is handed to its viewers."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator

import structlog

from dragoman.booked import Booked, ChannelTurn, Rules
from dragoman.cast import Cast, Reporter, Span, sayable
from dragoman.channel import Batch, Channel
from dragoman.engines.protocols import Presenter
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.lag import SlowDown, lag_ms, said_at
from dragoman.prompter import Cue, Prompter, latest_start
from dragoman.speaking import Fate, Wording, speak
from dragoman.speech import Entry, Line, Segment
from dragoman.standin import NEAR, StandIn, staged
from dragoman.studio import Studio

log = structlog.get_logger(__name__)

AHEAD = 2
"""Utterances made before the avatar can say them. More would be made in a voice that is no longer wanted."""
_TRIES = 3
"""Times a line is given at most: a presenter that speaks by itself cannot say it, or whoever says it breaks off."""
_BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0)
_LOOKS_EVERY = 25
"""Ticks from one look at the lag to the next: half a second."""


class Broadcast:
    """Works while `run` does, which its owner cancels when nobody watches any more."""

    def __init__(
        self,
        language: str,
        history: History,
        *,
        cast: Cast,
        studio: Studio,
        span: Span,
        since: int,
        deliver: Callable[[Batch], None],
        report: Reporter,
    ) -> None:
        """since: the segment after which speaking begins."""
        self.language = language
        self._history = history
        self._cast = cast
        self._studio = studio
        self._span = span
        self._prompter = Prompter()
        self._slow_down = SlowDown()
        self._done = since
        self._before = history.last_id
        """the newest segment of the time before this language was on air"""
        self._again: list[int] = []
        """segments whose turn comes once more, in order: a channel that failed had not said them, or what was made of
        them was withdrawn"""
        self._withdrawn: set[int] = set()
        """of `_again`, what was taken back from the channel since its turn came last"""
        self._booked: deque[Booked] = deque()
        self._deliver = deliver
        self._report = report
        self._channel: Channel | None = None
        self._stand_in: StandIn | None = None
        self._opened: asyncio.Task[None] | None = None
        self._recast = False
        self._lines = asyncio.Event()
        self._room = asyncio.Semaphore(AHEAD)
        self._ticks = 0
        self.lag: int | None = None
        """of what was said last, start to start, ms"""

    def line_added(self) -> None:
        """The history has a further line of this language."""
        self._lines.set()

    def request_key(self) -> None:
        """Somebody needs a picture with which decoding can begin."""
        if self._channel is not None:
            self._channel.request_key()

    def hint(self) -> PaceHint | None:
        """What the speaker is asked for now, None where it is nothing."""
        return PaceHint(self.language, self._behind(self._span.clock.now()), True) if self._slow_down.asked else None

    def retract(self, segment_id: int) -> None:
        """The host took this back: what has not begun is never said, what is being said ends at once."""
        if self._channel is not None and self._channel.drop(segment_id):
            self._ended(segment_id)
        self._lines.set()

    def corrected(self, segment_id: int) -> None:
        """The line has another text. What waits to be said of it is made anew, and what waits behind it too, so that
        it keeps its turn; what has begun is said as it was."""
        made = [each.segment.id for each in self._booked]
        if self._channel is not None and segment_id in made:
            for waiting in made[made.index(segment_id) :]:
                if self._channel.withdraw(waiting):
                    self._ended(waiting)
                    self._once_more(waiting)
        self._lines.set()

    def _once_more(self, segment_id: int) -> None:
        self._withdrawn.add(segment_id)
        if segment_id not in self._again:
            insort(self._again, segment_id)

    def over(self) -> None:
        """This language goes off air: nobody has to slow down for it any more."""
        if self._slow_down.asked:
            self._report.hint(PaceHint(self.language, 0, False))

    def recast(self) -> None:
        """The presenter is another one from now on: the channel is opened anew, and what was not said yet still is."""
        if self._opened is not None:
            self._recast = True
            self._opened.cancel()

    async def run(self) -> None:
        """Be on air until cancelled; what fails is opened again."""
        failures = 0
        while True:
            self._recast = False
            self._opened = asyncio.create_task(self._on_air(), name=f"on air {self.language}")
            try:
                await self._opened
            except asyncio.CancelledError:
                me = asyncio.current_task()
                if not self._recast or (me is not None and me.cancelling()):
                    raise
                continue
            except Exception as error:  # noqa: BLE001  # a bug costs a moment: what was not spoken still is
                log.error("channel failed", language=self.language, error=type(error).__name__)
            await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)])
            failures += 1

    async def _on_air(self) -> None:
        cast = self._cast
        drawn = await cast.face.open(cast.look)
        async with staged(cast.present(self.language), drawn, self._span.clock) as (face, self._stand_in):
            await self._on_channel(Channel(face))

    async def _on_channel(self, channel: Channel) -> None:
        # A line that was still being made is in its turn, or the first of `_again`, already.
        unsaid = {booked.segment.id for booked in self._booked if booked.segment.id <= self._done}
        self._again = sorted(unsaid.union(self._again))
        self._booked.clear()
        self._room = asyncio.Semaphore(AHEAD)
        await self._studio.add(channel, self._handed_over)
        self._channel = channel
        try:
            await self._speak(channel)
        finally:
            self._channel = None
            await self._studio.remove(channel)
            channel.close()

    # -- what comes out of the channel

    def _handed_over(self, batch: Batch) -> None:
        self._deliver(batch)
        for mark in batch.marks:
            self._marked(mark.segment_id, mark.at, speaking=mark.speaking)
        for segment_id in batch.late:
            self._ended(segment_id)
            self._condense(segment_id)
        self._hold_to_bound()
        self._ticks += 1
        if self._ticks % _LOOKS_EVERY == 0 or batch.late:
            self._look()

    def _marked(self, segment_id: int, at: int, *, speaking: bool) -> None:
        if not speaking:
            self._ended(segment_id)
        entry = self._history.entry(segment_id)
        if entry is not None:
            lag = lag_ms(entry.segment, at, self._span.floor, starting=speaking)
            self.lag = lag if speaking else self.lag
            self._report.avatar(AvatarState(self.language, segment_id, speaking, lag))

    def _ended(self, segment_id: int) -> None:
        # Of a tick all that was said comes first, then what was left out: not always the order of their turns.
        for booked in self._booked:
            if booked.segment.id == segment_id:
                self._booked.remove(booked)
                self._room.release()
                return

    def _hold_to_bound(self) -> None:
        """The floor may turn out to have been earlier, or the host choose another mode, while an utterance waits."""
        for booked in self._booked:
            latest = self._latest(booked.segment)
            if latest != booked.latest and self._channel is not None:
                booked.latest = latest
                self._channel.limit(booked.segment.id, latest)

    def _latest(self, segment: Segment) -> int | None:
        return latest_start(said_at(segment, self._span.floor, starting=True), self._span.mode().bound)

    # -- lines

    async def _speak(self, channel: Channel) -> None:
        while True:
            self._lines.clear()
            await self._take_again(channel)
            for entry in self._finished():
                if not await self._take(entry, channel):
                    self._once_more(entry.segment.id)
                self._done = entry.segment.id
                await self._take_again(channel)
            if not self._again:
                await self._lines.wait()

    async def _take_again(self, channel: Channel) -> None:
        while self._again:
            segment_id = self._again[0]
            entry = self._history.entry(segment_id)
            if entry is None or await self._take(entry, channel):
                self._again.remove(segment_id)

    def _finished(self) -> Iterator[Entry]:
        """The entries that have a line and have not had their turn, as far as there is no gap."""
        for entry in self._history.after(self._done):
            if self.language not in entry.lines and not entry.segment.retracted:
                return
            yield entry

    async def _take(self, entry: Entry, channel: Channel) -> bool:
        """It is this line's turn: the channel says it, or it is condensed, or no voice can say it. False where
        it has to come once more: others come first, of which that was not known, or its words have changed."""
        segment_id = entry.segment.id
        self._withdrawn.discard(segment_id)
        name = self._cast.voice_of(self.language)
        # What breaks off is said once more, whole, by whoever is there then: half a sentence helps nobody. In the end
        # it is the one who stands in.
        for failures in range(_TRIES):
            if name is None or self._sayable(entry) is None:
                break
            fate = await self._give(entry, channel, name, drawn=failures == _TRIES - 1)
            if fate is Fate.STALE:
                return False
            if fate not in (Fate.BROKEN, Fate.FAILED):
                break
        else:
            self._report.condensed(self.language, segment_id)
        return segment_id not in self._withdrawn

    async def _give(self, entry: Entry, channel: Channel, name: str, *, drawn: bool) -> Fate | None:
        """Have the line said, or leave it out; what became of it at a presenter that speaks by itself, and STALE and
        BROKEN also elsewhere.

        name: of the voice. drawn: not by such a presenter.
        """
        room = self._room
        await room.acquire()
        presenter = None if drawn else await self._presenter(entry, channel)
        line = self._sayable(entry)
        if line is None or self._overtaken(entry.segment.id):
            room.release()
            return None if line is None else Fate.STALE
        cue = self._cue(entry, channel)
        if cue is None:
            self._left_out(entry, line, room)
            return None
        turn = self._turn(channel, entry, line, cue)
        said = self._cast.respelled(line.text, self.language)
        fate = await speak(presenter or self._cast.voice, Wording(said, self.language, name, cue.rate), turn)
        if turn.stale:
            room.release()
            return Fate.STALE
        if turn.whole is not None and fate is Fate.MADE:
            self._prompter.said(line.text, turn.whole, cue)
        elif fate is Fate.BROKEN:
            self._prompter.broken_off(line.text, cue)
        elif fate is Fate.LATE and not turn.given:
            self._left_out(entry, line, room)
        else:
            self._prompter.passed(line.text)
            if fate is Fate.FAILED:
                room.release()
        return fate if presenter is not None or fate is Fate.BROKEN else None

    def _turn(self, channel: Channel, entry: Entry, line: Line, cue: Cue) -> ChannelTurn:
        def still() -> bool:
            now = self._sayable(entry)
            return now is not None and now.text == line.text and not self._overtaken(entry.segment.id)

        rules = Rules(
            still,
            latest=lambda: self._latest(entry.segment),
            late=lambda cue: self._prompter.late(cue, **self._times(channel)),
        )
        expected = self._prompter.estimate(line.text, cue)
        return ChannelTurn(channel, entry.segment, cue, expected=expected, booked=self._booked, rules=rules)

    async def _presenter(self, entry: Entry, channel: Channel) -> Presenter | None:
        """The presenter, when it is its turn to speak; None where somebody has to stand in for it."""
        if self._stand_in is None:
            return None
        while (presenter := await self._stand_in.speaker(self._latest(entry.segment))) is not None:
            early = self._span.clock.until(channel.free(self._span.clock.now()) - NEAR)
            if early <= 0:
                break
            await asyncio.sleep(early)
        return presenter

    def _overtaken(self, segment_id: int) -> bool:
        """Whether the turn of others comes first, because they were withdrawn."""
        return bool(self._again) and self._again[0] < segment_id

    def _left_out(self, entry: Entry, line: Line, room: asyncio.Semaphore) -> None:
        """It would come too late, and the channel has nothing of it."""
        room.release()
        self._prompter.passed(line.text)
        self._condense(entry.segment.id)
        self._look()

    def _times(self, channel: Channel) -> dict[str, int]:
        now = self._span.clock.now()
        return {"now": now, "free": channel.free(now)}

    def _cue(self, entry: Entry, channel: Channel) -> Cue | None:
        coming = sum(len(line.text) for segment, line in self._waiting() if segment.id > entry.segment.id)
        latest, mode = self._latest(entry.segment), self._span.mode()
        return self._prompter.cue(**self._times(channel), coming=coming, latest=latest, mode=mode)

    def _waiting(self) -> list[tuple[Segment, Line]]:
        """The finished lines that will have their turn, and of which the channel has nothing yet."""
        given = {booked.segment.id for booked in self._booked}
        found = ((entry.segment, self._sayable(entry)) for entry in self._finished())
        return [(segment, line) for segment, line in found if line is not None and segment.id not in given]

    def _sayable(self, entry: Entry) -> Line | None:
        """The line that a voice should say, as it is now: the host may have corrected it, or taken it back."""
        line = entry.lines.get(self.language)
        return line if line is not None and sayable(line) else None

    # -- the lag

    def _condense(self, segment_id: int) -> None:
        # What was finished before anybody watched is no omission of this avatar's.
        if segment_id <= self._before:
            return
        self._slow_down.see(0, self._span.mode().bound, self._span.clock.now(), condensed=True)
        self._report.condensed(self.language, segment_id)

    def _look(self) -> None:
        """Whether the speaker is to be asked to slow down, or not any more."""
        now, bound = self._span.clock.now(), self._span.mode().bound
        lag = self._behind(now)
        self._slow_down.see(lag, bound, now)
        if self._slow_down.change(now):
            self._report.hint(PaceHint(self.language, lag, self._slow_down.asked))

    def _behind(self, now: int) -> int:
        """How far behind the newest finished clause will be, ms; 0 where all is said."""
        free = max(now, self._channel.free(now)) if self._channel is not None else now
        waiting = self._waiting()
        if waiting:
            before = sum(len(line.text) for _, line in waiting[:-1])
            newest, start = waiting[-1][0], free + self._prompter.lasts(before)
        elif self._booked:
            newest, start = self._booked[-1].segment, free - self._booked[-1].length
        else:
            return 0
        lag = lag_ms(newest, start, self._span.floor, starting=True)
        # What would be later is condensed.
        return min(lag or 0, self._span.mode().bound)
