"""Programs exec'd as one pipeline: a request goes into the first, its answer comes out of the last.

They are exec'd and never forked with Python inside, and each holds nothing but its own two ends: when the first
one's input closes, for instance because this process was killed, the end of file goes through all of them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import Self

LARGEST_ANSWER = 1 << 20
"""Bytes after which a text without an end is taken for garbage."""

_REAPED_WITHIN = 2.0
"""Seconds that a killed child has to be gone; only one that hangs in the kernel needs longer."""


_COUNT_BYTES = 4

Framing = Callable[[bytearray], tuple[bytes, int] | None]
"""Finds the first answer in what was heard: the answer, and how many bytes it and its frame take. None where its end
has not come yet."""


class ChildrenFailed(Exception):
    """They died, or answered what cannot be an answer. They are of no more use and have to be ended."""


def terminated(terminator: bytes) -> Framing:
    """Answers that end with these bytes, which stand nowhere else."""

    def cut(heard: bytearray) -> tuple[bytes, int] | None:
        end = heard.find(terminator)
        return None if end < 0 else (bytes(heard[:end]), end + len(terminator))

    return cut


def counted(heard: bytearray) -> tuple[bytes, int] | None:
    """Answers of any bytes, each after their number as four bytes, the least significant first."""
    end = _COUNT_BYTES + int.from_bytes(heard[:_COUNT_BYTES], "little")
    return (bytes(heard[_COUNT_BYTES:end]), end) if _COUNT_BYTES <= len(heard) >= end else None


_NUL = terminated(b"\0")


class Children:
    """A pipeline of living programs in one process group. `start` makes one; its owner calls `end`.

    One request is in flight at a time: the owner waits for the answer, or ends the children.
    """

    def __init__(
        self,
        crew: _Crew,
        answers: _Answers,
        reading: asyncio.ReadTransport,
        writing: asyncio.WriteTransport,
    ) -> None:
        self._crew = crew
        self._answers = answers
        self._reading = reading
        self._writing = writing

    @classmethod
    async def start(
        cls,
        commands: Sequence[Sequence[str]],
        *,
        framing: Framing = _NUL,
        largest: int = LARGEST_ANSWER,
        group: int = 0,
        watched: bool = False,
    ) -> Self:
        """Exec the commands, each reading what the one before it writes. Raises OSError where one cannot be.

        framing: how an answer's end is known. largest: bytes after which one without an end is taken for garbage.
        group: the process group to join, else they make their own.
        watched: keep what they write to standard error, for `complained`; else nobody reads it.
        """
        crew = await _exec_elsewhere(commands, group, watched)
        loop = asyncio.get_running_loop()
        answers = _Answers(framing, largest)
        reading: asyncio.ReadTransport | None = None
        try:
            reading, _ = await loop.connect_read_pipe(lambda: answers, crew.output.given())
            writing, _ = await loop.connect_write_pipe(lambda: _Requests(answers), crew.input.given())
        except BaseException:  # cancelled too: nothing of it is left behind
            if reading is not None:
                reading.close()
            crew.discard()
            raise
        return cls(crew, answers, reading, writing)

    @property
    def alive(self) -> bool:
        """Whether another request makes sense."""
        return not self._answers.over and not self._crew.bereft

    @property
    def complained(self) -> bool:
        """Whether anything was written to a watched standard error."""
        return self._crew.complaints is not None and os.fstat(self._crew.complaints).st_size > 0

    @property
    def group(self) -> int:
        """The process group, for more children to join while these live."""
        return self._crew.group

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids, first program first."""
        return tuple(process.pid for process in self._crew.processes)

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request, without its frame. Raises ChildrenFailed.

        After a cancellation the children are out of step: they have to be ended.
        """
        answer = self._answers.expect()
        try:
            self._writing.write(request)
            heard = await answer
            if self._crew.bereft:
                # The programs after a dead one take the end of its output for the end of a text, and answer that.
                raise ChildrenFailed("one of them died")
            return heard
        except BaseException:  # cancelled too: nothing of it is left behind
            self._answers.fail("a request was given up")
            raise

    async def end(self) -> None:
        """Kill and reap them. They keep nothing that would be worth a farewell. Idempotent."""
        self._answers.fail("they were ended")
        self._crew.kill()
        self._reading.close()
        if not self._writing.is_closing():  # asyncio's own fails where the pipe broke before
            self._writing.abort()
        await asyncio.to_thread(self._crew.reap)


class _Answers(asyncio.Protocol):
    """What comes out of the last program, cut into answers."""

    def __init__(self, framing: Framing, largest: int) -> None:
        self.over = False
        self._framing = framing
        self._largest = largest
        self._heard = bytearray()
        self._waiting: asyncio.Future[bytes] | None = None

    def expect(self) -> asyncio.Future[bytes]:
        """The next answer. Raises ChildrenFailed where there will be none."""
        if self.over:
            raise ChildrenFailed("they are gone")
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def fail(self, reason: str) -> None:
        """There will be no more answers."""
        self.over = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ChildrenFailed(reason))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        found = self._framing(self._heard)
        if self._waiting is None or self._waiting.done() or (found is not None and found[1] < len(self._heard)):
            self.fail("they said something that was not asked for")
        elif found is not None:
            self._heard.clear()
            self._waiting.set_result(found[0])
        elif len(self._heard) > self._largest:
            self.fail("an answer has no end")

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail("they died")


class _Requests(asyncio.BaseProtocol):
    """The way into the first program. One request at a time is written to it, so nothing has to be held back."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers

    def connection_lost(self, exc: Exception | None) -> None:
        self._answers.fail("they died")


class _End:
    """Our end of a pipe. Whom it is `given` to closes it.

    uvloop's transports close the descriptor and then the file that they were given. By then another thread may have
    been handed the same number, for a database or a child: so `close` looks whether it is still this pipe.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._identity = self._identified()
        self._given = False

    def _identified(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_dev, found.st_ino

    def fileno(self) -> int:
        return self._descriptor

    def given(self) -> Self:
        """This end, which is now somebody else's to close."""
        self._given = True
        return self

    def close(self) -> None:
        with suppress(OSError):
            if self._identified() == self._identity:
                os.close(self._descriptor)

    def drop(self) -> None:
        """Close it, if it is still ours."""
        if not self._given:
            self.close()


@dataclass(slots=True)
class _Crew:
    """Processes and what leads to them. Nothing here waits, except `reap`."""

    processes: list[Popen[bytes]]
    group: int
    input: _End
    """of the first program"""
    output: _End
    """of the last program"""
    complaints: int | None
    """descriptor of what they write to standard error"""

    @property
    def bereft(self) -> bool:
        """Whether any of them is dead."""
        return any(process.poll() is not None for process in self.processes)

    def kill(self) -> None:
        """All of them, at once. One that is not reaped yet keeps its number, so nobody else can be hit."""
        for process in self.processes:
            process.kill()

    def reap(self) -> None:
        """Wait until they are gone; blocks for a moment."""
        for process in self.processes:
            with suppress(TimeoutExpired):
                process.wait(_REAPED_WITHIN)
        complaints, self.complaints = self.complaints, None
        if complaints is not None:
            os.close(complaints)

    def discard(self) -> None:
        """Nobody wants them after all."""
        self.kill()
        self.input.drop()
        self.output.drop()
        threading.Thread(target=self.reap, daemon=True).start()


def _exec(commands: Sequence[Sequence[str]], group: int, watched: bool) -> _Crew:
    """Exec a pipeline. Blocks for one to four milliseconds per program, until each exec has happened."""
    # a file in memory and no pipe: one that is full would stop the program
    complaints = os.memfd_create("complaints") if watched else None
    upstream, entrance = os.pipe()
    crew = _Crew([], group, _End(entrance), _End(upstream), complaints)
    try:
        for command in commands:
            _append(crew, command)
    except BaseException:  # cancelled too: nothing of it is left behind
        crew.discard()
        raise
    return crew


def _append(crew: _Crew, command: Sequence[str]) -> None:
    """Exec a program that reads what the last one writes, or the input where it is the first."""
    downstream, output = os.pipe()
    upstream, crew.output = crew.output, _End(downstream)
    # This process keeps no copy of an end that a child holds, and no child one of another's: the ends of file depend
    # on it.
    with closing(upstream), closing(_End(output)) as out:
        process = Popen(
            command,
            stdin=upstream.fileno(),
            stdout=out.fileno(),
            stderr=DEVNULL if crew.complaints is None else crew.complaints,
            env=_environment(),
            cwd="/",
            process_group=crew.group,
        )
    crew.processes.append(process)
    crew.group = crew.group or process.pid


def _environment() -> dict[str, str]:
    """No child sees the secrets in this process's environment; C.UTF-8 is there on every Debian."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


async def _exec_elsewhere(commands: Sequence[Sequence[str]], group: int, watched: bool) -> _Crew:
    """`_exec` in a thread, so that the loop goes on. A cancelled caller leaves no children behind."""
    birth = _Birth()
    try:
        return await asyncio.to_thread(birth.give, commands, group, watched)
    except asyncio.CancelledError:
        birth.forgo()
        raise


class _Birth:
    """Sees that children which nobody waits for any more are not left alone."""

    def __init__(self) -> None:
        self._decision = threading.Lock()
        self._wanted = True
        self._born: _Crew | None = None

    def give(self, commands: Sequence[Sequence[str]], group: int, watched: bool) -> _Crew:
        """Called in the thread."""
        crew = _exec(commands, group, watched)
        with self._decision:
            self._born = crew
            if not self._wanted:
                crew.discard()
        return crew

    def forgo(self) -> None:
        """Called on the loop."""
        with self._decision:
            self._wanted = False
            if self._born is not None:
                self._born.discard()
