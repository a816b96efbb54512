"""Reading beside the writer: connections and threads of their own, so that neither the loop nor a commit is held up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from dragoman.journal import JournalFailed

T = TypeVar("T")

THREADS = 2
"""A long history does not keep a short look-up waiting."""


class Reader:
    """Runs queries, each in a transaction of its own that sees one state of the database. Open with `reading`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        # Callers wait here, in order, instead of in the pool's queue, which knows no bound.
        self._places = asyncio.Semaphore(THREADS)
        self._closed = False

    async def run(self, query: Callable[[Connection], T]) -> T:
        """The query's result. Raises JournalFailed."""
        async with self._places:
            if self._closed:
                raise JournalFailed("the store is closed")
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, query)
            except SQLAlchemyError as error:
                reason = getattr(error, "orig", None) or type(error).__name__
                raise JournalFailed(f"the database could not be read: {reason}") from error

    async def close(self) -> None:
        """Take nothing more, and wait for what is being read."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return query(connection)


@asynccontextmanager
async def reading(engine: Engine) -> AsyncIterator[Reader]:
    """A reader whose threads run until the end of the block."""
    reader = Reader(engine)
    try:
        yield reader
    finally:
        await reader.close()
