"""A mode's programs, alive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

from dragoman.engines.children import Children, ChildrenFailed
from dragoman.engines.embedded.apertium import Mode
from dragoman.engines.embedded.plaintext import is_whole

_DYING_SECONDS = 0.05
"""Time in which a program whose output has ended is seen to be dead."""


class Pipeline:
    """Answers each text as if it were the first. `start` makes one; its owner calls `end`.

    Apertium's statistical tagger does not forget: at a word whose set of readings was not in its training it
    overwrites the set that stands for unknown words, and reads texts differently from then on. With -d it complains
    of such words. So it stands apart from the programs before and after it, and is replaced when it has complained,
    3 to 40 times in 100 texts, which is cheap: its data is small. The other programs need no replacing.
    """

    def __init__(self, parts: list[Children], tagger: int | None, command: Sequence[str]) -> None:
        self._parts = parts
        self._tagger = tagger
        """which part"""
        self._command = command
        """the tagger's"""

    @classmethod
    async def start(cls, mode: Mode) -> Self:
        """Exec the programs. Raises OSError where one cannot be."""
        place = mode.forgetful
        if place is None:
            return cls([await Children.start(mode.commands)], None, ())
        program, *arguments = mode.commands[place]
        tagger = (program, "-d", *arguments)
        parts: list[Children] = []
        try:
            for commands in (mode.commands[:place], (tagger,), mode.commands[place + 1 :]):
                group = parts[0].group if parts else 0
                parts.append(await Children.start(commands, group=group, watched=commands == (tagger,)))
        except BaseException:  # cancelled too: nothing of it is left behind
            await asyncio.gather(*(part.end() for part in parts))
            raise
        return cls(parts, 1, tagger)

    @property
    def alive(self) -> bool:
        """Whether another request makes sense."""
        return all(part.alive for part in self._parts)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids, in the order of the mode."""
        return tuple(pid for part in self._parts for pid in part.pids)

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request that ends with NUL. Raises ChildrenFailed; after that, or a cancellation, it has
        to be ended."""
        for part in self._parts:
            answer = await part.ask(request)
            request = answer + b"\0"
        if not is_whole(answer):
            # A dying program's output ends a moment before its death can be seen.
            await asyncio.sleep(_DYING_SECONDS)
            if not self.alive:
                raise ChildrenFailed("one of them died in the middle of a text")
        return answer

    async def refresh(self) -> None:
        """Make it ready for the next text: replace the tagger if it may have changed. Raises OSError."""
        if self._tagger is None or not self._parts[self._tagger].complained:
            return
        await self._parts[self._tagger].end()
        group = self._parts[0].group
        self._parts[self._tagger] = await Children.start((self._command,), group=group, watched=True)

    async def end(self) -> None:
        """Kill and reap all. Idempotent."""
        await asyncio.gather(*(part.end() for part in self._parts))
